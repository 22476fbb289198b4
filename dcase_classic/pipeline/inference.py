"""What the model of a machine and section says of clips: load, extract, score, decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcase_classic.config import Config
from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import Artifact, load_model
from dcase_classic.outcomes import ClipScore, FlaggedClip, SkippedClip
from dcase_classic.pipeline.extract import extract
from dcase_classic.records import Clip, SectionKey
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What a model says of the clips that can be used, and what is said of the others.

    ``scores`` stand in the order of ``clips``; their p-values rest on ``n_held_out`` normal clips.
    ``config`` made the model; ``notes`` tell of all clips.
    """

    config: Config
    clips: tuple[Clip, ...]
    scores: tuple[ClipScore, ...]
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]
    n_held_out: int


def infer(
    clips: Sequence[Clip],
    models: Path,
    key: SectionKey,
    *,
    false_alarms: float | None = None,
    run: Run,
) -> Inference:
    """Score clips with the model of a machine and section.

    Parameters
    ----------
    clips : of this machine and section.
    models : the folder of the models.
    key : machine and section.
    false_alarms : the rate that decisions are made for; None for that of the model.
    run : how the work is done.

    Raises
    ------
    DataError
        If a clip cannot be used and the run stops at it, or the model rests on too few clips for
        the rate.
    ArtifactError
        If the model is missing, damaged or of another version.
    """
    artifact = load_model(models, *key)
    if false_alarms is not None:
        artifact = _recalibrated(artifact, false_alarms, models)
    model = artifact.model
    extraction = extract(
        clips,
        FrontEnd(audio=artifact.config.audio, features=model.features),
        run=run,
        description=f"{key[0]} section {key[1]} test",
        usual=artifact.recordings,
    )
    if run.stops(by_default=False):
        extraction.check_none_skipped()
    scores = model.score(extraction.tables) if extraction.clips else np.empty(0)
    columns = (extraction.clips, scores, model.decide(scores), model.p_values(scores))
    return Inference(
        config=artifact.config,
        clips=extraction.clips,
        scores=tuple(
            ClipScore(
                name=clip.name,
                anomaly_score=float(score),
                is_anomaly=bool(is_anomaly),
                p_value=float(p_value),
            )
            for clip, score, is_anomaly, p_value in zip(*columns, strict=True)
        ),
        skipped=extraction.skipped,
        flagged=extraction.flagged,
        notes=extraction.notes,
        n_held_out=len(model.held_out_scores),
    )


def _recalibrated(artifact: Artifact, false_alarms: float, models: Path) -> Artifact:
    """The model with the threshold for another rate, from the held-out scores that it keeps."""
    config = artifact.config.at_rate(false_alarms)
    try:
        return replace(artifact, model=artifact.model.recalibrated(config))
    except ValueError as error:
        title = f"{artifact.machine_type} section {artifact.section}"
        raise DataError(f"{title}: {error}", path=models) from error
