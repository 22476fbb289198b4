"""Score the test clips of every machine and section with its model."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcase_classic.challenge.years import find_year
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import Artifact, check_model, load_model
from dcase_classic.io.files import write_text
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.io.results.score_files import write_scores
from dcase_classic.model.thresholds import conformal_p_values
from dcase_classic.outcomes import FlaggedClip, Scored, SkippedClip
from dcase_classic.parallel import map_ordered, plan_jobs
from dcase_classic.pipeline.extract import Extraction, OnError, extract
from dcase_classic.records import Clip, ClipScore, SectionScores, Split

SKIPPED = "skipped.csv"
FLAGGED = "flagged.csv"


def score(  # noqa: PLR0913 - one parameter for each option of the verb
    data: Path,
    models: Path,
    output: Path,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    year: int | None = None,
    on_error: OnError = OnError.SKIP,
    with_p_values: bool = False,
    cache: Path | None = None,
) -> Iterator[Scored]:
    """Write score and decision files for every machine and section below ``data``.

    A clip that cannot be used gets no row; it is named in ``skipped.csv`` beside the results. One
    that is scored although something is odd about it is named in ``flagged.csv``.

    Parameters
    ----------
    data : a folder in the DCASE layout, that of MIMII, or one that ``prepare`` has written.
    models : a folder that ``fit`` has written.
    output : the folder of the results; made if missing.
    machines : only these; all where empty.
    n_jobs : number of processes; None lets the amount of work decide.
    year : names the files as this year does; None names them as 2022 and later do, since
        recordings of other origin may look like those of 2020 or 2021.
    on_error : stop at a recording that cannot be used, or leave it out.
    with_p_values : also write ``p_values_<machine>_section_<NN>.csv`` with all columns.
    cache : the folder where feature rows are kept for the next time; None for not at all.

    Raises
    ------
    DataError
        If there is no test clip; if none of a section can be used, after all other sections; if
        one cannot be used and ``on_error`` is FAIL.
    ArtifactError
        If a model is missing, damaged or of another version.
    """
    yield from score_clips(
        find_clips(data, split=Split.TEST, machines=machines),
        models,
        output,
        n_jobs=n_jobs,
        year=year,
        on_error=on_error,
        with_p_values=with_p_values,
        cache=cache,
    )


def score_clips(  # noqa: PLR0913 - one parameter for each option of the verb
    clips: Sequence[Clip],
    models: Path,
    output: Path,
    *,
    n_jobs: int | None = None,
    year: int | None = None,
    on_error: OnError = OnError.SKIP,
    with_p_values: bool = False,
    cache: Path | None = None,
) -> Iterator[Scored]:
    """Write score and decision files for every machine and section of ``clips``; see `score`.

    Raises
    ------
    DataError, ArtifactError
        As `score`.
    """
    sections = by_section(clips)
    for key in sections:
        check_model(models, *key)
    jobs = plan_jobs(n_jobs, n_sections=len(sections), n_clips=len(clips))
    task = _ScoreTask(
        models=models.absolute(),  # workers may be elsewhere
        output=output.absolute(),
        year=year,
        on_error=on_error,
        with_p_values=with_p_values,
        n_jobs=jobs.within_section,
        cache=cache and cache.absolute(),
    )
    skipped: list[SkippedClip] = []
    flagged: list[FlaggedClip] = []
    lost: list[str] = []
    for scored in map_ordered(
        task.score_section,
        list(sections.values()),
        n_jobs=jobs.of_sections,
        description="score",
        largest_chunk=1,
    ):
        skipped.extend(scored.skipped)
        flagged.extend(scored.flagged)
        _write_list(output / SKIPPED, [(of.clip.path, of.reason) for of in skipped])
        _write_list(output / FLAGGED, [(of.clip.path, "; ".join(of.flags)) for of in flagged])
        if scored.result.scores:
            yield scored
        else:
            name = f"{scored.result.machine_type} section {scored.result.section}"
            reasons = "\n".join(of.reason for of in scored.skipped)
            n_lost = len(scored.skipped)
            lost.append(f"{reasons}\n{name}: none of its {n_lost} test clips can be read")
    if lost:
        raise DataError("\n".join(lost))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScoreTask:
    """How the test clips of a section become files; ``n_jobs`` processes read them."""

    models: Path
    output: Path
    year: int | None
    on_error: OnError
    with_p_values: bool
    n_jobs: int
    cache: Path | None

    def score_section(self, clips: list[Clip]) -> Scored:
        """Score the clips of one machine and section and write their files, if any can be read.

        Raises
        ------
        DataError
            If a clip cannot be used and errors are not skipped.
        """
        artifact = load_model(self.models, clips[0].machine_type, clips[0].section)
        extraction = extract(
            clips,
            artifact.config,
            n_jobs=self.n_jobs,
            description=f"{artifact.machine_type} section {artifact.section} test",
            usual=artifact.recordings,
            cache=self.cache,
        )
        if self.on_error is OnError.FAIL:
            extraction.check_none_skipped()
        scored = _scored(extraction, artifact)
        if scored.result.scores:
            write_scores(self.output, scored.result, tail=self._tail(artifact.config.output.tail))
            if self.with_p_values:
                _write_p_values(self.output, scored)
        return scored

    def _tail(self, tail: str) -> str:
        """The end of the file names: that of a year asked for, unless the settings have another."""
        if self.year is None or tail != DEFAULT_TAIL:
            return tail
        return find_year(self.year).submission_tail


def _scored(extraction: Extraction, artifact: Artifact) -> Scored:
    rows: list[tuple[Clip, float, bool]] = []
    if extraction.clips:
        anomaly_scores = artifact.model.score(extraction.tables)
        decisions = artifact.model.decide(anomaly_scores)
        rows = sorted(zip(extraction.clips, anomaly_scores, decisions, strict=True), key=_row_name)
    result = SectionScores(
        machine_type=artifact.machine_type,
        section=artifact.section,
        scores=tuple(
            ClipScore(name=clip.name, anomaly_score=float(value), is_anomaly=bool(decision))
            for clip, value, decision in rows
        ),
    )
    return Scored(
        result=result,
        skipped=extraction.skipped,
        flagged=extraction.flagged,
        notes=extraction.notes,
        held_out_scores=artifact.model.held_out_scores,
    )


def _row_name(row: tuple[Clip, float, bool]) -> str:
    return row[0].name


def _write_p_values(output: Path, scored: Scored) -> None:
    """Write scores, conformal p-values and decisions side by side, with a header."""
    result = scored.result
    anomaly_scores = np.array([row.anomaly_score for row in result.scores])
    p_values = conformal_p_values(scored.held_out_scores, anomaly_scores)
    rows = [
        (row.name, row.anomaly_score, float(p_value), int(row.is_anomaly))
        for row, p_value in zip(result.scores, p_values, strict=True)
    ]
    name = f"p_values_{result.machine_type}_section_{result.section}.csv"
    header = ("name", "anomaly_score", "p_value", "decision")
    write_text(output / result.machine_type / name, _csv([header, *rows]))


def _write_list(path: Path, rows: list[tuple[Path, str]]) -> None:
    """Write what was said of clips, or remove the list of an earlier run."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    write_text(path, _csv([("path", "reason"), *rows]))


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
