"""Put own results beside published ones, and beside each other with a paired jackknife."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dcase_classic.challenge.which_year import OF_NO_YEAR
from dcase_classic.challenge.years import YEARS, Subset, find_year
from dcase_classic.errors import DataError
from dcase_classic.evaluation.intervals import difference_interval
from dcase_classic.given_files import Paths
from dcase_classic.io.results.published import KEYS, published_results
from dcase_classic.outcomes.evaluations import OURS, PLACE, Comparison, Evaluation, PairedDifference
from dcase_classic.pipeline.evaluate import Evaluated, EvaluationSettings, evaluate_folders, unequal
from dcase_classic.records import Interval, SectionKey

if TYPE_CHECKING:
    import pandas as pd


class NoYearError(DataError):
    """Machines of no DCASE year, of which there are no published results."""


def compare(
    results: Paths, truth_paths: Paths = (), *, year: int | None = None, skip_missing: bool = False
) -> Comparison:
    """Compare own runs with published results, and with each other.

    Parameters
    ----------
    results : folders of one system or of many; the first run is what differences refer to.
    truth_paths : see ``evaluate``.
    year : whose published results; None: the only year that has all machines and sections
        and whose rule is that of the names.
    skip_missing : leave out clips that have no score, with a warning; published results have them.

    Raises
    ------
    DataError : if the year does not follow from the results, or does not have their sections.
    DcaseClassicError : see ``evaluate``.
    """
    settings = EvaluationSettings(year=year, skip_missing=skip_missing)
    return compared(evaluate_folders(results, truth_paths, settings), year)


def compared(evaluated: Sequence[Evaluated], year: int | None) -> Comparison:
    """The comparison of folders that are evaluated already; see `compare`."""
    rankings = [folder.ranking() for folder in evaluated]
    runs = {run.system: run for ranking in rankings for run in ranking.evaluations}
    rules = {run.rule for run in runs.values()}
    year, subset = _year_and_subset(set().union(*map(_keys, runs.values())), year, rules)
    _check_rule(runs, year)
    published = published_results(year, subset)
    warnings = [warning for ranking in rankings for warning in ranking.all_warnings]
    warnings += [*unequal([*runs.values()]), *data_warnings(runs)]
    if published.empty:
        warnings.append(f"no published results of the {subset} set of {year} are known here")
    all_keys = _all_keys(year, subset)
    warnings += [
        f"totals are not compared with published ones: {name} has no results of {_titles(missing)}"
        for name, run in runs.items()
        if (missing := all_keys - _keys(run))
    ]
    return Comparison(
        year=year,
        subset=subset,
        rows=_rows(runs, published, all_keys),
        pairs=tuple(paired_differences(runs)),
        warnings=tuple(dict.fromkeys(warnings)),
        failures={name: why for ranking in rankings for name, why in ranking.failures.items()},
    )


def _check_rule(runs: Mapping[str, Evaluation], year: int) -> None:
    """Refuse runs that were evaluated by another rule than that of the published results."""
    rule = find_year(year).metric_rule
    for name, run in runs.items():
        if run.rule != rule:
            problem = f"{name}: evaluated by the rule '{run.rule}', that of {year} is '{rule}'"
            raise DataError(problem, advice=f"give --year {year}")


def data_warnings(runs: Mapping[str, Evaluation]) -> Iterator[str]:
    """The sections of which two runs have scored other recordings, as far as they tell."""
    for first, second in itertools.combinations(runs, 2):
        ours, theirs = runs[first], runs[second]
        differing = _unlike(ours.clips, theirs.clips) | _unlike(ours.data, theirs.data)
        if differing:
            yield f"{first} and {second} have scored other recordings of {_titles(differing)}"


def _unlike(
    ours: Mapping[SectionKey, object], theirs: Mapping[SectionKey, object]
) -> set[SectionKey]:
    return {key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]}


def _keys(run: Evaluation) -> set[SectionKey]:
    return {(item.machine_type, item.section) for item in run.sections}


def _part(keys: set[SectionKey], machine_type: str) -> set[SectionKey]:
    """Those that a mean of this name is over: of a machine, or all of them."""
    return {key for key in keys if machine_type in {"", key[0]}}


def _all_keys(year: int, subset: Subset) -> set[SectionKey]:
    machines = find_year(year).machines[subset]
    return {(name, section) for name, sections in machines.items() for section in sections}


def _titles(keys: set[SectionKey]) -> str:
    return ", ".join(f"{machine_type} {section}" for machine_type, section in sorted(keys))


def _year_and_subset(
    keys: set[SectionKey], year: int | None, rules: set[str]
) -> tuple[int, Subset]:
    """The one data set that has all the sections, and is evaluated by the rule of the runs."""
    fitting = [
        (number, subset)
        for number in ([year] if year is not None else YEARS)
        for subset in Subset
        if keys <= _all_keys(number, subset)
    ]
    if len(fitting) > 1:  # the names of clips have told the rule, and so some of the years
        fitting = [item for item in fitting if rules == {find_year(item[0]).metric_rule}] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        sets = (_all_keys(number, subset) for number in YEARS for subset in Subset)
        known = {machine for own in sets for machine, _ in own}
        if known.isdisjoint(machine for machine, _ in keys):
            raise NoYearError(f"{_titles(keys)}: {OF_NO_YEAR}")
        where = f"of {year}" if year is not None else "of any year"
        problem = f"these are not all in the dev set or all in the eval set {where}"
        raise DataError(f"{_titles(keys)}: {problem}", advice="compare one set at a time")
    years = ", ".join(f"{number} {subset}" for number, subset in fitting)
    raise DataError(f"{_titles(keys)}: fits {years}", advice="give --year")


def _rows(
    runs: dict[str, Evaluation], published: "pd.DataFrame", all_keys: set[SectionKey]
) -> "pd.DataFrame":
    """Our runs and what is published, place by place; see `Comparison.to_frame`.

    Means are compared where they are over the same sections.
    """
    import pandas as pd

    keys = list(KEYS)
    frames = [run.to_frame().assign(system=name) for name, run in runs.items()]
    ours = pd.concat(frames, ignore_index=True).assign(mark=OURS, source="")
    ours = ours.reindex(columns=published.columns)
    ours = ours[ours[keys].notna().any(axis="columns") & _is_wanted(ours, published)]
    theirs = published.merge(ours[PLACE].drop_duplicates(), on=PLACE)
    partial = {
        machine_type
        for run in runs.values()
        for machine_type in ("", *run.machines)
        if _part(_keys(run), machine_type) != _part(all_keys, machine_type)
    }
    theirs = theirs[(theirs["mean"] == "") | ~theirs["machine_type"].isin(partial)]
    first = next(iter(runs))
    is_first = ours["system"] == first
    rows = pd.concat([ours[is_first], ours[~is_first], theirs], ignore_index=True)
    reference = rows[PLACE].merge(ours[is_first], how="left", on=PLACE)
    differences = (reference[keys] - rows[keys]).add_suffix("_difference")
    differences.iloc[: is_first.sum()] = float("nan")
    differences[_is_of_other_sections(rows, runs, first)] = float("nan")
    # what has no machine or no section stands behind those that have one
    return rows.join(differences).sort_values(
        PLACE, key=lambda names: names.replace("", "\uffff"), ignore_index=True
    )


def _is_of_other_sections(
    rows: "pd.DataFrame", runs: Mapping[str, Evaluation], first: str
) -> list[bool]:
    """Whether a row is a mean of our own over other sections than that of the first run."""
    return [
        bool(mean)
        and mark == OURS
        and _part(_keys(runs[system]), machine_type) != _part(_keys(runs[first]), machine_type)
        for mean, mark, system, machine_type in zip(
            *(rows[name] for name in ("mean", "mark", "system", "machine_type")), strict=True
        )
    ]


def _is_wanted(ours: "pd.DataFrame", published: "pd.DataFrame") -> "pd.Series[bool]":
    """Sections, one mean of all (harmonic where there is an official score), published places."""
    import pandas as pd

    kind = "harmonic" if ours["official_score"].notna().any() else "arithmetic"
    is_total = (ours["machine_type"] == "") & (ours["mean"] == kind)
    places = pd.MultiIndex.from_frame(published[PLACE])
    is_published = pd.MultiIndex.from_frame(ours[PLACE]).isin(places)
    return (ours["section"] != "") | is_total | is_published


def paired_differences(runs: Mapping[str, Evaluation]) -> Iterator[PairedDifference]:
    """Every run with every later one, where both have an official score by the same rule."""
    for (name, run), (other_name, other) in itertools.combinations(runs.items(), 2):
        if run.official_score is None or other.official_score is None or run.rule != other.rule:
            continue
        difference = run.official_score - other.official_score
        interval, reason = _difference_interval(difference, run, other)
        yield PairedDifference(
            first=name, second=other_name, difference=difference, interval=interval, reason=reason
        )


def _difference_interval(
    difference: float, run: Evaluation, other: Evaluation
) -> tuple[Interval | None, str]:
    """The interval of a difference, or why there is none."""
    if run.clips != other.clips:
        return None, "the runs do not share all clips"
    if not all(section.intervals for section in (*run.sections, *other.sections)):
        return None, "none was asked for"
    if run.official_replicates is None or other.official_replicates is None:
        return None, "a class has a single clip"
    return difference_interval(difference, run.official_replicates, other.official_replicates), ""
