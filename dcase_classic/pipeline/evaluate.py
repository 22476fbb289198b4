"""Evaluate the results of one or many systems against the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dcase_classic.challenge.clip_names import rule_of_name
from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.challenge.years import find_year
from dcase_classic.errors import DataError, DcaseClassicError, SubmissionError, listed
from dcase_classic.evaluation.intervals import (
    Replicates,
    official_interval,
    official_replicates,
    section_intervals,
    section_replicates,
)
from dcase_classic.evaluation.joining import join
from dcase_classic.evaluation.metrics import (
    arithmetic_mean,
    means,
    official_coverage,
    official_score,
    section_metrics,
)
from dcase_classic.io.results.score_files import System, find_systems, read_system
from dcase_classic.io.results.truth import Truth, read_truth
from dcase_classic.io.results.truth_sources import truth_of_names
from dcase_classic.io.zip_files import opened
from dcase_classic.outcomes import Evaluation, Ranking
from dcase_classic.records import LabelledScores, SectionKey, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """How to evaluate: the year whose rule counts, intervals or not, clips without a score."""

    year: int | None = None
    with_intervals: bool = True
    skip_missing: bool = False


def evaluate(
    results: Path, truth_paths: Sequence[Path] = (), settings: EvaluationSettings | None = None
) -> Ranking:
    """Evaluate the system, or all systems, found in a folder.

    Parameters
    ----------
    results : the output of ``score``, a team's folder, a folder of systems, or a zip file of one.
    truth_paths : see ``io.results.truth.read_truth``; without any, the names in the results tell.
    settings : default: the year's rule follows from names, intervals, every clip must be scored.

    Raises
    ------
    DcaseClassicError : if there are no results or no truth, or the only system is at fault. Of
        several systems those at fault are listed in ``failures`` instead.
    """
    settings = settings or EvaluationSettings()
    truth = read_truth(truth_paths, settings.year) if truth_paths else None
    with opened(results) as folder:
        systems = [read_system(found) for found in find_systems(folder)]
    evaluations, failures = [], {}
    for system in systems:
        try:
            evaluations.append(evaluate_system(system, truth, settings))
        except DcaseClassicError as error:
            if len(systems) == 1:
                raise
            failures[system.name] = str(error)
    if not evaluations:
        raise SubmissionError("no system can be evaluated:\n" + "\n".join(failures.values()))
    return Ranking(
        evaluations=tuple(sorted(evaluations, key=_merit, reverse=True)),
        failures=failures,
        warnings=truth.warnings if truth else (),
    )


def evaluate_system(
    system: System, truth: Truth | None, settings: EvaluationSettings
) -> Evaluation:
    """Evaluate one system.

    Raises
    ------
    SubmissionError : if a file is defect, or rows are missing or unknown; all problems are named.
    DataError : if the truth says nothing about the results.
    """
    _check_files(system)
    truth = truth or _own_truth(system)
    rule = _rule(system, settings.year)
    labelled, warnings = _join_all(system, truth, rule, settings)
    sections = [section_metrics(one, rule) for one in labelled]
    warnings += [warning for section in sections for warning in section.warnings]
    replicates: list[Replicates] = []
    if settings.with_intervals:
        replicates = [section_replicates(one, rule) for one in labelled]
        sections = [
            replace(section, intervals=section_intervals(section, replicate))
            for section, replicate in zip(sections, replicates, strict=True)
        ]
    value = official_score(sections, rule)
    n_present, n_all = official_coverage(sections, rule)
    if value is not None and n_present < n_all:
        warnings.append(f"{system.name}: the official score rests on {n_present} of {n_all} values")
    official = official_replicates(sections, replicates, rule) if replicates else None
    return Evaluation(
        system=system.name,
        year=settings.year,
        rule=str(rule),
        sections=tuple(sections),
        machines={
            machine_type: means([one for one in sections if one.machine_type == machine_type])
            for machine_type in dict.fromkeys(section.machine_type for section in sections)
        },
        totals=means(sections),
        official_score=value,
        official_score_ci95=official_interval(value, official),
        official_replicates=official,
        warnings=tuple(warnings),
    )


def _check_files(system: System) -> None:
    errors = [str(finding) for finding in system.findings if finding.severity is Severity.ERROR]
    if len(errors) == 1:
        raise SubmissionError(errors[0].removeprefix("error: "))
    if errors:
        raise SubmissionError("\n".join([f"{system.name}: {len(errors)} errors", *errors]))


def _own_truth(system: System) -> Truth:
    rows = (
        (key, name) for key, section in system.sections.items() for name in section.anomaly_scores
    )
    sections = truth_of_names(rows)
    if not sections:
        raise DataError(
            "the names in the results carry no labels",
            path=system.name,
            advice=(
                "give --truth with the recordings, an official ground truth folder, or an "
                "evaluation list"
            ),
        )
    return Truth(sections=sections)


def _rule(system: System, year: int | None) -> MetricRule:
    """The rule of the year, or the one that the names of files and clips belong to."""
    if year is not None:
        return find_year(year).metric_rule
    if system.is_by_id:
        return MetricRule.PER_SECTION
    if system.is_split_by_domain:
        return MetricRule.PER_DOMAIN
    return rule_of_name(
        next(name for section in system.sections.values() for name in section.anomaly_scores)
    )


def _join_all(
    system: System, truth: Truth, rule: MetricRule, settings: EvaluationSettings
) -> tuple[list[LabelledScores], list[str]]:
    """All sections that both the system and the truth have, in the official order."""
    known = sorted(system.sections.keys() & truth.sections.keys())
    if not known:
        raise DataError(
            "the truth has none of its sections",
            path=system.name,
            advice=f"it has {_titles(truth.sections)}, the results have {_titles(system.sections)}",
        )
    labelled, warnings, problems = [], [], []
    for key in known:
        try:
            one, more = join(
                key,
                system.sections[key],
                truth.sections[key],
                needs_domains=rule is not MetricRule.PER_SECTION,
                skip_missing=settings.skip_missing,
            )
        except SubmissionError as error:
            problems.append(str(error))
            continue
        labelled.append(one)
        warnings += more
    if problems:
        raise SubmissionError("\n".join(f"{system.name}: {problem}" for problem in problems))
    for what, keys in (
        ("results without truth, not evaluated", system.sections.keys() - truth.sections.keys()),
        ("no results, not evaluated", truth.sections.keys() - system.sections.keys()),
    ):
        if keys:
            warnings.append(f"{system.name}: {what}: {_titles(keys)}")
    return labelled, warnings


def _titles(keys: Iterable[SectionKey]) -> str:
    return listed([f"{machine_type} {section}" for machine_type, section in sorted(keys)])


def _merit(evaluation: Evaluation) -> float:
    """What systems are ranked by: the official score, or the mean of AUC and pAUC in 2020."""
    if evaluation.official_score is not None:
        return evaluation.official_score
    of_machines = [
        value
        for one in evaluation.machines.values()
        for key in ("auc", "pauc")
        if (value := one.arithmetic_mean[key]) is not None
    ]
    return arithmetic_mean(of_machines) or 0.0
