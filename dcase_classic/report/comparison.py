"""A comparison as text for people, as CSV and as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dcase_classic.io.plain_text import to_json
from dcase_classic.io.results.published import KEYS, MARKS
from dcase_classic.outcomes.evaluations import OURS, Comparison, PairedDifference
from dcase_classic.report.evaluation_text import TITLES, percent, signed_percent
from dcase_classic.report.rows import frame_rows
from dcase_classic.report.text_table import aligned

if TYPE_CHECKING:
    import pandas as pd

_TITLES = TITLES | {"official_score": "official score"}
_MEANS = {"arithmetic": "arith. mean", "harmonic": "harm. mean"}


def comparison_text(comparison: Comparison) -> str:
    """Machine by machine in percent, in parentheses how far the first run is ahead."""
    rows = comparison.to_frame()
    # Means of our own know more keys, such as the AUC over both domains, than anyone compares.
    shown = rows[(rows["section"] != "") | (rows["mark"] != OURS)]
    keys = [key for key in KEYS[:-1] if shown[key].notna().any()]
    keys += [key for key in KEYS[-1:] if rows[key].notna().any()]
    table = [["machine", "section", "system", *(_TITLES[key] for key in keys), "mark"]]
    previous = None
    for row in _records(rows):
        place = [row["machine_type"] or "all", row["section"] or _MEANS.get(row["mean"], "")]
        names = ["", ""] if place == previous else place
        previous = place
        table.append([*names, row["system"], *(_cell(row, key) for key in keys), row["mark"]])
    parts = [
        (
            f"{comparison.year} {comparison.subset} set, percent "
            "(in parentheses: first run minus this)"
        ),
        aligned(table, n_left=3),
        *_pair_lines(comparison.pairs),
        *_legend(rows[rows["mark"] != OURS]),
    ]
    return "\n\n".join(parts) + "\n"


def comparison_json(comparison: Comparison) -> str:
    """The same rows, and the paired differences of own runs."""
    return to_json(
        {
            "year": comparison.year,
            "set": comparison.subset,
            "rows": [*frame_rows(comparison.rows)],
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


def _records(rows: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows without the values that are not there."""
    return [{str(key): value for key, value in row.dropna().items()} for _, row in rows.iterrows()]


def _cell(row: dict[str, Any], key: str) -> str:
    if key not in row:
        return ""
    difference = row.get(f"{key}_difference")
    return percent(row[key]) + ("" if difference is None else f" ({signed_percent(difference)})")


def _pair_lines(pairs: tuple[PairedDifference, ...]) -> Iterator[str]:
    if pairs:
        yield "\n".join(
            ["official score, paired jackknife over clips (95 %):", *map(_pair_line, pairs)]
        )


def _pair_line(pair: PairedDifference) -> str:
    line = f"{pair.first} minus {pair.second}: {signed_percent(pair.difference)}"
    if pair.interval is None:
        return f"{line}, no interval: {pair.reason}"
    interval = " to ".join(map(signed_percent, pair.interval))
    verdict = "more than noise" if pair.is_more_than_noise else "not more than noise"
    return f"{line} ({interval}), {verdict}"


def _legend(published: "pd.DataFrame") -> Iterator[str]:
    """Marks and sources of the published rows that are shown."""
    sources = published[["mark", "system", "source"]].drop_duplicates()
    if len(sources):
        lines = [f"{mark} {system}: {source}" for mark, system, source in sources.to_numpy()]
        marks = ", ".join(f"{mark} = {text}" for mark, text in MARKS.items())
        yield "\n".join([f"sources ({marks}):", *lines])
