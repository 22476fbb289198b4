"""Reading back what ``evaluate --json`` wrote."""

from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.years import Subset, find_year
from dcase_classic.errors import DataError
from dcase_classic.given_files import read_given_bytes
from dcase_classic.grouping import grouped
from dcase_classic.io.strict_json import parse_json
from dcase_classic.outcomes.evaluations import Means

_MOST_VALUES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsFile:
    """The means of every machine of one system, its sections, and the rule that made them.

    ``year`` is that of the rule, where one was asked for; ``warnings`` tell what was left out.
    """

    path: Path
    means: dict[str, Means]
    sections: dict[str, frozenset[str]]
    rule: str
    year: int | None
    warnings: tuple[str, ...]

    def check_development_set(self, year: int) -> None:
        """Check that it tells of whole machines of the development set, by the rule of the year.

        Raises
        ------
        DataError
            If it does not; means of other sections would pass for those of the set.
        """
        record = find_year(year)
        if self.year not in {None, year}:
            advice = f"evaluate the development set of {year}"
            raise DataError(f"metrics of {self.year}", path=self.path, advice=advice)
        if self.rule != record.metric_rule:
            problem = f"made by the rule '{self.rule}', that of {year} is '{record.metric_rule}'"
            advice = f"evaluate the development set with --year {year}"
            raise DataError(problem, path=self.path, advice=advice)
        for machine, sections in self.sections.items():
            expected = record.machines[Subset.DEV].get(machine, ())
            if sections != set(expected):
                problem = f"{machine}: metrics of sections {', '.join(sorted(sections))}"
                raise DataError(
                    f"{problem}, expected {', '.join(expected) or 'none'}",
                    path=self.path,
                    advice=f"evaluate the development set of {year}",
                )


def read_metrics(path: Path) -> MetricsFile:
    """The metrics of one system.

    Raises
    ------
    DataError : if the file is not the output of ``evaluate --json`` for one system.
    """
    try:
        content = read_given_bytes(path)
        table = parse_json(content, most_brackets=_MOST_VALUES, most_commas=_MOST_VALUES)
        means = {
            machine["machine_type"]: Means(
                arithmetic_mean=_shares(machine["arithmetic_mean"]),
                harmonic_mean=_shares(machine["harmonic_mean"]),
            )
            for machine in table["machines"]
        }
        keyed = [(str(row["machine_type"]), str(row["section"])) for row in table["sections"]]
        sections = {name: frozenset(numbers) for name, numbers in grouped(keyed).items()}
        return MetricsFile(
            path=path,
            means=means,
            sections=sections,
            rule=str(table["rule"]),
            year=table["year"],
            warnings=tuple(map(str, table["warnings"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            "not the metrics of one system",
            path=path,
            advice="expected the output of 'evaluate --json'",
        ) from error


def _shares(values: dict[str, float | None]) -> dict[str, float | None]:
    """The values, checked: each a number in [0, 1] or null."""
    if not isinstance(values, dict):
        raise TypeError(f"got {values!r}, expected an object")
    for key, value in values.items():
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"{key}: got {value!r}, expected a number in [0, 1]")
    return values
