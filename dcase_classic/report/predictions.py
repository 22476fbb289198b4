"""What is said of single recordings, as text, as CSV and as JSON."""

from collections.abc import Sequence

from dcase_classic.errors import printable
from dcase_classic.io.plain_text import to_csv, to_json
from dcase_classic.outcomes import Prediction
from dcase_classic.report.text_table import row_line

_FORMS = ("<10", ">9", ">6", "<")


def predictions_text(predictions: Sequence[Prediction]) -> str:
    """One line per recording for people."""
    rows = [("decision", "score", "p", "recording"), *map(_cells, predictions)]
    return "".join(f"{row_line(row, _FORMS)}\n" for row in rows)


def predictions_json(predictions: Sequence[Prediction]) -> str:
    """A list of objects with one key for each attribute of `Prediction`."""
    keys = Prediction.__slots__
    return to_json([dict(zip(keys, _values(row), strict=True)) for row in predictions])


def predictions_csv(predictions: Sequence[Prediction]) -> str:
    """A header and one row per recording; empty where there is no value."""
    return to_csv([Prediction.__slots__, *map(_values, predictions)])


def _cells(row: Prediction) -> tuple[str, str, str, str]:
    path = printable(str(row.path))
    recording = f"{path} ({row.reason})" if row.reason else path
    if row.anomaly_score is None:
        return "not scored", "-", "-", recording
    word = "anomaly" if row.decision else "normal"
    return word, f"{row.anomaly_score:.4f}", f"{row.p_value:.4f}", recording


def _values(row: Prediction) -> list[object]:
    return [str(row.path), *(getattr(row, name) for name in Prediction.__slots__[1:])]
