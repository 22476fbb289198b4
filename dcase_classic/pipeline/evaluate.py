"""Evaluate the results of one or many systems against the truth."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.metric_rules import CURVES, MetricRule
from dcase_classic.challenge.which_year import foreign_sections, rule_doubt, rule_of_name, set_doubt
from dcase_classic.challenge.years import find_year
from dcase_classic.errors import DataError, DcaseClassicError, SubmissionError, listed
from dcase_classic.evaluation.intervals import (
    Replicate,
    official_interval,
    official_replicates,
    section_intervals,
    section_replicates,
)
from dcase_classic.evaluation.joining import LabelledScores, join
from dcase_classic.evaluation.metrics import (
    means,
    official_coverage,
    official_score,
    section_metrics,
)
from dcase_classic.evaluation.rates import decision_intervals
from dcase_classic.given_files import Paths, given_paths
from dcase_classic.grouping import grouped
from dcase_classic.io.results.run_file import RunRecord, read_run
from dcase_classic.io.results.systems import System, raise_errors, read_systems
from dcase_classic.io.results.truth import Truth, read_truth
from dcase_classic.io.results.truth_sources import truth_of_names
from dcase_classic.outcomes.evaluations import Evaluation, Ranking, SectionMetrics
from dcase_classic.records import SectionKey
from dcase_classic.wording import counted


class UnlabelledError(DataError):
    """Results whose names carry no label, where no truth is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """How to evaluate: the year whose rule counts, intervals or not, clips without a score."""

    year: int | None = None
    with_intervals: bool = True
    skip_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvaluatedSystem:
    """A system, its truth, its scores with it, its metrics, and the run that made it, if known."""

    system: System
    truth: Truth
    labelled: list[LabelledScores]
    evaluation: Evaluation
    run: RunRecord | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluated:
    """The systems of a folder.

    Attributes
    ----------
    results : the folder.
    systems : those that could be evaluated.
    failures : what is wrong with the others, by their names.
    warnings : of the truth.
    """

    results: Path
    systems: list[EvaluatedSystem]
    failures: dict[str, DcaseClassicError]
    warnings: tuple[str, ...]

    def ranking(self) -> Ranking:
        """The evaluations, best first.

        Raises
        ------
        DcaseClassicError
            If there is none.
        """
        if not self.systems:
            errors = list(self.failures.values())
            if len(errors) == 1:
                raise errors[0]
            raise SubmissionError.from_many(errors, "no system can be evaluated", path=self.results)
        evaluations = [system.evaluation for system in self.systems]
        best_first = sorted(evaluations, key=lambda evaluation: evaluation.merit, reverse=True)
        return Ranking(
            evaluations=tuple(best_first),
            failures={name: str(error) for name, error in self.failures.items()},
            warnings=(*self.warnings, *unequal(evaluations)),
        )


