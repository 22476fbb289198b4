"""Look through a data set before anything is computed: counts, formats, duplicates, bad files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.expected_counts import count_rows
from dcase_classic.challenge.which_year import guess_year
from dcase_classic.errors import DataError
from dcase_classic.given_files import given_path
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import (
    doubled_clips,
    has_recordings,
    in_split,
    survey_clips,
    with_left_out,
)
from dcase_classic.io.recordings.folders import Survey, holds_recordings, is_prepared
from dcase_classic.io.recordings.inspect import Inspection, inspect_header, inspect_samples
from dcase_classic.io.recordings.own_clips import read_clip_list, survey_own_clips
from dcase_classic.outcomes.examinations import CountRow, Examination
from dcase_classic.parallel.processes import batches, map_ordered
from dcase_classic.pipeline.checkup.attributes import attribute_findings
from dcase_classic.pipeline.checkup.counts import count_findings
from dcase_classic.pipeline.checkup.models import model_findings
from dcase_classic.pipeline.checkup.recordings import (
    bad_files,
    duplicates,
    odd_formats,
    training_anomalies,
    unplaced_recordings,
    unread_names,
)
from dcase_classic.pipeline.model_choice import choose_model
from dcase_classic.records import OWN_SECTION, Clip, Finding, RawFormat, SectionKey, Severity, Split
from dcase_classic.run import Run

_BATCH = 50


def doctor(
    data: str | PathLike[str],
    *,
    models: str | PathLike[str] | None = None,
    year: int | None = None,
    is_deep: bool = False,
    raw: RawFormat | None = None,
    run: Run = Run(),
) -> Examination:
    """Look through a data set, and at the models that should score it.

    Parameters
    ----------
    data : a data set in any layout that ``fit`` reads, any folder of recordings, a file or a list.
    models : a folder that ``fit`` has written; None looks at the recordings only.
    year : whose counts are promised; None lets the recordings tell.
    is_deep : read all samples, not only headers and both ends of the files.
    raw : the format of recordings that have no header; ``data`` is then taken without a layout.
    run : with how many processes.

    Raises
    ------
    DataError
        If there is no such folder or no recording in it.
    ArtifactError
        If ``models`` holds no models of this version.
    """
    data = given_path(data)
    if is_prepared(data):
        raise DataError(
            "a prepared folder", path=data, advice="check it with 'prepare DATA OUT --verify'"
        )
    models = None if models is None else given_path(models)
    survey = _survey(data, models, raw)
    clips = survey.clips
    if not clips:
        raise DataError("no recording with a name that can be understood", path=data)
    inspections = _inspect(clips, is_deep=is_deep, n_jobs=run.n_jobs)
    inspected = list(zip(clips, inspections, strict=True))
    guess = guess_year(clips, year)
    counts = count_rows(clips, guess)
    # names of one's own may repeat, and nothing is promised
    has_layout = raw is None and has_recordings(data)
    kind = "name" if has_layout else "model"
    findings = [
        *(Finding.from_error(error, kind=kind) for error in survey.problems),
        *bad_files(inspected),
        *odd_formats(inspected),
        *duplicates(inspected, is_deep=is_deep),
        *(unread_names(clips) if raw is None else ()),
        *unplaced_recordings(survey.left_out),
        *(_layout_findings(data, clips, counts) if has_layout else ()),
        *attribute_findings(clips),
        *(() if models is None else model_findings(inspected, models, run)),
    ]
    return Examination(
        data=data,
        years=guess.years,
        year_reason=guess.reason,
        clips=tuple(clips),
        is_deep=is_deep,
        counts=tuple(counts),
        findings=_errors_first(findings),
        left_out=survey.left_out,
    )


def _layout_findings(
    data: Path, clips: Sequence[Clip], counts: Sequence[CountRow]
) -> Iterator[Finding]:
    """What is wrong with names, labels and numbers of clips in a layout."""
    yield from (Finding.from_error(error, kind="name") for error in doubled_clips(clips))
    yield from training_anomalies(clips)
    yield from count_findings(data, counts)


def _errors_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings; what is odd both beside other recordings and for their model is said once."""
    once = dict.fromkeys(findings)
    return tuple(sorted(once, key=lambda finding: finding.severity is not Severity.ERROR))


def _survey(data: Path, models: Path | None, raw: RawFormat | None) -> Survey:
    """The clips of a data set, of a list, or recordings without a layout."""
    if raw is None:
        is_own = data.is_file() or (holds_recordings(data) and not has_recordings(data))
    else:
        is_own = data.exists()
    if not is_own:
        survey = with_left_out(survey_clips(data), data)
        if not survey.problems:
            in_split(survey.clips, None, root=data)
        return survey
    split = Split.TRAIN if models is None else Split.TEST  # of those that do not tell theirs
    if data.suffix.lower() == ".csv":
        listed = read_clip_list(data, split=split)
        survey = Survey(clips=[replace(clip, raw=raw) for clip in listed])
    else:
        survey = survey_own_clips(data, raw=raw)
        survey = replace(survey, clips=[replace(clip, split=split) for clip in survey.clips])
    keys = [] if models is None else sorted(read_manifest(models))
    choices = [choose_model(clip, keys) if keys else None for clip in survey.clips]
    chosen = list(zip(survey.clips, choices, strict=True))
    return replace(
        survey,
        clips=[_own_clip(clip, choice, data.stem) for clip, choice in chosen],
        problems=[
            choice
            for clip, choice in chosen
            if isinstance(choice, DataError) and clip.split is Split.TEST and not clip.is_sibling
        ],
    )


def _own_clip(clip: Clip, choice: SectionKey | DataError | None, name: str) -> Clip:
    """A clip of one's own as one of the model that would score it, if there is one."""
    clip = replace(clip, is_own=clip.is_own or parse_name(clip.name) is None)
    if isinstance(choice, tuple):
        return replace(clip, machine_type=choice[0], section=choice[1])
    section = clip.section or OWN_SECTION
    return replace(clip, machine_type=clip.machine_type or name, section=section, split=Split.TRAIN)


def _inspect(clips: Sequence[Clip], *, is_deep: bool, n_jobs: int | None) -> Iterator[Inspection]:
    """The inspections in order; in batches, since a header takes less than a call elsewhere."""
    look = partial(_inspect_batch, is_deep=is_deep)
    results = map_ordered(look, batches(clips, _BATCH), n_jobs=n_jobs, description="doctor")
    return chain.from_iterable(results)


def _inspect_batch(clips: Sequence[Clip], *, is_deep: bool) -> list[Inspection]:
    look = inspect_samples if is_deep else inspect_header
    return [look(clip.path, raw=clip.raw) for clip in clips]
