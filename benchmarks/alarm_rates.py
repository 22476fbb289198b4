"""How many false alarms a week rules promise, by the dependence of windows that is assumed."""

import math
from enum import StrEnum
from statistics import NormalDist

from dcase_classic.alarms.settings import AlarmRule
from dcase_classic.model.standing import AT_THRESHOLD

_WEEK_S = 7 * 24 * 3600.0


class Tail(StrEnum):
    """How fast ever higher severities of normal sound become rare."""

    NORMAL = "normal"
    EXPONENTIAL = "exponential"


def false_alarms_per_week(
    rule: AlarmRule,
    *,
    false_alarms: float,
    window_s: float,
    tail: Tail = Tail.NORMAL,
    persistence: float | None = None,
) -> float:
    """How often normal sound makes the rule hold anew, in a week of sound.

    Windows that do not overlap are looks; of n of them k have to be above the level. Looks are a
    Markov chain of two states: ``persistence`` is the probability that one is above if the one
    before was. The count is that of looks that complete k of the last n, exactly; hysteresis and
    hold-off only merge some of them.

    Parameters
    ----------
    rule : of a level at or above the limit.
    false_alarms : the share of looks above the limit.
    window_s : length of a window.
    tail : of the severities beyond the limit.
    persistence : None for independent looks.

    Examples
    --------
    >>> lasting = AlarmRule(level=100, seconds=20, within_s=20)  # two of two
    >>> round(false_alarms_per_week(lasting, false_alarms=0.01, window_s=10), 2)
    5.99
    """
    rate = share_above(rule.level, false_alarms, tail)
    n_looks = max(1, round(rule.within_s / window_s))
    n_needed = min(n_looks, max(1, math.ceil(rule.seconds / window_s - 1e-9)))
    again = rate if persistence is None else max(persistence, rate)
    return _WEEK_S / window_s * _completions(n_looks, n_needed, rate, again)


def share_above(level: float, false_alarms: float, tail: Tail) -> float:
    """The share of normal looks above a level: half of them above 0, ``false_alarms`` above 100."""
    if tail is Tail.EXPONENTIAL:
        return 0.5 * math.pow(2 * false_alarms, level / AT_THRESHOLD)
    normal = NormalDist()
    return normal.cdf(normal.inv_cdf(false_alarms) * level / AT_THRESHOLD)


def _completions(n_looks: int, n_needed: int, rate: float, again: float) -> float:
    """The probability that a look completes ``n_needed`` of the last ``n_looks``.

    The look that falls out is below the level, the new one above, and just one less than needed are
    above between them.
    """
    first = rate * (1 - again) / (1 - rate)  # above after below: the chain keeps its share
    steps = {False: (1 - first, first), True: (1 - again, again)}
    # probability by (last look is above, number above between), after the look that falls out
    chances = {(False, 0): 1 - rate}
    for _ in range(n_looks - 1):
        following: dict[tuple[bool, int], float] = {}
        for (is_above, n_above), chance in chances.items():
            for is_next, step in zip((False, True), steps[is_above], strict=True):
                key = (is_next, n_above + is_next)
                following[key] = following.get(key, 0.0) + chance * step
        chances = following
    return sum(
        chance * steps[is_above][True]
        for (is_above, n_above), chance in chances.items()
        if n_above == n_needed - 1
    )
