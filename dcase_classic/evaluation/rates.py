"""Exact intervals of rates of counted decisions, and of F1, which is one in disguise.

A rate is a binomial proportion: false alarms among normals, anomalies found among anomalies, right
ones among alarms. F1 is ``2 J / (1 + J)`` of the share ``J`` of clips found among those that are
anomalies, alarms or both; given their number the clips found are binomial too. So the limits of
``J`` are those of F1, also at 0 and 1, where a jackknife would say that nothing is uncertain.
"""

from collections.abc import Mapping

import numpy as np

from dcase_classic.records import Interval
from dcase_classic.wording import counted

Counts = Mapping[str, int]
_BISECTIONS = 48  # to 1e-14
_TAIL = (1 - 0.95) / 2  # on either side of an interval


def clopper_pearson(n_alarms: int, n_clips: int) -> tuple[float, float]:
    """The exact 95 % interval of a rate, from ``n_alarms`` among ``n_clips`` independent clips.

    (Clopper and Pearson, Biometrika, 1934: every rate that the count does not contradict.)

    Raises
    ------
    ValueError : if there is no clip, or the count is outside [0, n_clips].

    Examples
    --------
    >>> [round(limit, 3) for limit in clopper_pearson(0, 10)]
    [0.0, 0.308]
    """
    if not 0 <= n_alarms <= n_clips or n_clips < 1:
        raise ValueError(
            f"n_alarms: got {n_alarms} of {counted(n_clips, 'clip')}, expected 0 to n_clips"
        )
    return _lowest_rate(n_alarms, n_clips), 1 - _lowest_rate(n_clips - n_alarms, n_clips)


def _lowest_rate(n_alarms: int, n_clips: int) -> float:
    """The rate at which so many alarms, or more, have the probability that a limit leaves out.

    By bisection: `scipy.special.betaincinv` has it too, and takes longer to import than all that
    `evaluate` does.
    """
    if n_alarms == 0:
        return 0.0
    counts = np.arange(n_alarms, n_clips + 1)
    log_factorials = np.append(0, np.cumsum(np.log(np.arange(1, n_clips + 1))))
    log_ways = log_factorials[-1] - log_factorials[counts] - log_factorials[n_clips - counts]
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        rate = (low + high) / 2
        logs = log_ways + counts * np.log(rate) + (n_clips - counts) * np.log1p(-rate)
        low, high = (low, rate) if np.exp(logs).sum() > _TAIL else (rate, high)
    return low


def decision_intervals(counts_by_domain: Mapping[str, Counts]) -> dict[str, Interval | None]:
    """The 95 % interval of every value that decisions give: `metrics.decision_metrics`, accuracy.

    None where the value does not exist or nothing was counted; empty without decisions.

    Parameters
    ----------
    counts_by_domain : as of `SectionMetrics.counts`.
    """
    decided = {domain: own for domain, own in counts_by_domain.items() if "true_positive" in own}
    intervals: dict[str, Interval | None] = {}
    for domain, counts in decided.items():
        suffix = "" if domain == "all" else f"_{domain}"
        intervals |= {key + suffix: interval for key, interval in _rates(counts).items()}
    if decided:
        right = ("true_positive", "true_negative")
        n_right = sum(counts[key] for counts in decided.values() for key in right)
        n_clips = sum(counts["normal"] + counts["anomaly"] for counts in decided.values())
        intervals["accuracy"] = _rate(n_right, n_clips)
    return intervals


def _rates(counts: Counts) -> dict[str, Interval | None]:
    """Those of one domain; all but the last do not exist where a class is absent."""
    n_normal, n_anomaly = counts["normal"], counts["anomaly"]
    hits, false_alarms = counts["true_positive"], counts["false_positive"]
    totals = (hits + false_alarms, n_anomaly, n_anomaly + false_alarms)
    precision, recall, shares = (
        _rate(hits, total) if n_normal and n_anomaly else None for total in totals
    )
    return {
        "precision": precision,
        "recall": recall,
        "f1": shares and (_f1(shares[0]), _f1(shares[1])),
        "false_alarm_rate": _rate(false_alarms, n_normal),
    }


def _f1(share: float) -> float:
    """The F1 of which hits are such a share of anomalies and false alarms together."""
    return 2 * share / (1 + share)


def _rate(n_alarms: int, n_clips: int) -> Interval | None:
    return clopper_pearson(n_alarms, n_clips) if n_clips else None
