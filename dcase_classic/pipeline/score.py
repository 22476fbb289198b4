"""Score the test clips of every machine and section with its model."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import check_model, load_model
from dcase_classic.io.dataset import by_section, find_clips
from dcase_classic.io.files import write_text
from dcase_classic.io.submission import write_scores
from dcase_classic.parallel import map_ordered, plan_jobs
from dcase_classic.pipeline.extract import SkippedClip, extract
from dcase_classic.records import Clip, ClipScore, SectionScores, Split

SKIPPED = "skipped.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The results of one machine and section, and the clips that got none."""

    result: SectionScores
    skipped: tuple[SkippedClip, ...]
    paths: tuple[Path, ...]


def score(
    data: Path,
    models: Path,
    output: Path,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    cache: Path | None = None,
) -> Iterator[Scored]:
    """Write score and decision files for every machine and section below ``data``.

    A clip that cannot be read gets no row; it is named in ``skipped.csv`` beside the results.

    Parameters
    ----------
    data : a folder in the DCASE layout.
    models : a folder that ``fit`` has written.
    output : the folder of the results; made if missing.
    machines : only these; all where empty.
    n_jobs : number of processes; None lets the amount of work decide.
    cache : the folder where feature rows are kept for the next time; None for not at all.

    Raises
    ------
    DataError
        If there is no test clip, or none of a section can be read.
    ArtifactError
        If a model is missing, damaged or of another version.
    """
    sections = by_section(find_clips(data, split=Split.TEST, machines=machines))
    for key in sections:
        check_model(models, *key)
    n_clips = sum(len(clips) for clips in sections.values())
    jobs = plan_jobs(n_jobs, n_sections=len(sections), n_clips=n_clips)
    score_one = partial(
        _score_section,
        models=models.absolute(),  # workers may be elsewhere
        output=output.absolute(),
        n_jobs=jobs.within_section,
        cache=cache and cache.absolute(),
    )
    skipped: list[SkippedClip] = []
    for scored in map_ordered(
        score_one,
        list(sections.values()),
        n_jobs=jobs.of_sections,
        description="score",
        largest_chunk=1,
    ):
        skipped.extend(scored.skipped)
        _write_skipped(output / SKIPPED, skipped)
        yield scored


def _score_section(
    clips: list[Clip], *, models: Path, output: Path, n_jobs: int, cache: Path | None
) -> Scored:
    artifact = load_model(models, clips[0].machine_type, clips[0].section)
    name = f"{artifact.machine_type} section {artifact.section}"
    extraction = extract(
        clips, artifact.config, n_jobs=n_jobs, description=f"{name} test", cache=cache
    )
    if not extraction.clips:
        reasons = "\n".join(skipped.reason for skipped in extraction.skipped)
        raise DataError(f"{reasons}\n{name}: none of its {len(clips)} test clips can be read")
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
    paths = write_scores(output, result, tail=artifact.config.output.tail)
    return Scored(result=result, skipped=extraction.skipped, paths=tuple(paths))


def _row_name(row: tuple[Clip, float, bool]) -> str:
    return row[0].name


def _write_skipped(path: Path, skipped: list[SkippedClip]) -> None:
    """Write the list, or remove that of an earlier run."""
    if not skipped:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "reason"))
    writer.writerows((str(item.clip.path), item.reason) for item in skipped)
    write_text(path, text.getvalue())
