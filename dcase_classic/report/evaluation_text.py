"""Evaluations as tables for people, in percent."""

from collections.abc import Callable, Sequence

from dcase_classic.outcomes import Evaluation, Interval, Ranking, SectionMetrics
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
    return _several_text(ranking.evaluations)


def ranking_warnings(ranking: Ranking) -> list[str]:
    """Everything that was left out, with the reason."""
    of_systems = [warning for one in ranking.evaluations for warning in one.warnings]
    failures = [f"not evaluated: {name}: {why}" for name, why in ranking.failures.items()]
    return [*ranking.warnings, *of_systems, *failures]


def evaluation_text(evaluation: Evaluation) -> str:
    """One system: AUCs with their intervals, means, official score, decisions."""
    keys = [key for key in evaluation.sections[0].values if key in TITLES]
    rows = [
        [section.machine_type, section.section, *(_with_interval(section, key) for key in keys)]
        for section in evaluation.sections
    ]
    rows += [[machine, word, *cells] for machine, word, cells in _mean_rows(evaluation, keys)]
    score = percent(evaluation.official_score) + interval_text(evaluation.official_score_ci95)
    year = f"{evaluation.year}, " if evaluation.year else ""
    parts = [
        f"{evaluation.system}: {year}AUC rule: {evaluation.rule}; percent, 95 % intervals",
        aligned([["machine", "section", *(TITLES[key] for key in keys)], *rows]),
    ]
    if evaluation.official_score is not None:
        parts.append(f"official score: {score}")
    if any(section.values["accuracy"] is not None for section in evaluation.sections):
        parts.append("decisions (source / target)\n" + _decision_table(evaluation))
    return "\n\n".join(parts) + "\n"


def _several_text(evaluations: Sequence[Evaluation]) -> str:
    """Several systems, best first: official score and harmonic means over all sections."""
    keys = list(
        dict.fromkeys(key for one in evaluations for key in one.sections[0].values if key in TITLES)
    )
    rows = [
        [
            str(rank),
            one.system,
            percent(one.official_score) + interval_text(one.official_score_ci95),
            *(percent(one.totals.harmonic_mean.get(key)) for key in keys),
        ]
        for rank, one in enumerate(evaluations, start=1)
    ]
    header = ["rank", "system", "official score", *(TITLES[key] for key in keys)]
    return (
        "percent; official score with 95 % interval, harmonic means over all sections\n\n"
        + aligned([header, *rows], n_left=2)
        + "\n"
    )


def percent(value: float | None) -> str:
    """A share in percent with two decimals; a dash for None."""
    return "-" if value is None else f"{100 * value:.2f}"


def interval_text(interval: Interval | None) -> str:
    """An interval in percent, in parentheses; nothing for None."""
    return "" if interval is None else f" ({100 * interval[0]:.1f}-{100 * interval[1]:.1f})"


def _with_interval(section: SectionMetrics, key: str) -> str:
    return percent(section.values[key]) + interval_text(section.intervals.get(key))


def _mean_rows(evaluation: Evaluation, keys: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Means of every machine with several sections, and of all sections."""
    machines = [section.machine_type for section in evaluation.sections]
    several = [(name, one) for name, one in evaluation.machines.items() if machines.count(name) > 1]
    rows = []
    for name, one in [*several, ("all", evaluation.totals)]:
        for word, means in (
            ("arith. mean", one.arithmetic_mean),
            ("harm. mean", one.harmonic_mean),
        ):
            rows.append((name, word, [percent(means[key]) for key in keys]))
    return rows


def _decision_table(evaluation: Evaluation) -> str:
    def cell(values: dict[str, float | None]) -> Callable[[str], str]:
        def of(key: str) -> str:
            ends = ["", "_source", "_target"]
            found = [percent(values[key + end]) for end in ends if key + end in values]
            return " / ".join(found[-2:])

        return of

    rows = [
        [
            section.machine_type,
            section.section,
            *map(cell(section.values), DECISION_TITLES),
            percent(section.values["accuracy"]),
        ]
        for section in evaluation.sections
    ]
    return aligned([["machine", "section", *DECISION_TITLES.values(), "accuracy"], *rows])
