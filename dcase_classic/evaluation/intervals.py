"""Jackknife intervals of AUC, partial AUC and the official score, and of paired differences.

One clip is left out at a time, within its machine and section; what that does to a value measures
how much the value depends on the clips that happened to be in the test set (Efron and Stein, 1981;
for strata: Wolter, Introduction to Variance Estimation, 2007, section 4.5). The interval of the
official evaluators pools the raw scores of all machines and divides by n (n - 1); it is about 1e-5
wide and says nothing. What decisions give has exact intervals, see `rates`.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dcase_classic.challenge.metric_rules import CURVES, Curve, MetricRule
from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.evaluation.metrics import (
    EPSILON,
    MAX_FPR,
    MIN_PARTIAL_AUC,
    curve_area,
    curve_masks,
    n_normals_below,
    partial_auc,
)
from dcase_classic.outcomes.evaluations import SectionMetrics
from dcase_classic.records import Interval

Z_95 = 1.959963984540054  # the 97.5 % quantile of the normal distribution

Replicate = NDArray[np.float64]
Replicates = Mapping[str, Replicate | None]


def section_replicates(labelled: LabelledScores, rule: MetricRule) -> dict[str, Replicate | None]:
    """For every AUC of the section its values with one clip left out, shape (n_clips,).

    None where a class has fewer than two clips, so that one cannot be left out.
    """
    return {curve.key: _replicate(labelled, curve) for curve in CURVES[rule]}


def section_intervals(
    metrics: SectionMetrics, replicates: Replicates
) -> dict[str, Interval | None]:
    """The 95 % interval of every AUC of a section, from what `section_replicates` gave."""
    return {
        key: _interval(
            metrics.values[key],
            None if replicate is None else [replicate],
            lowest=MIN_PARTIAL_AUC if key.startswith("pauc") else 0.0,
        )
        for key, replicate in replicates.items()
    }


def official_replicates(
    sections: Sequence[SectionMetrics], replicates: Sequence[Replicates], rule: MetricRule
) -> list[Replicate] | None:
    """The official score with one clip left out, one array of shape (n_clips,) per section.

    None where there is no official score or a clip cannot be left out.
    """
    inverses = []  # per section: the sum of inverse values, and the same with one clip left out
    n_values = 0
    for section, replicate in zip(sections, replicates, strict=True):
        columns = _official_columns(section, replicate, rule)
        if columns is None:
            return None
        n_values += len(columns)
        total = math.fsum(1 / max(value, EPSILON) for value, _ in columns)
        without = np.sum([1 / np.maximum(column, EPSILON) for _, column in columns], axis=0)
        inverses.append((total, without))
    if n_values == 0:
        return None
    scores = []
    for position, (_, without) in enumerate(inverses):
        others = math.fsum(total for total, _ in inverses[:position] + inverses[position + 1 :])
        scores.append(n_values / (others + np.atleast_1d(without)))
    return scores


def official_interval(value: float | None, replicates: list[Replicate] | None) -> Interval | None:
    """The 95 % interval of the official score, from what `official_replicates` gave."""
    return _interval(value, replicates, lowest=0.0)


def difference_interval(
    difference: float, first: list[Replicate], second: list[Replicate]
) -> Interval:
    """The 95 % interval of the difference of two official scores of the same clips.

    Paired: both scores lose the same clip at a time, so what is hard for both systems cancels.

    Parameters
    ----------
    difference : first official score minus second.
    first, second : their `official_replicates`, with sections and clips in the same order.
    """
    paired = [ours - theirs for ours, theirs in zip(first, second, strict=True)]
    reach = Z_95 * standard_error(paired)
    return difference - reach, difference + reach


def standard_error(replicates: Sequence[Replicate]) -> float:
    """The jackknife standard error, sections as strata.

    ``sqrt(sum over sections of (n - 1) / n * sum((value without clip - their mean)**2))``
    """
    return math.sqrt(
        math.fsum(
            (column.size - 1) / column.size * float(((column - column.mean()) ** 2).sum())
            for column in replicates
        )
    )


def _replicate(labelled: LabelledScores, curve: Curve) -> Replicate | None:
    """The values of one curve with every clip left out in turn; most do not matter to it."""
    normal_mask, anomaly_mask = curve_masks(labelled, curve)
    normals = labelled.anomaly_scores[normal_mask]
    anomalies = labelled.anomaly_scores[anomaly_mask]
    whole = curve_area(normals, anomalies, curve)
    if whole is None or normals.size < 2 or anomalies.size < 2:
        return None
    replicate = np.full(labelled.anomaly_scores.shape, whole)
    without = _partial_aucs_without_each if curve.is_partial else _aucs_without_each
    replicate[normal_mask], replicate[anomaly_mask] = without(normals, anomalies)
    return replicate


def _aucs_without_each(
    normals: NDArray[np.float64], anomalies: NDArray[np.float64]
) -> tuple[Replicate, Replicate]:
    """AUC without each normal clip, and without each anomaly."""
    n_normals, n_anomalies = normals.size, anomalies.size
    won_by_anomaly = n_normals_below(normals, anomalies)
    won_over_normal = n_anomalies - n_normals_below(anomalies, normals)
    total = won_by_anomaly.sum()
    return (
        (total - won_over_normal) / ((n_normals - 1) * n_anomalies),
        (total - won_by_anomaly) / (n_normals * (n_anomalies - 1)),
    )


def _partial_aucs_without_each(
    normals: NDArray[np.float64], anomalies: NDArray[np.float64]
) -> tuple[Replicate, Replicate]:
    """Partial AUC without each normal clip, and without each anomaly.

    Only the order against the highest normals matters. Clips of the same place in that order are
    interchangeable, so each place is computed once.
    """
    top = np.unique(np.sort(normals)[-1 - math.ceil(MAX_FPR * normals.size) :])
    normal_place, anomaly_place = _places(top, normals), _places(top, anomalies)
    without_normal, without_anomaly = np.empty(normals.shape), np.empty(anomalies.shape)
    for place in np.unique(normal_place):
        same = normal_place == place
        without_normal[same] = partial_auc(np.delete(normals, same.argmax()), anomalies)
    for place in np.unique(anomaly_place):
        same = anomaly_place == place
        without_anomaly[same] = partial_auc(normals, np.delete(anomalies, same.argmax()))
    return without_normal, without_anomaly


def _places(levels: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Equal for scores that no level tells apart; each level is a place of its own."""
    return np.searchsorted(levels, scores, "left") + np.searchsorted(levels, scores, "right")


def _official_columns(
    section: SectionMetrics, replicates: Replicates, rule: MetricRule
) -> list[tuple[float, Replicate]] | None:
    """Official values with their replicates; None if a value cannot lose a clip."""
    columns = []
    for curve in CURVES[rule]:
        value, replicate = section.values[curve.key], replicates[curve.key]
        if curve.is_official and value is not None:
            if replicate is None:
                return None
            columns.append((value, replicate))
    return columns


def _interval(
    value: float | None, replicates: list[Replicate] | None, *, lowest: float
) -> Interval | None:
    if value is None or replicates is None:
        return None
    reach = Z_95 * standard_error(replicates)
    return max(value - reach, lowest), min(value + reach, 1.0)
