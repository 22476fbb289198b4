"""Reading back what ``evaluate --json`` wrote."""

from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.given_files import read_given_bytes
from dcase_classic.io.strict_json import parse_json
from dcase_classic.outcomes.evaluations import Means

_MOST_VALUES = 1_000_000


def read_machine_means(path: Path) -> dict[str, Means]:
    """The means of every machine of one system.

    Raises
    ------
    DataError : if the file is not the output of ``evaluate --json`` for one system.
    """
    try:
        content = read_given_bytes(path)
        table = parse_json(content, most_brackets=_MOST_VALUES, most_commas=_MOST_VALUES)
        return {
            machine["machine_type"]: Means(
                arithmetic_mean=_shares(machine["arithmetic_mean"]),
                harmonic_mean=_shares(machine["harmonic_mean"]),
            )
            for machine in table["machines"]
        }
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
