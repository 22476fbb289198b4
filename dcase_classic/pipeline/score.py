"""Score the test clips of every machine and section with its model."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.calibration import conformal_p_values, smallest_p_value
from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import Artifact, load_model
from dcase_classic.io.dataset import by_section, find_clips
from dcase_classic.io.files import write_text
from dcase_classic.io.submission import write_scores
from dcase_classic.pipeline.extract import SkippedClip, extract
from dcase_classic.records import Clip, ClipScore, SectionScores, Split

SKIPPED = "skipped.csv"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """The results of one machine and section, and the clips that got none."""

    result: SectionScores
    skipped: tuple[SkippedClip, ...]
    paths: tuple[Path, ...]
    held_out_scores: NDArray[np.float64]

    @property
    def smallest_p_value(self) -> float:
        """The smallest p-value that the number of held-out training clips can give."""
        return smallest_p_value(len(self.held_out_scores))


def score(
    data: Path,
    models: Path,
    output: Path,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    with_p_values: bool = False,
) -> Iterator[Scored]:
    """Write score and decision files for every machine and section below ``data``.

    A clip that cannot be read gets no row; it is named in ``skipped.csv`` beside the results.

    Parameters
    ----------
    data : a folder in the DCASE layout.
    models : a folder that ``fit`` has written.
    output : the folder of the results; made if missing.
    machines : only these; all where empty.
    n_jobs : number of processes that read clips; None lets the amount of work decide.
    with_p_values : also write ``p_values_<machine>_section_<NN>.csv`` with all columns.

    Raises
    ------
    DataError
        If there is no test clip, or none of a section can be read.
    ArtifactError
        If a model is missing, damaged or of another version.
    """
    sections = by_section(find_clips(data, split=Split.TEST, machines=machines))
    artifacts = {key: load_model(models, *key) for key in sections}
    skipped: list[SkippedClip] = []
    for key, clips in sections.items():
        scored = _score_section(clips, artifacts.pop(key), output, n_jobs=n_jobs)
        skipped.extend(scored.skipped)
        _write_skipped(output / SKIPPED, skipped)
        if with_p_values:
            _write_p_values(output, scored)
        yield scored


def _score_section(
    clips: list[Clip], artifact: Artifact, output: Path, *, n_jobs: int | None
) -> Scored:
    name = f"{artifact.machine_type} section {artifact.section}"
    extraction = extract(clips, artifact.config, n_jobs=n_jobs, description=f"{name} test")
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
    return Scored(
        result=result,
        skipped=extraction.skipped,
        paths=tuple(paths),
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


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write_skipped(path: Path, skipped: list[SkippedClip]) -> None:
    """Write the list, or remove that of an earlier run."""
    if not skipped:
        path.unlink(missing_ok=True)
        return
    rows = [(str(item.clip.path), item.reason) for item in skipped]
    write_text(path, _csv([("path", "reason"), *rows]))
