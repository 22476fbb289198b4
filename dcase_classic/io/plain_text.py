"""What records hold as JSON and as CSV text: the one place that writes either."""

import csv
import io
import json
from collections.abc import Iterable
from typing import TextIO


def to_json(content: object) -> str:
    """The content as indented JSON that ends with a line end; NaN is refused, not written."""
    return json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def to_csv(rows: Iterable[Iterable[object]]) -> str:
    """The rows, the header first, as CSV with LF; empty where there is None."""
    text = io.StringIO()
    write_rows(text, rows)
    return text.getvalue()


def write_rows(stream: TextIO, rows: Iterable[Iterable[object]]) -> None:
    """Write what `to_csv` gives, row by row."""
    csv.writer(stream, lineterminator="\n").writerows(rows)
