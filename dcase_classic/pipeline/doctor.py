"""Look through a data set before anything is computed: counts, formats, duplicates, bad files."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.expected_counts import count_rows
from dcase_classic.challenge.which_year import guess_year
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import doubled_clips, survey_clips
from dcase_classic.io.recordings.inspect import Inspection, inspect_header, inspect_samples
from dcase_classic.io.recordings.prepared import is_prepared
from dcase_classic.outcomes import Examination
from dcase_classic.parallel import map_ordered
from dcase_classic.pipeline.checkup.attributes import attribute_findings
from dcase_classic.pipeline.checkup.counts import count_findings
from dcase_classic.pipeline.checkup.duplicates import duplicates
from dcase_classic.pipeline.checkup.models import model_findings
from dcase_classic.pipeline.checkup.recordings import bad_files, odd_formats, unread_names
from dcase_classic.records import Finding, Severity
from dcase_classic.run import Run

_BATCH = 50


def doctor(
    data: str | PathLike[str],
    *,
    models: str | PathLike[str] | None = None,
    year: int | None = None,
    is_deep: bool = False,
    run: Run = Run(),
) -> Examination:
    """Look through a data set, and at the models that should score it.

    Parameters
    ----------
    data : a data set in any layout that ``fit`` reads.
    models : a folder that ``fit`` has written; None looks at the recordings only.
    year : whose counts are promised; None lets the recordings tell.
    is_deep : read all samples, not only headers and both ends of the files.
    run : with how many processes.

    Raises
    ------
    DataError
        If there is no such folder or no recording in it.
    ArtifactError
        If ``models`` holds no models of this version.
    """
    data = Path(data)
    if is_prepared(data):
        raise DataError(
            "a prepared folder", path=data, advice="check it with 'prepare DATA OUT --verify'"
        )
    survey = survey_clips(data)
    clips = survey.clips
    if not clips:
        raise DataError("no recording with a name that can be understood", path=data)
    paths = [clip.path for clip in clips]
    inspections = _inspect(paths, is_deep=is_deep, n_jobs=run.n_jobs)
    inspected = list(zip(clips, inspections, strict=True))
    guess = guess_year(clips, year)
    counts = count_rows(clips, guess)
    findings = [
        *(Finding.from_error(error, kind="name") for error in survey.problems),
        *(Finding.from_error(error, kind="name") for error in doubled_clips(clips)),
        *bad_files(inspected),
        *odd_formats(inspected),
        *duplicates(inspected, is_deep=is_deep),
        *unread_names(clips),
        *count_findings(data, counts),
        *attribute_findings(clips),
        *(() if models is None else model_findings(inspected, Path(models))),
    ]
    return Examination(
        data=data,
        years=guess.years,
        year_reason=guess.reason,
        clips=tuple(clips),
        is_deep=is_deep,
        counts=tuple(counts),
        findings=tuple(
            sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
        ),
    )


def _inspect(paths: list[Path], *, is_deep: bool, n_jobs: int | None) -> Iterator[Inspection]:
    """The inspections in order; in batches, since a header takes less than a call elsewhere."""
    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    look = partial(_inspect_batch, is_deep=is_deep)
    results = map_ordered(look, batches, n_jobs=n_jobs, description="doctor")
    return chain.from_iterable(results)


def _inspect_batch(paths: list[Path], *, is_deep: bool) -> list[Inspection]:
    return [inspect_samples(path) if is_deep else inspect_header(path) for path in paths]