def evaluate(
    results: str | PathLike[str],
    truth_paths: Paths = (),
    settings: EvaluationSettings = EvaluationSettings(),
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
    (evaluated,) = evaluate_folders([results], truth_paths, settings)
    return evaluated.ranking()


def evaluate_folders(
    results: Paths, truth_paths: Paths = (), settings: EvaluationSettings = EvaluationSettings()
) -> list[Evaluated]:
    """Evaluate the systems of every folder; parameters are those of `evaluate`.

    Raises
    ------
    DcaseClassicError : if there are no results or no truth.
    """
    paths = given_paths(truth_paths)
    truth = read_truth(paths, settings.year) if paths else None
    evaluated = []
    for path, read in _named_systems(given_paths(results)):
        systems: list[EvaluatedSystem] = []
        failures: dict[str, DcaseClassicError] = {}
        for system in read:
            try:
                systems.append(_evaluate_system(system, truth, settings))
            except DcaseClassicError as error:
                failures[system.name] = error
        warnings = truth.warnings if truth else ()
        evaluated.append(
            Evaluated(results=path, systems=systems, failures=failures, warnings=warnings)
        )
    return evaluated


def _named_systems(paths: Iterable[Path]) -> Iterator[tuple[Path, list[System]]]:
    """The systems of every folder; those of one name in several folders get their paths."""
    read = {path: read_systems(path) for path in paths}
    counts = Counter(system.name for systems in read.values() for system in systems)
    doubled = {name for name, count in counts.items() if count > 1}
    for path, systems in read.items():
        yield (
            path,
            [
                replace(system, name=f"{path}: {system.name}") if system.name in doubled else system
                for system in systems
            ],
        )


def unequal(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """Why differences of systems say nothing: other rules, other sections, or other clips."""
    rules = sorted({f"'{evaluation.rule}'" for evaluation in evaluations})
    if len(rules) > 1:
        yield f"systems do not compare: they are evaluated by {' and '.join(rules)}; --year"
    counts = Counter(key for evaluation in evaluations for key in evaluation.clips)
    partly = [key for key, count in counts.items() if count < len(evaluations)]
    if partly:
        yield f"systems do not compare: not all have results of {_titles(partly)}"
    clips = {item for evaluation in evaluations for item in evaluation.clips.items()}
    unlike = [key for key, n_lists in Counter(key for key, _ in clips).items() if n_lists > 1]
    if unlike:
        yield f"systems do not compare: they have scored other clips of {_titles(unlike)}"


def _evaluate_system(
    system: System, truth: Truth | None, settings: EvaluationSettings
) -> EvaluatedSystem:
    """The system with its truth and its metrics.

    Raises
    ------
    SubmissionError : if a file is defect, or rows are missing or unknown; all problems are named.
    DataError : if the truth says nothing about the results.
    """
    raise_errors(system.findings, "not evaluated", path=system.folder)
    rule = _rule(system, settings.year)
    run = read_run(system.folder)
    unscored = [] if truth else list(_unscored(system, run))
    truth = truth or _own_truth(system)
    labelled, notes = _join_all(system, truth, rule, settings)
    sections, replicates = _measure(labelled, rule, with_intervals=settings.with_intervals)
    doubts = _year_doubts(system, truth, rule, settings.year)
    warnings = [
        *system.warnings,
        *doubts,
        *unscored,
        *notes,
        *(warning for section in sections for warning in section.warnings),
        *(f"{system.name}: {doubt}" for doubt in _score_doubts(sections, rule, settings)),
    ]
    score = official_score(sections, rule)
    by_machine = grouped((section.machine_type, section) for section in sections)
    evaluation = Evaluation(
        system=system.name,
        year=settings.year,
        rule=str(rule),
        sections=tuple(sections),
        machines={machine_type: means(group) for machine_type, group in by_machine.items()},
        totals=means(sections),
        official_score=score,
        official_score_ci95=official_interval(score, replicates),
        official_replicates=replicates,
        warnings=tuple(warnings),
        made_by="" if run is None else run.title(system.sections),
        data={} if run is None else run.data_by_section(),
        clips={(section.machine_type, section.section): section.names for section in labelled},
    )
    return EvaluatedSystem(
        system=system, truth=truth, labelled=labelled, evaluation=evaluation, run=run
    )


def _measure(
    labelled: Sequence[LabelledScores], rule: MetricRule, *, with_intervals: bool
) -> tuple[list[SectionMetrics], list[Replicate] | None]:
    """The metrics of every section, and the replicates of the official score if there are any."""
    sections = [section_metrics(section, rule) for section in labelled]
    if not with_intervals:
        return sections, None
    replicates = [section_replicates(section, rule) for section in labelled]
    with_bounds = [
        replace(
            section,
            intervals=section_intervals(section, replicate) | decision_intervals(section.counts),
        )
        for section, replicate in zip(sections, replicates, strict=True)
    ]
    return with_bounds, official_replicates(with_bounds, replicates, rule)


def _score_doubts(
    sections: Sequence[SectionMetrics], rule: MetricRule, settings: EvaluationSettings
) -> Iterator[str]:
    """What the official score does not rest on, and where there are no intervals."""
    n_present, n_all = official_coverage(sections, rule)
    is_official = official_score(sections, rule) is not None
    if is_official and n_present < n_all:
        yield f"the official score rests on {n_present} of {counted(n_all, 'value')}"
    keys = [(section.machine_type, section.section) for section in sections]
    if is_official and settings.year and (part := set_doubt(settings.year, keys)):
        yield f"the official score is of {part} of {settings.year}"
    if settings.with_intervals and (single := _singles(sections, rule)):
        yield f"no interval where a class has a single clip: {single}"


def _singles(sections: Iterable[SectionMetrics], rule: MetricRule) -> str:
    """The sections with a value that no clip can be left out of."""
    keys = [curve.key for curve in CURVES[rule]]
    return _titles(
        (section.machine_type, section.section)
        for section in sections
        if any(section.values[key] is not None and not section.intervals[key] for key in keys)
    )


def _unscored(system: System, run: RunRecord | None) -> Iterator[str]:
    """The sections of which clips were skipped, as only the run knows where no truth is given."""
    for part in () if run is None else run.sections:
        if part.n_skipped and (part.machine_type, part.section) in system.sections:
            clips = counted(part.n_skipped, "clip")
            yield f"{part.machine_type} section {part.section}: {clips} skipped by 'score'"


def _own_truth(system: System) -> Truth:
    rows = (
        (key, name) for key, section in system.sections.items() for name in section.anomaly_scores
    )
    try:
        sections = truth_of_names(rows)
    except SubmissionError as error:
        error.path = system.folder
        raise
    if not sections:
        raise UnlabelledError(
            "the names in the results carry no labels",
            path=system.folder,
            advice="give --truth with the recordings, an official ground truth folder, or an "
            "evaluation list",
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


def _year_doubts(system: System, truth: Truth, rule: MetricRule, year: int | None) -> Iterator[str]:
    """What of the results or of the truth seems to be of another year."""
    names = (name for section in system.sections.values() for name in section.anomaly_scores)
    if doubt := rule_doubt(rule, year, names, system.sections):
        yield f"{system.name}: {doubt}"
    for what, keys in (("results", list(system.sections)), ("truth", list(truth.sections))):
        if year is not None and (foreign := foreign_sections(year, keys)):
            yield f"{system.name}: sections of the {what} that {year} lacks: {_titles(foreign)}"


def _join_all(
    system: System, truth: Truth, rule: MetricRule, settings: EvaluationSettings
) -> tuple[list[LabelledScores], list[str]]:
    """All sections that both the system and the truth have, in the official order."""
    known = sorted(system.sections.keys() & truth.sections.keys())
    if not known:
        raise DataError(
            "the truth has none of its sections",
            path=system.folder,
            advice=f"it has {_titles(truth.sections)}, the results have {_titles(system.sections)}",
        )
    labelled: list[LabelledScores] = []
    warnings: list[str] = []
    errors: list[SubmissionError] = []
    for key in known:
        try:
            section, more = join(
                key,
                system.sections[key],
                truth.sections[key],
                needs_domains=rule is not MetricRule.PER_SECTION,
                skip_missing=settings.skip_missing,
            )
        except SubmissionError as error:
            error.path = system.folder
            errors.append(error)
            continue
        labelled.append(section)
        warnings += more
    if errors:
        raise SubmissionError.from_many(errors)
    return labelled, [*warnings, *_left_out(system, truth)]


def _left_out(system: System, truth: Truth) -> Iterator[str]:
    """Sections that only the results or only the truth have, or without the decisions of others."""
    undecided = [key for key, section in system.sections.items() if section.decisions is None]
    if 0 < len(undecided) < len(system.sections):
        yield f"{system.name}: no decisions of {_titles(undecided)}"
    results, known = system.sections.keys(), truth.sections.keys()
    if results - known:
        titles = _titles(results - known)
        yield f"{system.name}: results without truth, not evaluated: {titles}"
    if known - results:
        yield f"{system.name}: no results, not evaluated: {_titles(known - results)}"


def _titles(keys: Iterable[SectionKey]) -> str:
    return listed([f"{machine_type} {section}" for machine_type, section in sorted(keys)])
