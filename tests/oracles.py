"""Slow references that are obviously right; the tests compare the package with them."""

import math
from dataclasses import replace

import numpy as np


def slow_conformal_p_value(calibration_scores, score):
    """Count the calibration scores that are at least as high, one by one."""
    return (1 + sum(other >= score for other in calibration_scores)) / (len(calibration_scores) + 1)


def slow_auc(normals, anomalies):
    """Count the pairs that are in the right order, ties as one half."""
    wins = [
        (anomaly > normal) + (anomaly == normal) / 2 for anomaly in anomalies for normal in normals
    ]
    return sum(wins) / len(wins)


def slow_partial_auc(normals, anomalies, max_fpr=0.1):
    """Walk along the ROC curve from threshold to threshold and cut it at ``max_fpr``."""
    area = fpr = tpr = 0.0
    for threshold in sorted({*normals, *anomalies}, reverse=True):
        next_fpr = sum(score >= threshold for score in normals) / len(normals)
        next_tpr = sum(score >= threshold for score in anomalies) / len(anomalies)
        if next_fpr > max_fpr:
            cut = tpr + (next_tpr - tpr) * (max_fpr - fpr) / (next_fpr - fpr)
            area += (max_fpr - fpr) * (tpr + cut) / 2
            break
        area += (next_fpr - fpr) * (tpr + next_tpr) / 2
        fpr, tpr = next_fpr, next_tpr
    least = max_fpr**2 / 2
    return 0.5 * (1 + (area - least) / (max_fpr - least))


def slow_f1_interval(n_hits, n_misses, n_alarms, *, n_steps=10_000):
    """The lowest and highest of many F1 of which no one-sided test at 2.5 % rejects the counts.

    Of the clips that are hits, misses or false alarms each is a hit with chance f1 / (2 - f1).
    """
    n_clips = n_hits + n_misses + n_alarms
    kept = []
    for f1 in np.linspace(0, 1, n_steps + 1):
        hit = f1 / (2 - f1)
        chances = [
            math.comb(n_clips, k) * hit**k * (1 - hit) ** (n_clips - k) for k in range(n_clips + 1)
        ]
        if min(sum(chances[: n_hits + 1]), sum(chances[n_hits:])) >= 0.025:
            kept.append(f1)
    return min(kept), max(kept)


def slow_replicates(value_of, labelled_sections):
    """A value over sections again and again, with one clip of one section left out."""
    replicates = []
    for position, section in enumerate(labelled_sections):
        column = []
        for clip in range(len(section.is_anomaly)):
            left = [*labelled_sections]
            left[position] = slow_without(section, clip)
            column.append(value_of(left))
        replicates.append(column)
    return replicates


def slow_without(section, clip):
    """The section without one of its clips."""
    columns = ("is_anomaly", "is_target", "anomaly_scores", "is_decided")
    changes = {
        name: None if getattr(section, name) is None else np.delete(getattr(section, name), clip)
        for name in columns
    }
    return replace(section, **changes)
