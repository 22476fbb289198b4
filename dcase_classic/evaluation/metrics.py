"""The official metrics of DCASE Task 2, 2020-2026, from labelled scores of one section and up.

Conventions: higher scores are more anomalous; every metric is a number in [0, 1], or None where a
class or a domain that it needs is absent. Formulas agree with the official evaluators, and AUC and
partial AUC with ``sklearn.metrics.roc_auc_score``, to the last digits (1e-12).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dcase_classic.challenge.metric_rules import CURVES, Curve, MetricRule
from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.outcomes.evaluations import Means, SectionMetrics
from dcase_classic.records import Domain, FloatArray

EPSILON = float(np.finfo(np.float64).eps)  # the official floor of values and denominators
MAX_FPR = 0.1
MIN_PARTIAL_AUC = 0.5 - 0.5 * MAX_FPR / (2 - MAX_FPR)  # of the worst ranking, 18/38


def section_metrics(labelled: LabelledScores, rule: MetricRule) -> SectionMetrics:
    """All metrics of one machine and section, without intervals."""
    values: dict[str, float | None] = {}
    warnings = []
    for curve in CURVES[rule]:
        values[curve.key] = curve_area(*curve_scores(labelled, curve), curve)
        if values[curve.key] is None:
            warnings.append(f"{labelled.title}: {curve.key} is null: {_absence(labelled, curve)}")
    counts = {}
    for domain in rule.domains:
        chosen = domain_mask(labelled, domain)
        suffix = f"_{domain}" if domain else ""
        counts[str(domain or "all")] = class_counts(labelled, chosen)
        for key, value in decision_metrics(labelled, chosen).items():
            values[key + suffix] = value
    values["accuracy"] = accuracy(labelled)
    return SectionMetrics(
        machine_type=labelled.machine_type,
        section=labelled.section,
        values=values,
        counts=counts,
        intervals={},
        warnings=tuple(warnings),
    )


def means(sections: Sequence[SectionMetrics]) -> Means:
    """Arithmetic and harmonic means over sections, of every key and of both domains together.

    ``auc`` averages over ``auc_source`` and ``auc_target``, and so on: these are the official
    "arithmetic mean" and "harmonic mean" rows. Values that are None are left out.
    """
    columns: dict[str, list[float]] = defaultdict(list)
    for section in sections:
        for key, value in section.values.items():
            stem = key.removesuffix("_source").removesuffix("_target")
            for name in dict.fromkeys((key, stem)):
                columns[name] += [] if value is None else [value]
    return Means(
        arithmetic_mean={key: arithmetic_mean(column) for key, column in columns.items()},
        harmonic_mean={key: harmonic_mean(column) for key, column in columns.items()},
    )


def official_score(sections: Iterable[SectionMetrics], rule: MetricRule) -> float | None:
    """The harmonic mean of all official values of all sections; None for 2020, which has none."""
    return harmonic_mean(
        [value for section in sections for value in official_values(section, rule)]
    )


def official_values(section: SectionMetrics, rule: MetricRule) -> list[float]:
    """The values of a section that enter the official score, without those that are None."""
    values = (section.values[curve.key] for curve in CURVES[rule] if curve.is_official)
    return [value for value in values if value is not None]


def official_coverage(sections: Sequence[SectionMetrics], rule: MetricRule) -> tuple[int, int]:
    """How many values the official score rests on, and how many it would have with all classes."""
    n_present = sum(len(official_values(section, rule)) for section in sections)
    return n_present, len(sections) * sum(curve.is_official for curve in CURVES[rule])


def curve_area(normal_scores: FloatArray, anomaly_scores: FloatArray, curve: Curve) -> float | None:
    """`auc` or `partial_auc`, as the curve asks for; None if a class is absent."""
    return (partial_auc if curve.is_partial else auc)(normal_scores, anomaly_scores)


def curve_scores(
    labelled: LabelledScores, curve: Curve
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The scores of the normals and of the anomalies that a curve compares."""
    normal_mask, anomaly_mask = curve_masks(labelled, curve)
    return labelled.anomaly_scores[normal_mask], labelled.anomaly_scores[anomaly_mask]


