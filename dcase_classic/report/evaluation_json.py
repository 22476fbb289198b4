"""Evaluations as JSON: numbers in [0, 1], not rounded, null where a value does not exist."""

from typing import Any

from dcase_classic.io.plain_text import to_json
from dcase_classic.outcomes.evaluations import Evaluation, Means, Ranking, SectionMetrics


def ranking_json(ranking: Ranking) -> str:
    """One object for one system; for several an object with ``systems``, best first."""
    if ranking.is_single:
        content = evaluation_content(ranking.evaluations[0])
        content["warnings"] = [*ranking.warnings, *content["warnings"]]
        return to_json(content)
    systems = [{"rank": rank, **evaluation_content(system)} for rank, system in ranking.ranked()]
    return to_json(
        {"systems": systems, "failures": ranking.failures, "warnings": list(ranking.warnings)}
    )


def evaluation_content(evaluation: Evaluation) -> dict[str, Any]:
    """Everything about one system; the documentation of ``evaluate --json`` lists the keys."""
    return {
        "system": evaluation.system,
        "year": evaluation.year,
        "rule": evaluation.rule,
        "made_by": evaluation.made_by or None,
        "official_score": evaluation.official_score,
        "official_score_ci95": evaluation.official_score_ci95,
        "sections": [_section(section) for section in evaluation.sections],
        "machines": [
            {"machine_type": machine_type, **_means(means)}
            for machine_type, means in evaluation.machines.items()
        ],
        "totals": _means(evaluation.totals),
        "warnings": list(evaluation.warnings),
    }


def _section(section: SectionMetrics) -> dict[str, Any]:
    intervals = {f"{key}_ci95": interval for key, interval in section.intervals.items()}
    return {
        "machine_type": section.machine_type,
        "section": section.section,
        **section.values,
        **intervals,
        "counts": section.counts,
    }


def _means(means: Means) -> dict[str, Any]:
    return {"arithmetic_mean": means.arithmetic_mean, "harmonic_mean": means.harmonic_mean}
