"""Where a score stands among those of held-out normal clips: its severity and its p-value.

Anomaly scores of two machines, or of two fits, have no scale in common. Their held-out clips do.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.thresholds import conformal_p_values
from dcase_classic.records import Scores

AT_THRESHOLD = 100.0  # the severity of a score that only just raises no alarm

_LARGEST_STEPS = 1e9  # from the threshold, in units of its distance from a usual clip
_ROUNDING = 1e-9
# The share of the held-out clips whose scores tell how fast their tail falls, and the fewest.
_TAIL_SHARE = 0.1
_FEWEST_IN_TAIL = 10
_SMALLEST_P = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """What scores mean.

    Attributes
    ----------
    severities : array, shape (n_clips,)
        See `severities_of`.
    p_values : array, shape (n_clips,), in (0, 1]
        Conformal p-values, continued by a fitted tail; see `tail_p_values`.
    is_extrapolated : array, shape (n_clips,)
        True where a p-value comes from the tail, below anything that the clips have shown.
    """

    severities: Scores
    p_values: Scores
    is_extrapolated: NDArray[np.bool_]


def severities_of(scores: Scores, held_out_scores: Scores, threshold: float) -> Scores:
    """How far scores (n_clips,) lie from a usual clip, as a percentage of the threshold's way.

    ``100 (1 + (score - threshold) / (threshold - median))`` with the median of the held-out scores:
    0 is the usual normal clip, 100 the threshold, 200 twice as far; above 100 means an alarm, and
    nothing else does. Both anchors are held-out scores at ranks that are the same for every machine
    (a half, and the rate of false alarms that is wanted), so the scale of its scores drops out.
    Where the threshold is not above the median, the range of the held-out scores is the unit.
    """
    with np.errstate(over="ignore"):  # halves of any two floats have a difference
        steps = (scores / 2 - threshold / 2) / _half_unit(held_out_scores, threshold)
    severities = AT_THRESHOLD * (1 + np.clip(steps, -_LARGEST_STEPS, _LARGEST_STEPS))
    is_alarm = scores > threshold  # by however little
    return np.where(
        is_alarm, np.maximum(severities, np.nextafter(AT_THRESHOLD, np.inf)), severities
    )


def _half_unit(held_out_scores: Scores, threshold: float) -> float:
    halves = held_out_scores / 2
    least = _ROUNDING * abs(threshold)
    units = (threshold / 2 - float(np.median(halves)), float(np.ptp(halves)))
    return next((unit for unit in units if unit > least), max(0.5, least))


def tail_p_values(held_out_scores: Scores, scores: Scores) -> tuple[Scores, NDArray[np.bool_]]:
    """P-values (n_clips,) that go on where the held-out clips end, and where they do.

    Up to the largest of n held-out scores they are conformal. Beyond it an exponential tail tells
    more: of the k largest scores (a tenth, at least ten) with the sum S of their excesses over the
    next one, a score at a distance y from that one has ``(k + 1) / (n + 1) * (1 + y / S) ** -k``,
    where this is below ``1 / (n + 1)``. (Pickands, 1975, for excesses over a high score; Aitchison
    and Dunsmore, Statistical Prediction Analysis, 1975, for the chance that the next exponential is
    as large when the scale is only known from k of them.) A normal clip has ``p <= a`` with a
    probability of at most a if the tail is exponential, and less if it is lighter; of a heavier one
    more. Where the largest scores are all equal, their tail is not known and p stays.

    Raises
    ------
    ValueError
        If there is no held-out score, or a score is not finite.
    """
    p_values = conformal_p_values(held_out_scores, scores)
    halves = np.sort(held_out_scores) / 2  # halves of any two floats have a difference
    n_clips = len(halves)
    n_tail = min(n_clips - 1, max(_FEWEST_IN_TAIL, math.ceil(_TAIL_SHARE * n_clips)))
    base = halves[-n_tail - 1]
    excess = float(np.sum((halves[-n_tail:] - base) / n_tail)) if n_tail else 0.0
    is_beyond = scores > held_out_scores.max()
    if excess <= 0:
        return p_values, np.zeros_like(is_beyond)
    with np.errstate(over="ignore"):
        reach = np.log1p((scores[is_beyond] / 2 - base) / excess / n_tail)
    tail = np.maximum((n_tail + 1) / (n_clips + 1) * np.exp(-n_tail * reach), _SMALLEST_P)
    is_extrapolated = np.zeros_like(is_beyond)
    is_extrapolated[is_beyond] = tail < p_values[is_beyond]
    p_values[is_beyond] = np.minimum(tail, p_values[is_beyond])
    return p_values, is_extrapolated
