"""Put own results beside published ones, and beside each other with a paired jackknife."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dcase_classic.challenge.years import YEARS, Subset, find_year
from dcase_classic.errors import DataError
from dcase_classic.evaluation.intervals import difference_interval
from dcase_classic.io.results.published import KEYS, PublishedResult, published_results
from dcase_classic.outcomes import OURS, ComparedResult, Comparison, Evaluation, PairedDifference
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate
from dcase_classic.records import SectionKey


def compare(
    results: Sequence[Path], truth_paths: Sequence[Path] = (), year: int | None = None
) -> Comparison:
    """Compare own runs with published results, and with each other.

    Parameters
    ----------
    results : folders of one system or of many; the first run is what differences refer to.
    truth_paths : see ``evaluate``.
    year : whose published results; None: the only year that has all machines and sections.

    Raises
    ------
    DataError : if the year does not follow from the results, or does not have their sections.
    DcaseClassicError : see ``evaluate``.
    """
    rankings = [evaluate(path, truth_paths, EvaluationSettings(year=year)) for path in results]
    runs = _named(
        (path, run)
        for path, ranking in zip(results, rankings, strict=True)
        for run in ranking.evaluations
    )
    keys = {key for run in runs.values() for key in _section_keys(run)}
    year, subset = _year_and_subset(keys, year)
    published = published_results(year, subset)
    warnings = [warning for one in rankings for warning in one.warnings]
    warnings += [warning for run in runs.values() for warning in run.warnings]
    warnings += [
        f"not evaluated: {one}" for ranking in rankings for one in ranking.failures.values()
    ]
    if not published:
        warnings.append(f"no published results of the {subset} set of {year} are known here")
    missing = _titles(_all_keys(year, subset) - keys)
    if missing:
        warnings.append(f"totals are not compared with published ones: no results of {missing}")
    return Comparison(
        year=year,
        subset=subset,
        rows=tuple(_rows(runs, published, is_complete=not missing)),
        pairs=tuple(_pairs(runs)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _named(found: Iterable[tuple[Path, Evaluation]]) -> dict[str, Evaluation]:
    """Runs by name; runs of the same name get their paths."""
    pairs = list(found)
    names = [run.system for _, run in pairs]
    return {
        run.system if names.count(run.system) == 1 else f"{path}: {run.system}": run
        for path, run in pairs
    }


def _section_keys(run: Evaluation) -> list[SectionKey]:
    return [(section.machine_type, section.section) for section in run.sections]


def _all_keys(year: int, subset: Subset) -> set[SectionKey]:
    machines = find_year(year).machines[subset]
    return {(name, section) for name, sections in machines.items() for section in sections}


def _titles(keys: set[SectionKey]) -> str:
    return ", ".join(f"{machine_type} {section}" for machine_type, section in sorted(keys))


def _year_and_subset(keys: set[SectionKey], year: int | None) -> tuple[int, Subset]:
    """The one data set that has all the sections."""
    fitting = [
        (number, subset)
        for number in ([year] if year is not None else YEARS)
        for subset in Subset
        if keys <= _all_keys(number, subset)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        where = f"of {year}" if year is not None else "of any year"
        raise DataError(
            f"these are not all in the dev set or all in the eval set {where}",
            path=_titles(keys),
            advice="compare one set at a time",
        )
    years = ", ".join(f"{number} {subset}" for number, subset in fitting)
    raise DataError(f"fits {years}", path=_titles(keys), advice="give --year")


def _rows(
    runs: dict[str, Evaluation], published: Sequence[PublishedResult], *, is_complete: bool
) -> Iterator[ComparedResult]:
    """Every place (machine, section or mean): our runs, then what is published about it."""
    first = next(iter(runs.values()))
    by_place: dict[tuple[str, str, str], list[PublishedResult]] = {
        place: [] for run in runs.values() for place in _places(run)
    }
    for result in published:
        by_place.setdefault((result.machine_type, result.section, result.mean), []).append(result)
    for place in sorted(by_place, key=_place_order):
        reference = _values_at(first, place)
        if not any(_values_at(run, place) for run in runs.values()):
            continue
        for name, run in runs.items():
            values = _values_at(run, place)
            if values:
                yield _row(place, name, values, reference if run is not first else {}, OURS, "")
        if place[0] or is_complete:
            for result in by_place[place]:
                yield _row(
                    place, result.system, result.values, reference, result.mark, result.source
                )


def _row(
    place: tuple[str, str, str],
    system: str,
    values: dict[str, float],
    reference: dict[str, float],
    mark: str,
    source: str,
) -> ComparedResult:
    return ComparedResult(
        machine_type=place[0],
        section=place[1],
        mean=place[2],
        system=system,
        values=values,
        differences={key: reference[key] - values[key] for key in values if key in reference},
        mark=mark,
        source=source,
    )


def _places(run: Evaluation) -> Iterator[tuple[str, str, str]]:
    """Every section, and harmonic means of all of them."""
    yield from ((machine_type, section, "") for machine_type, section in _section_keys(run))
    yield ("", "", "harmonic" if run.official_score is not None else "arithmetic")


def _place_order(place: tuple[str, str, str]) -> tuple[bool, str, bool, str, str]:
    machine_type, section, mean = place
    return (not machine_type, machine_type, not section, section, mean)


def _values_at(run: Evaluation, place: tuple[str, str, str]) -> dict[str, float]:
    """Our values at a place, in the kind of mean that was published; empty if there are none."""
    machine_type, section, mean = place
    values: dict[str, float | None]
    if section:
        found = [one.values for one in run.sections if (one.machine_type, one.section) == place[:2]]
        values = found[0] if found else {}
    else:
        means = run.machines.get(machine_type) if machine_type else run.totals
        if means is None:
            return {}
        values = means.harmonic_mean if mean == "harmonic" else means.arithmetic_mean
    if not machine_type:
        values = values | {"official_score": run.official_score}
    return {key: value for key in KEYS if (value := values.get(key)) is not None}


def _pairs(runs: dict[str, Evaluation]) -> Iterator[PairedDifference]:
    for (name, run), (other_name, other) in itertools.combinations(runs.items(), 2):
        if run.official_score is None or other.official_score is None:
            continue
        difference = run.official_score - other.official_score
        interval = None
        first, second = run.official_replicates, other.official_replicates
        if first is not None and second is not None and _is_same_set(run, other):
            interval = difference_interval(difference, first, second)
        yield PairedDifference(
            first=name, second=other_name, difference=difference, interval=interval
        )


def _is_same_set(run: Evaluation, other: Evaluation) -> bool:
    """Whether both runs scored the same clips, so that these can be paired."""
    return [(one.machine_type, one.section, _sizes(one.counts)) for one in run.sections] == [
        (one.machine_type, one.section, _sizes(one.counts)) for one in other.sections
    ]


def _sizes(counts: dict[str, dict[str, int]]) -> list[tuple[int, int]]:
    return [(one["normal"], one["anomaly"]) for one in counts.values()]
