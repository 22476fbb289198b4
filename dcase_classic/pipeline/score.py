"""Score the test clips of every machine and section with its model."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.result_names import row_problem
from dcase_classic.challenge.years import find_year
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import DataError, DcaseClassicError, listed
from dcase_classic.given_files import given_path
from dcase_classic.io.artifacts import checked_content, entry_of
from dcase_classic.io.dates import utc_now
from dcase_classic.io.files import check_writable
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.recordings.dataset import ClipSource, by_section, choose_clips
from dcase_classic.io.results.clip_lists import write_clip_lists, write_p_values
from dcase_classic.io.results.run_file import RunSection, enter_run
from dcase_classic.io.results.score_files import has_results, remove_results, write_scores
from dcase_classic.io.training_digest import digest_clips
from dcase_classic.model.foreign_parts import KnownParts, know_parts, registered_parts
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.recordings import SkippedClip
from dcase_classic.outcomes.scores import Scored, SectionScores
from dcase_classic.parallel.processes import map_sections
from dcase_classic.pipeline.eager import eager, telling_lazily
from dcase_classic.pipeline.extract import feature_store
from dcase_classic.pipeline.inference import Inference, infer
from dcase_classic.records import Clip, SectionKey, Split
from dcase_classic.run import Run
from dcase_classic.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """What is written.

    Parameters
    ----------
    year : names the files as this year does; None names them as 2022 and later do, since
        recordings of other origin may look like those of 2020 or 2021.
    with_p_values : also write ``p_values_<machine>_section_<NN>.csv`` with all columns.
    false_alarms : the rate that decisions are made for, in (0, 1); None for that of the models.
    out_of_range : ``flag``, ``adjust`` or ``refuse`` clips that are louder or softer than those of
        training; None for what the settings of the models say.
    command : that was called, for ``run.json``.
    with_predictions : also keep the rows of `predict` in the results.
    """

    year: int | None = None
    with_p_values: bool = False
    false_alarms: float | None = None
    out_of_range: str | None = None
    command: str = ""
    with_predictions: bool = False


@telling_lazily
def iter_score(
    data: ClipSource,
    models: str | PathLike[str],
    output: str | PathLike[str],
    settings: ScoreSettings = ScoreSettings(),
    *,
    machines: Iterable[str] = (),
    run: Run = Run(),
) -> Iterator[Scored]:
    """Write score and decision files for every machine and section below ``data``.

    A clip that cannot be used gets no row; it is named in ``skipped.csv`` beside the results. One
    that is scored although something is odd about it is named in ``flagged.csv``. A clip that is
    longer than those of training has the score of its highest window. Both lists keep
    what earlier runs, and others at the same time, say of other machines and sections, and so does
    ``run.json``, which tells what made the results. Machines without a model are left out: none of
    their clips has a score.

    ``score`` does so when it is called and returns a list; ``iter_score`` gives one result after
    the other, as soon as it is written, and does nothing before it is asked.

    Parameters
    ----------
    data : a folder in the DCASE layout, that of MIMII, or one that ``prepare`` has written; or the
        clips that `find_clips` found.
    models : a folder that ``fit`` has written.
    output : the folder of the results; made if missing.
    settings : what is written.
    machines : only these; all where empty.
    run : how the work is done; by itself it leaves out recordings that cannot be used.

    Raises
    ------
    DataError
        If there is no test clip; if none of a section can be used, after all other sections; if
        one cannot be used and the run stops at it.
    ArtifactError
        If no model is there, or one is missing and the run stops at it; if one is damaged or of
        another version.
    """
    # workers may be elsewhere
    models, output = given_path(models).absolute(), given_path(output).absolute()
    sections = by_section(choose_clips(data, Split.TEST, machines=machines))
    entries = read_manifest(models, verify_key=run.verify_key_file)
    known = [key for key in sections if key in entries]
    wanted = known if known and not run.stops(by_default=False) else sections
    checked = [entry_of(models, entries, key) for key in wanted]
    for entry in checked if len(checked) > 1 else ():  # a single one is checked when it is loaded
        checked_content(models, entry)
    check_writable(output)
    n_clips = sum(map(len, sections.values()))
    scoring = _Scoring(
        models=models,
        keys=tuple(entries),
        output=output,
        settings=settings,
        date=utc_now(),
        parts=registered_parts(),
    )
    scored_first = sorted(sections, key=lambda key: key not in entries)
    work = [(key, sections[key], entries.get(key)) for key in scored_first]
    task = partial(_score_section, scoring=scoring)
    lost: list[DcaseClassicError] = []
    for scored in map_sections(task, work, run, n_clips=n_clips, description="score"):
        if isinstance(scored, DcaseClassicError):
            lost.append(scored)
        else:
            yield scored
    if lost:
        raise DataError.from_many(lost)


score = eager(iter_score)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scoring:
    """What all sections have in common; ``keys`` are those of all models."""

    models: Path
    keys: tuple[SectionKey, ...]
    output: Path
    settings: ScoreSettings
    date: str
    parts: KnownParts


def _score_section(
    section: tuple[SectionKey, list[Clip], ModelEntry | None], *, scoring: _Scoring, run: Run
) -> Scored | DcaseClassicError:
    """Score the clips of one machine and section and write their files, if any can be used.

    What is wrong with one section does not end the run, unless it stops at everything.
    """
    key, clips, entry = section
    try:
        know_parts(scoring.parts)
        if entry is None:
            scored = _without_model(clips, key, scoring)
        else:
            scored = _infer(clips, entry, scoring, run)
            _write(scored, entry, scoring)
        write_clip_lists(scoring.output, key, scored.skipped, scored.flagged)
        if entry is not None and not scored.result.scores:
            remove_results(scoring.output, key)  # of an earlier run, of clips that are skipped now
            raise _nothing_left(scored)
    except DcaseClassicError as error:
        if run.stops(by_default=False):
            raise
        return error
    return scored


def _infer(clips: Sequence[Clip], entry: ModelEntry, scoring: _Scoring, run: Run) -> Scored:
    """What the model says of the clips that it can be asked about."""
    settings = scoring.settings
    unnamed = _unnamed(clips)
    if unnamed and run.stops(by_default=False):
        raise DataError.from_many([skipped.error for skipped in unnamed])
    left_out = {skipped.clip for skipped in unnamed}
    usable = [clip for clip in clips if clip not in left_out]
    inference = infer(
        usable,
        scoring.models,
        entry,
        false_alarms=settings.false_alarms,
        out_of_range=settings.out_of_range,
        run=run,
    )
    scores = inference.highest_scores.values()
    trained = entry.training.among(usable)
    return Scored(
        result=SectionScores(
            machine_type=entry.machine_type,
            section=entry.section,
            scores=tuple(sorted(scores, key=lambda score: score.name)),  # as official files
        ),
        skipped=(*unnamed, *inference.skipped),
        flagged=inference.flagged,
        notes=(*inference.notes, *_trained_note(trained)),
        n_held_out=inference.n_held_out,
        data_sha256=digest_clips(usable, feature_store(inference.front_end, run)),
        predictions=_predictions(inference, entry.key) if settings.with_predictions else {},
    )


def _trained_note(trained: Collection[Clip]) -> Iterator[str]:
    if trained:
        names = listed(sorted(clip.name for clip in trained))
        verb = counted(len(trained), "recording is one", "recordings are some")
        yield f"{verb} that the model was fitted on, whose scores tell nothing: {names}"


def _predictions(inference: Inference, key: SectionKey) -> dict[Clip, list[Prediction]]:
    from dcase_classic.pipeline.predict import by_clip  # for pages only

    return by_clip(inference, key)


def _unnamed(clips: Iterable[Clip]) -> tuple[SkippedClip, ...]:
    """The clips whose names can have no row in a result file."""
    return tuple(
        SkippedClip(clip=clip, error=DataError(problem, path=clip.path, advice="rename it"))
        for clip in clips
        if (problem := row_problem(clip.name))
    )


def _write(scored: Scored, entry: ModelEntry, scoring: _Scoring) -> None:
    """Write the scores, if there are any, and say beside them what made them."""
    if not scored.result.scores:
        return
    output, settings = scoring.output, scoring.settings
    tail = entry.config.output.tail
    if tail == DEFAULT_TAIL and settings.year is not None:
        tail = find_year(settings.year).submission_tail
    write_scores(output, scored.result, tail=tail)
    if settings.with_p_values:
        write_p_values(output, scored.result)
    part = RunSection(
        machine_type=entry.machine_type,
        section=entry.section,
        date=scoring.date,
        models=str(scoring.models),
        model_sha256=entry.sha256,
        model_date=entry.date,
        threshold=scored.result.scores[0].threshold,
        settings=entry.config.fingerprint,
        n_clips=len(scored.result.scores),
        n_skipped=len(scored.skipped),
        data_sha256=scored.data_sha256,
    )
    enter_run(output, part, entry.config, command=settings.command)


def _without_model(clips: Iterable[Clip], key: SectionKey, scoring: _Scoring) -> Scored:
    """What is said of the clips of a machine and section that has no model."""
    known = ", ".join(f"{machine} section {section}" for machine, section in scoring.keys)
    problem = f"no model of {key[0]} section {key[1]}, there is {known}"
    error = DataError(problem, path=scoring.models, advice="fit it first")
    return Scored(
        result=SectionScores(machine_type=key[0], section=key[1], scores=()),
        skipped=tuple(SkippedClip(clip=clip, error=error) for clip in clips),
        flagged=(),
        notes=(f"its results in {scoring.output} are of an earlier run",)
        if has_results(scoring.output, key)
        else (),
        n_held_out=0,
    )


def _nothing_left(scored: Scored) -> DataError:
    name = f"{scored.result.machine_type} section {scored.result.section}"
    last = DataError(f"{name}: none of its {len(scored.skipped)} test clips can be read")
    return DataError.from_many([*(skipped.error for skipped in scored.skipped), last])
