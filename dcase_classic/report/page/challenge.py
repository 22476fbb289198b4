"""Results of the challenge as a page shows them: values, scores, curves and comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import printable
from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.io.results.published import KEYS, MARKS
from dcase_classic.outcomes.evaluations import (
    Comparison,
    Evaluation,
    PairedDifference,
    SectionMetrics,
)
from dcase_classic.records import Interval, SectionKey
from dcase_classic.report.evaluation_text import (
    DECISION_TITLES,
    TITLES,
    interval_text,
    percent,
    signed_percent,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownSystem:
    """A system: its metrics, the labelled scores behind them, and what is known of sections.

    ``p_values`` of their clips, and ``thresholds`` of their decisions.
    """

    evaluation: Evaluation
    labelled: Sequence[LabelledScores]
    p_values: Mapping[SectionKey, NDArray[np.float64]] = field(default_factory=dict)
    thresholds: Mapping[SectionKey, float] = field(default_factory=dict)


def challenge_plain(
    systems: Sequence[ShownSystem],
    comparison: Comparison | None,
    pairs: Sequence[PairedDifference],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """What the page's script reads."""
    published = [] if comparison is None else _published(comparison.to_frame())
    marks = {row["mark"] for row in published}
    return {
        "systems": [_system(system) for system in systems],
        "published": published,
        "marks": [f"{mark}: {words}" for mark, words in MARKS.items() if mark in marks],
        "pairs": [
            {
                "first": printable(pair.first),
                "second": printable(pair.second),
                "difference": signed_percent(pair.difference),
                "interval": pair.interval and " to ".join(map(signed_percent, pair.interval)),
                "is_more_than_noise": pair.is_more_than_noise,
            }
            for pair in pairs
        ],
        "warnings": [printable(warning) for warning in warnings],
    }


def _system(system: ShownSystem) -> dict[str, Any]:
    evaluation = system.evaluation
    keys = dict.fromkeys(key for section in evaluation.sections for key in section.values)
    titles = [[key, title] for key in keys if (title := _title(key))]
    official = evaluation.official_score
    return {
        "name": printable(evaluation.system),
        "rule": evaluation.rule,
        "made_by": printable(evaluation.made_by),
        "official": None if official is None else _texts(official, evaluation.official_score_ci95),
        "has_intervals": any(section.intervals for section in evaluation.sections),
        "keys": titles,
        "rows": [_row(section, [key for key, _ in titles]) for section in evaluation.sections],
        "sections": [
            _section(labelled, system.p_values, system.thresholds) for labelled in system.labelled
        ],
    }


def _title(key: str) -> str | None:
    """The heading of a value, where the page has a column for it."""
    stem, _, domain = key.rpartition("_")
    if key in TITLES:
        return TITLES[key]
    if key in {"f1", "false_alarm_rate"}:
        return DECISION_TITLES[key]
    if stem in {"f1", "false_alarm_rate"}:
        return f"{DECISION_TITLES[stem]} {domain}"
    return None


def _row(section: SectionMetrics, keys: Sequence[str]) -> dict[str, Any]:
    values = {
        key: _texts(value, section.intervals.get(key))
        for key in keys
        if (value := section.values.get(key)) is not None
    }
    return {
        "machine": printable(section.machine_type),
        "section": section.section,
        "values": values,
        "counts": section.counts,
    }


def _section(
    labelled: LabelledScores,
    p_values: Mapping[SectionKey, NDArray[np.float64]],
    thresholds: Mapping[SectionKey, float],
) -> dict[str, Any]:
    key = labelled.machine_type, labelled.section
    own = p_values.get(key)
    return {
        "machine": printable(labelled.machine_type),
        "section": labelled.section,
        "scores": labelled.anomaly_scores.tolist(),
        "is_anomaly": labelled.is_anomaly.astype(int).tolist(),
        "is_target": None
        if labelled.is_target is None
        else labelled.is_target.astype(int).tolist(),
        "threshold": thresholds.get(key, _threshold(labelled)),
        "p_values": None if own is None else own.tolist(),
    }


def _threshold(labelled: LabelledScores) -> float | None:
    """Between the highest score that is decided normal and the lowest that is not.

    None where there is no limit that tells them apart, as where every domain has its own.
    """
    is_decided = labelled.is_decided
    if is_decided is None or is_decided.all() or not is_decided.any():
        return None
    normal = float(labelled.anomaly_scores[~is_decided].max())
    anomalous = float(labelled.anomaly_scores[is_decided].min())
    return normal / 2 + anomalous / 2 if normal < anomalous else None


def _published(rows: "pd.DataFrame") -> list[dict[str, Any]]:
    theirs = rows[(rows["mark"] != "ours") & (rows["machine_type"] != "") & (rows["section"] != "")]
    return [
        {
            "machine": row["machine_type"],
            "section": row["section"],
            "system": row["system"],
            "mark": row["mark"],
            "values": {key: _texts(float(row[key]), None) for key in KEYS if row[key] == row[key]},
        }
        for _, row in theirs.iterrows()
    ]


def _texts(value: float, interval: Interval | None) -> list[str]:
    """A value and its interval as tables of text say them: scripts round halves otherwise."""
    return [percent(value), interval_text(interval)]
