"""What the model of a machine and section says of clips: load, extract, score, decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import Config
from dcase_classic.io.artifacts import load_model
from dcase_classic.outcomes import FlaggedClip, SkippedClip
from dcase_classic.pipeline.extract import extract
from dcase_classic.records import Clip, SectionKey
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of one clip; see `outcomes.Prediction`."""

    clip: Clip
    anomaly_score: float
    p_value: float
    is_anomaly: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """What a model says of the clips that can be used, in their order, and what of the others.

    ``n_held_out`` is the number of clips that p-values rest on; ``notes`` tell of all clips.
    """

    config: Config
    judgements: tuple[Judgement, ...]
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]
    n_held_out: int


def infer(clips: Sequence[Clip], models: Path, key: SectionKey, *, run: Run) -> Inference:
    """Score clips with the model of a machine and section.

    Raises
    ------
    DataError
        If a clip cannot be used and the run stops at it.
    ArtifactError
        If the model is missing, damaged or of another version.
    """
    artifact = load_model(models, *key)
    extraction = extract(
        clips,
        FrontEnd(audio=artifact.config.audio, features=artifact.model.features),
        run=run,
        description=f"{artifact.machine_type} section {artifact.section} test",
        usual=artifact.recordings,
    )
    if run.stops(by_default=False):
        extraction.check_none_skipped()
    scores: NDArray[np.float64] = np.empty(0)
    if extraction.clips:
        scores = artifact.model.score(extraction.tables)
    p_values, decisions = artifact.model.p_values(scores), artifact.model.decide(scores)
    flags = {flagged.clip: flagged.flags for flagged in extraction.flagged}
    rows = zip(extraction.clips, scores, p_values, decisions, strict=True)
    return Inference(
        config=artifact.config,
        judgements=tuple(
            Judgement(
                clip=clip,
                anomaly_score=float(score),
                p_value=float(p_value),
                is_anomaly=bool(decision),
                flags=flags.get(clip, ()),
            )
            for clip, score, p_value, decision in rows
        ),
        skipped=extraction.skipped,
        flagged=extraction.flagged,
        notes=extraction.notes,
        n_held_out=len(artifact.model.held_out_scores),
    )
