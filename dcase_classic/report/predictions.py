"""What is said of single recordings, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterable

from dcase_classic.outcomes import Prediction


def predictions_json(predictions: Iterable[Prediction]) -> str:
    """A list of objects with one key for each attribute of `Prediction`."""
    return json.dumps([_plain(of) for of in predictions], indent=1) + "\n"


def predictions_csv(predictions: Iterable[Prediction]) -> str:
    """A header and one row per recording; empty where there is no value."""
    text = io.StringIO()
    writer = csv.DictWriter(text, Prediction.__slots__, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(of) for of in predictions)
    return text.getvalue()


def _plain(of: Prediction) -> dict[str, str | float | int | None]:
    return {name: getattr(of, name) for name in Prediction.__slots__} | {"path": str(of.path)}
