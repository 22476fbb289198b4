"""Rows as JSON, as JSON lines and as CSV: what verbs print for programs."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from dcase_classic.io.plain_text import to_csv, to_json
from dcase_classic.outcomes.tables import Row
from dcase_classic.records import Finding
from dcase_classic.report.text_table import Line

if TYPE_CHECKING:
    import pandas as pd


def rows_text(rows: Iterable[Row], form: str) -> str:
    """All rows: ``json`` (a list), ``jsonl`` (an object a line) or ``csv``."""
    rows = list(rows)
    if form == "json":
        return to_json(rows)
    if form == "jsonl":
        return "".join(f"{json_line(row)}\n" for row in rows)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if not rows:
        return ""
    return to_csv([columns, *([_cell(row.get(key)) for key in columns] for row in rows)])


def row_lines(rows: Iterable[Row], form: str) -> Iterator[Line]:
    """The rows line by line as they come, or all at the end."""
    if form == "jsonl":
        yield from (Line(text=json_line(row)) for row in rows)
    elif text := rows_text(rows, form):
        yield Line(text=text.rstrip("\n"))


def row_text(row: Row, form: str) -> str:
    """A single row: in ``json`` the object itself, else as of `rows_text`."""
    return to_json(row) if form == "json" else rows_text([row], form)


def json_line(value: object) -> str:
    """A row, or a value of one, as JSON in one line."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def frame_rows(frame: "pd.DataFrame") -> Iterator[Row]:
    """The rows of a table; what is not there is None."""
    for row in frame.to_dict("records"):
        yield {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in row.items()
        }


def finding_rows(findings: Iterable[Finding]) -> Iterator[Row]:
    """What is wrong with recordings or files."""
    for finding in findings:
        yield asdict(finding) | {"path": str(finding.path)}


def _cell(value: object) -> object:
    """A value of CSV: what is no single value as JSON."""
    return json_line(value) if isinstance(value, Mapping | list) else value
