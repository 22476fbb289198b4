"""A comparison as text for people, as CSV and as JSON."""

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from dcase_classic.io.plain_text import to_json
from dcase_classic.io.results.published import KEYS, MARKS
from dcase_classic.outcomes import OURS, ComparedResult, Comparison, PairedDifference
from dcase_classic.report.evaluation_text import TITLES, percent
from dcase_classic.report.text_table import aligned

_TITLES = TITLES | {"official_score": "official score"}


def comparison_text(comparison: Comparison) -> str:
    """Machine by machine in percent, in parentheses how far the first run is ahead."""
    rows = comparison.rows
    # Means of our own know more keys, such as the AUC over both domains, than anyone compares.
    shown = [row for row in rows if row.section or row.mark != OURS]
    keys = [key for key in KEYS if any(key in row.values for row in shown)]
    if any("official_score" in row.values for row in rows):
        keys = [*(key for key in keys if key != "official_score"), "official_score"]
    table = [["machine", "section", "system", *(_TITLES[key] for key in keys), "mark"]]
    for place, group in groupby(rows, key=_place):
        for position, row in enumerate(group):
            names = place if position == 0 else ("", "")
            table.append([*names, row.system, *(_cell(row, key) for key in keys), row.mark])
    parts = [
        (
            f"{comparison.year} {comparison.subset} set, percent "
            "(in parentheses: first run minus this)"
        ),
        aligned(table, n_left=3),
        *_pair_lines(comparison.pairs),
        *_legend(rows),
    ]
    return "\n\n".join(parts) + "\n"


def comparison_csv(comparison: Comparison) -> str:
    """One line for every system and place; values and differences in [0, 1], not rounded."""
    text = io.StringIO()
    names = ["machine_type", "section", "mean", "system", "mark", "source"]
    columns = [*names, *KEYS, *(f"{key}_difference" for key in KEYS)]
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(row) for row in comparison.rows)
    return text.getvalue()


def comparison_json(comparison: Comparison) -> str:
    """The same rows, and the paired differences of own runs."""
    return to_json(
        {
            "year": comparison.year,
            "set": comparison.subset,
            "rows": [_flat(row) for row in comparison.rows],
            "paired_differences": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "official_score_difference": pair.difference,
                    "official_score_difference_ci95": pair.interval,
                    "is_more_than_noise": pair.is_more_than_noise,
                }
                for pair in comparison.pairs
            ],
            "warnings": list(comparison.warnings),
        }
    )


def _place(row: ComparedResult) -> tuple[str, str]:
    mean = {"arithmetic": "arith. mean", "harmonic": "harm. mean"}.get(row.mean, "")
    return row.machine_type or "all", row.section or mean


def _cell(row: ComparedResult, key: str) -> str:
    if key not in row.values:
        return ""
    difference = row.differences.get(key)
    ahead = "" if difference is None else f" ({100 * difference:+.2f})"
    return percent(row.values[key]) + ahead


def _pair_lines(pairs: tuple[PairedDifference, ...]) -> Iterator[str]:
    if pairs:
        yield "\n".join(
            ["official score, paired jackknife over clips (95 %):", *map(_pair_line, pairs)]
        )


def _pair_line(pair: PairedDifference) -> str:
    line = f"{pair.first} minus {pair.second}: {100 * pair.difference:+.2f}"
    if pair.interval is None:
        return f"{line}, no interval: the runs do not share all clips"
    low, high = pair.interval
    verdict = "more than noise" if pair.is_more_than_noise else "not more than noise"
    return f"{line} ({100 * low:+.2f} to {100 * high:+.2f}), {verdict}"


def _legend(rows: tuple[ComparedResult, ...]) -> Iterator[str]:
    """Marks and sources of the published rows that are shown."""
    published = [row for row in rows if row.mark != OURS]
    sources = dict.fromkeys((row.system, row.mark, row.source) for row in published)
    if sources:
        lines = [f"{mark} {system}: {source}" for system, mark, source in sources]
        marks = ", ".join(f"{mark} = {text}" for mark, text in MARKS.items())
        yield "\n".join([f"sources ({marks}):", *lines])


def _flat(row: ComparedResult) -> dict[str, Any]:
    names = {
        "machine_type": row.machine_type,
        "section": row.section,
        "mean": row.mean,
        "system": row.system,
        "mark": row.mark,
        "source": row.source,
    }
    return (
        names | row.values | {f"{key}_difference": row.differences[key] for key in row.differences}
    )
