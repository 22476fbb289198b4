"""What is said of single clips and recordings."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.errors import printable
from dcase_classic.outcomes.tables import Row
from dcase_classic.records import Span, with_span

if TYPE_CHECKING:
    from dcase_classic.outcomes.reasons import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipScore:
    """The result for one clip: ``anomaly_score`` (higher = more anomalous) and the decision.

    Attributes
    ----------
    threshold : a greater score is decided to be an anomaly; None where it is not known, as below.
    severity : 0 for a usual normal clip, 100 at the threshold; see `model.standing`.
    p_value : the share of normal clips that score at least as high, in (0, 1].
    p_value_is_extrapolated : whether a fitted tail tells it, since no held-out clip is as high.
    """

    name: str
    anomaly_score: float
    is_anomaly: bool
    threshold: float | None = None
    severity: float | None = None
    p_value: float | None = None
    p_value_is_extrapolated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is said of one recording, or of a window of one.

    Attributes
    ----------
    machine_type : of the model; None where no model was found.
    anomaly_score, threshold, severity, p_value, p_value_is_extrapolated : as of `ClipScore`; None
        for a recording that was not scored.
    decision : 1 for an anomaly, 0 for a normal recording.
    reason : why there is no score; for a scored recording what is odd about it, or None.
    start_s, end_s : the window of a recording longer than those of training, in seconds; None for a
        recording that was taken as a whole.
    explanation : why it has this score, where that was asked for.
    """

    path: Path
    machine_type: str | None
    anomaly_score: float | None = None
    threshold: float | None = None
    severity: float | None = None
    p_value: float | None = None
    p_value_is_extrapolated: bool | None = None
    decision: int | None = None
    reason: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    explanation: "Explanation | None" = None

    @property
    def span(self) -> Span | None:
        """The window; None for a recording that was taken as a whole."""
        return Span.between(self.start_s, self.end_s)

    @property
    def title(self) -> str:
        """What people are told it is: the path, and which window of it."""
        return with_span(printable(str(self.path)), self.span)

    def rows(self) -> Iterator[Row]:
        """The row that it is, without the explanation, which is a tree."""
        values = {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if item.name != "explanation"
        }
        yield values | {"path": str(self.path)}
