"""What a model says of recordings, as a table of pandas."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.pipeline.inference import Inference
from dcase_classic.pipeline.predict import by_clip
from dcase_classic.records import Clip, SectionKey

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "path": "object",
    "start_s": "float64",
    "end_s": "float64",
    "anomaly_score": "float64",
    "threshold": "float64",
    "severity": "float64",
    "p_value": "float64",
    "p_value_is_extrapolated": "boolean",
    "is_anomaly": "boolean",
    "flags": "object",
    "reason": "object",
}


def score_table(clips: Sequence[Clip], inference: Inference, key: SectionKey) -> "pd.DataFrame":
    """One row for every clip in order, or one for each window of a long one.

    Columns: ``path``, ``start_s``, ``end_s``, ``anomaly_score``, ``threshold``, ``severity``,
    ``p_value``, ``p_value_is_extrapolated``, ``is_anomaly``, ``flags`` (what is odd), ``reason``
    (why there is no score, and then no number); both are empty where there is nothing to say.
    """
    import pandas as pd

    said = by_clip(inference, key)
    lengths_s = {
        clip: measure.duration_s
        for clip, measure in zip(inference.clips, inference.measures, strict=True)
    }
    rows = [row for clip in clips for row in _rows(said[clip], lengths_s.get(clip))]
    return pd.DataFrame(rows, columns=list(_TYPES)).astype(_TYPES)


def _rows(predictions: Sequence[Prediction], length_s: float | None) -> Iterator[list[object]]:
    for row in predictions:
        is_whole = row.start_s is None
        said = row.reason or ""
        is_scored = row.decision is not None
        yield [
            str(row.path),
            0.0 if is_whole and is_scored else row.start_s,
            length_s if is_whole else row.end_s,
            *(row.anomaly_score, row.threshold, row.severity),
            *(row.p_value, row.p_value_is_extrapolated),
            row.decision == 1 if is_scored else None,
            said if is_scored else "",
            "" if is_scored else said,
        ]
