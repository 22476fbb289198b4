"""What the model of a machine and section says of clips: load, extract, score, decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import Artifact, load_entry
from dcase_classic.io.model_entry import ModelEntry, title_of
from dcase_classic.log import LOGGER, timing
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.rates import at_rate
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.parallel.blas_threads import one_blas_thread
from dcase_classic.parallel.processes import thread_count
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.expected import Expected
from dcase_classic.pipeline.extract import ClipMeasure, Unusable, extract
from dcase_classic.records import Clip, Scores, shared_fields
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd
from dcase_classic.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What a model says of the clips that can be used, and what is said of the others.

    ``measures`` and ``scores`` stand in the order of ``clips``, in which a clip that was scored in
    windows stands once for each; p-values rest on ``n_held_out`` normal clips. ``lost`` are windows
    without a score. ``notes`` tell of all clips.
    """

    clips: tuple[Clip, ...]
    measures: tuple[ClipMeasure, ...]
    scores: tuple[ClipScore, ...]
    skipped: tuple[SkippedClip, ...]
    lost: tuple[Unusable, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]
    n_held_out: int
    front_end: FrontEnd

    @property
    def highest_scores(self) -> dict[Clip, ClipScore]:
        """One score for each clip: of windows the highest."""
        highest: dict[Clip, ClipScore] = {}
        for clip, score in zip(self.clips, self.scores, strict=True):
            if clip not in highest or score.anomaly_score > highest[clip].anomaly_score:
                highest[clip] = score
        return highest


def infer(
    clips: Sequence[Clip],
    models: Path,
    entry: ModelEntry,
    *,
    false_alarms: float | None = None,
    out_of_range: str | None = None,
    run: Run,
) -> Inference:
    """Score clips with the model of a machine and section.

    Parameters
    ----------
    clips : of this machine and section.
    models : the folder of the models.
    entry : of the model in their manifest.
    false_alarms : the rate that decisions are made for; None for that of the model.
    out_of_range : what is done with clips of levels that training did not have; None for what the
        settings of the model say.
    run : how the work is done.

    Raises
    ------
    DataError
        If a clip cannot be used and the run stops at it, or the model rests on too few clips for
        the rate.
    ArtifactError
        If the file of the model is missing or damaged.
    """
    with timing("%s section %s: loading the model in %s", *entry.key, models):
        artifact = load_entry(models, entry, allow_parts=run.allow_parts)
    if false_alarms is not None:
        artifact = recalibrated(artifact, false_alarms, models)
    return infer_in_memory(clips, artifact, out_of_range=out_of_range, run=run)


def infer_in_memory(
    clips: Sequence[Clip], artifact: Artifact, *, out_of_range: str | None = None, run: Run
) -> Inference:
    """Score clips, each once, with a model that is loaded; see `infer`.

    Raises
    ------
    DataError
        If a clip cannot be used and the run stops at it.
    """
    clips = list(dict.fromkeys(clips))
    model, title = artifact.model, title_of(artifact.key, artifact.model.alarms)
    expected = Expected.from_artifact(artifact, out_of_range=out_of_range)
    front_end = FrontEnd(audio=artifact.config.audio, features=model.features)
    extraction = extract(
        clips, Intake(front_end=front_end, expected=expected), run=run, description=f"{title} test"
    )
    number = counted(len(clips), "recording")
    LOGGER.info("%s: %s, %d without a score", title, number, len(extraction.skipped))
    if run.stops(by_default=False):
        extraction.check_none_skipped()
    length_shares = extraction.length_shares(expected)
    _log_limits(title, model, expected)
    # more threads of BLAS would cost more, and may move last bits
    with timing("%s: scoring", title), one_blas_thread():
        scores = np.empty(0)
        if extraction.clips:
            n_training_clips = len(model.held_out_scores)
            n_threads = thread_count(run.n_jobs, n_training_clips=n_training_clips)
            scores = model.score(extraction.tables, length_shares, n_threads=n_threads).anomaly
    return Inference(
        **shared_fields(extraction, Inference),
        scores=tuple(clip_scores(extraction.clips, scores, model)),
        n_held_out=len(model.held_out_scores),
        front_end=front_end,
    )


def _log_limits(title: str, model: MachineModel, expected: Expected) -> None:
    """What the model decides by, for who follows the work."""
    levels = () if model.levels is None else model.levels.ranges
    known = ", ".join(f"{span.lowest_db:.1f} to {span.highest_db:.1f} dB" for span in levels)
    LOGGER.info(
        "%s: threshold %.4f by %d held-out recordings; levels of training %s, others: %s",
        *(title, model.threshold, len(model.held_out_scores), known or "not known"),
        expected.level.out_of_range,
    )


def recalibrated(artifact: Artifact, false_alarms: float, models: Path | None = None) -> Artifact:
    """The model with the threshold for another rate, from the held-out scores that it keeps.

    Raises
    ------
    DataError
        If it rests on too few clips for the rate; it names ``models``, where it comes from.
    """
    config = at_rate(artifact.config, false_alarms)
    try:
        return replace(artifact, config=config, model=artifact.model.recalibrated(config))
    except ValueError as error:
        title = title_of(artifact.key, artifact.model.alarms)
        raise DataError(f"{title}: {error}", path=models) from error


def clip_scores(clips: Sequence[Clip], scores: Scores, model: MachineModel) -> Iterator[ClipScore]:
    """Anomaly scores (n_clips,) of clips with what they mean."""
    standing = model.standing(scores)
    columns = (scores, model.decide(scores), standing.severities, standing.p_values)
    rows = zip(*(column.tolist() for column in (*columns, standing.is_extrapolated)), strict=True)
    for clip, (score, is_anomaly, severity, p_value, is_extrapolated) in zip(
        clips, rows, strict=True
    ):
        yield ClipScore(
            name=clip.name,
            anomaly_score=score,
            is_anomaly=is_anomaly,
            threshold=model.threshold,
            severity=severity,
            p_value=p_value,
            p_value_is_extrapolated=is_extrapolated,
        )