def curve_masks(
    labelled: LabelledScores, curve: Curve
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which clips are the normals and which the anomalies of a curve, shapes (n_clips,)."""
    return (
        domain_mask(labelled, curve.normals) & ~labelled.is_anomaly,
        domain_mask(labelled, curve.anomalies) & labelled.is_anomaly,
    )


def auc(normal_scores: FloatArray, anomaly_scores: FloatArray) -> float | None:
    """Area under the ROC curve: how often an anomaly scores higher than a normal clip.

    The share of pairs, ties counted as one half (Hanley and McNeil, 1982); None if there is no
    pair. Equals ``roc_auc_score``.

    Parameters
    ----------
    normal_scores : array, shape (n_normals,), finite
    anomaly_scores : array, shape (n_anomalies,), finite

    Examples
    --------
    >>> auc(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    0.875
    """
    n_pairs = normal_scores.size * anomaly_scores.size
    if n_pairs == 0:
        return None
    return float(n_normals_below(normal_scores, anomaly_scores).sum() / n_pairs)


def partial_auc(
    normal_scores: FloatArray, anomaly_scores: FloatArray, *, max_fpr: float = MAX_FPR
) -> float | None:
    """Area under the ROC curve up to a false positive rate, standardised to 0.5 for chance.

    With A the area up to ``max_fpr`` = p, linear between thresholds: ``0.5 * (1 + (A - p**2 / 2) /
    (p - p**2 / 2))`` (McClish, 1989). Equals ``roc_auc_score(max_fpr=p)``; the papers of the
    challenge write A / p, its evaluators compute this. None if a class is absent.

    Parameters
    ----------
    normal_scores : array, shape (n_normals,), finite
    anomaly_scores : array, shape (n_anomalies,), finite
    max_fpr : p, in (0, 1].
    """
    n_normals, n_anomalies = normal_scores.size, anomaly_scores.size
    if n_normals == 0 or n_anomalies == 0:
        return None
    ascending, ranked = np.sort(normal_scores), np.sort(anomaly_scores)
    # Every normal clip is a slab of the area, 1 / n_normals wide; the last one may be cut.
    slab = np.arange(math.ceil(max_fpr * n_normals))
    share = np.clip(max_fpr * n_normals - slab, 0.0, 1.0)
    top = ascending[n_normals - 1 - slab]
    first = np.searchsorted(ascending, top, side="left")
    end = np.searchsorted(ascending, top, side="right")
    n_below = np.searchsorted(ranked, top, side="left")
    n_not_above = np.searchsorted(ranked, top, side="right")
    # Inside a tie the curve is a straight line; a slab takes its height in the slab's middle.
    progress = (slab - (n_normals - end) + share / 2) / (end - first)
    height = (n_anomalies - n_not_above) + (n_not_above - n_below) * progress
    area = float((share * height).sum()) / (n_normals * n_anomalies)
    least = 0.5 * max_fpr**2
    return 0.5 * (1 + (area - least) / (max_fpr - least))


def n_normals_below(normal_scores: FloatArray, scores: FloatArray) -> NDArray[np.float64]:
    """For every score the number of normal clips below it, ties counted as one half."""
    ordered = np.sort(normal_scores)
    lower = np.searchsorted(ordered, scores, side="left")
    upper = np.searchsorted(ordered, scores, side="right")
    return np.asarray((lower + upper) / 2, dtype=np.float64)


def domain_mask(labelled: LabelledScores, domain: Domain | None) -> NDArray[np.bool_]:
    """Which clips belong to the domain, shape (n_clips,); None means all clips."""
    if domain is None:
        return np.ones(labelled.is_anomaly.shape, dtype=np.bool_)
    if labelled.is_target is None:
        return np.zeros(labelled.is_anomaly.shape, dtype=np.bool_)
    return labelled.is_target if domain is Domain.TARGET else ~labelled.is_target


def class_counts(labelled: LabelledScores, chosen: NDArray[np.bool_]) -> dict[str, int]:
    """Normals and anomalies among the chosen clips and, with decisions, the confusion counts."""
    truth = labelled.is_anomaly[chosen]
    counts = {"normal": int((~truth).sum()), "anomaly": int(truth.sum())}
    if labelled.is_decided is not None:
        decided = labelled.is_decided[chosen]
        counts["true_positive"] = int((truth & decided).sum())
        counts["false_positive"] = int((~truth & decided).sum())
        counts["true_negative"] = int((~truth & ~decided).sum())
        counts["false_negative"] = int((truth & ~decided).sum())
    return counts


def decision_metrics(
    labelled: LabelledScores, chosen: NDArray[np.bool_]
) -> dict[str, float | None]:
    """Precision, recall, F1 and false-alarm rate of the chosen clips.

    A denominator is at least `EPSILON`, as in the official evaluators, so that no decision for
    anomaly gives a precision of 0. Precision, recall and F1 are None if a class is absent, the
    false-alarm rate if there is no normal clip, all of them without decisions.
    """
    counts = class_counts(labelled, chosen)
    keys = ("precision", "recall", "f1", "false_alarm_rate")
    if labelled.is_decided is None or counts["normal"] == 0:
        return dict.fromkeys(keys)
    false_alarm_rate = counts["false_positive"] / counts["normal"]
    if counts["anomaly"] == 0:
        return dict.fromkeys(keys) | {"false_alarm_rate": false_alarm_rate}
    hits = counts["true_positive"]
    precision = hits / max(hits + counts["false_positive"], EPSILON)
    recall = hits / counts["anomaly"]
    f1 = 2 * precision * recall / max(precision + recall, EPSILON)
    return dict(zip(keys, (precision, recall, f1, false_alarm_rate), strict=True))


def accuracy(labelled: LabelledScores) -> float | None:
    """Share of right decisions among all clips; None without decisions or clips."""
    if labelled.is_decided is None or labelled.is_decided.size == 0:
        return None
    return float((labelled.is_decided == labelled.is_anomaly).mean())


def arithmetic_mean(values: Sequence[float]) -> float | None:
    """The mean, or None of nothing."""
    return math.fsum(values) / len(values) if values else None


def harmonic_mean(values: Sequence[float]) -> float | None:
    """The harmonic mean of max(value, `EPSILON`), or None of nothing.

    Examples
    --------
    >>> harmonic_mean([1.0, 0.5, 0.5])
    0.6
    """
    return len(values) / math.fsum(1 / max(value, EPSILON) for value in values) if values else None


def _absence(labelled: LabelledScores, curve: Curve) -> str:
    """What a curve lacks, in words."""
    normals, _ = curve_scores(labelled, curve)
    word, domain = ("anomalous", curve.anomalies) if normals.size else ("normal", curve.normals)
    return " ".join(filter(None, ("there is no", word, domain, "clip")))
