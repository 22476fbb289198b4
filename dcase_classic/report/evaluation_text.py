"""Evaluations as tables for people, in percent."""

from collections import Counter
from collections.abc import Sequence

from dcase_classic.outcomes.evaluations import Evaluation, Ranking, SectionMetrics
from dcase_classic.records import Interval
from dcase_classic.report.text_table import aligned

TITLES = {
    "auc": "AUC",
    "auc_source": "AUC source",
    "auc_target": "AUC target",
    "auc_all": "AUC all",
    "pauc": "pAUC",
    "pauc_source": "pAUC source",
    "pauc_target": "pAUC target",
}
DECISION_TITLES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "false_alarm_rate": "false alarms",
}


def ranking_text(ranking: Ranking) -> str:
    """Tables of one system, or one table of several."""
    if ranking.is_single:
        return evaluation_text(ranking.evaluations[0])
    return _several_text(ranking)


def evaluation_text(evaluation: Evaluation) -> str:
    """One system: AUCs with their intervals, means, official score, decisions."""
    keys = [key for key in evaluation.sections[0].values if key in TITLES]
    header = ["machine", "section", *(TITLES[key] for key in keys)]
    rows = [
        [section.machine_type, section.section, *(_with_interval(section, key) for key in keys)]
        for section in evaluation.sections
    ]
    score = percent(evaluation.official_score) + interval_text(evaluation.official_score_ci95)
    year = f"{evaluation.year}, " if evaluation.year else ""
    with_intervals = any(section.intervals for section in evaluation.sections)
    unit = "percent, 95 % intervals" if with_intervals else "percent"
    parts = [
        f"{evaluation.system}: {year}AUC rule: {evaluation.rule}; {unit}",
        aligned([header, *rows, *_mean_rows(evaluation, keys)]),
    ]
    if evaluation.official_score is not None:
        parts.append(f"official score: {score}")
    if any(section.values["accuracy"] is not None for section in evaluation.sections):
        by_domain = " (source / target)" if "all" not in evaluation.sections[0].counts else ""
        parts.append(f"decisions{by_domain}\n{_decision_table(evaluation)}")
    return "\n\n".join(parts) + "\n"


def _several_text(ranking: Ranking) -> str:
    """Several systems, best first, with means over all sections: harmonic, in 2020 arithmetic."""
    evaluations = ranking.evaluations
    values = [key for system in evaluations for key in system.sections[0].values]
    keys = [key for key in dict.fromkeys(values) if key in TITLES]
    is_official = any(system.official_score is not None for system in evaluations)
    with_intervals = any(system.official_score_ci95 is not None for system in evaluations)
    rows = [["rank", "system", *(["official score"] * is_official), *(TITLES[key] for key in keys)]]
    for rank, system in ranking.ranked():
        score = percent(system.official_score) + interval_text(system.official_score_ci95)
        totals = system.totals
        means = totals.harmonic_mean if is_official else totals.arithmetic_mean
        shown = [percent(means.get(key)) for key in keys]
        rows.append([str(rank), system.system, *([score] * is_official), *shown])
    title = "arithmetic means over all sections, ranked by the means of machines"
    if is_official:
        interval = " with 95 % interval" if with_intervals else ""
        title = f"official score{interval}, harmonic means over all sections"
    return f"percent; {title}\n\n{aligned(rows)}\n"


def percent(value: float | None) -> str:
    """A share in percent with two decimals; a dash for None."""
    return "-" if value is None else f"{100 * value:.2f}"


def signed_percent(difference: float) -> str:
    """A difference of shares in percent, with its sign."""
    return f"{100 * difference:+.2f}"


def interval_text(interval: Interval | None) -> str:
    """An interval in percent, in parentheses; nothing for None."""
    return "" if interval is None else f" ({100 * interval[0]:.1f}-{100 * interval[1]:.1f})"


def _with_interval(section: SectionMetrics, key: str) -> str:
    return percent(section.values[key]) + interval_text(section.intervals.get(key))


def _mean_rows(evaluation: Evaluation, keys: Sequence[str]) -> list[list[str]]:
    """Means of every machine with several sections, and of all sections."""
    counts = Counter(section.machine_type for section in evaluation.sections)
    shown = [item for item in evaluation.machines.items() if counts[item[0]] > 1]
    return [
        [name, f"{word}. mean", *(percent(values[key]) for key in keys)]
        for name, means in [*shown, ("all", evaluation.totals)]
        for word, values in (("arith", means.arithmetic_mean), ("harm", means.harmonic_mean))
    ]


def _decision_table(evaluation: Evaluation) -> str:
    rows = [["machine", "section", *DECISION_TITLES.values(), "accuracy"]]
    for section in evaluation.sections:
        cells = [_by_domain(section, key) for key in DECISION_TITLES]
        accuracy = percent(section.values["accuracy"])
        rows.append([section.machine_type, section.section, *cells, accuracy])
    return aligned(rows)


def _by_domain(section: SectionMetrics, key: str) -> str:
    """The values of source and target, or the one of all clips where there are no domains."""
    keys = (key, f"{key}_source", f"{key}_target")
    return " / ".join(percent(section.values[name]) for name in keys if name in section.values)
