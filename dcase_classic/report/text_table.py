"""Tables of plain text: whole ones, and rows that are shown one by one as they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line for people.

    A note is about the results and stands beside them, not among them.
    """

    text: str
    is_note: bool = False


def row_line(cells: Iterable[object], forms: Sequence[str]) -> str:
    """One row; a form has the side and the width of its column, as in ``<10``.

    A cell that is wider takes the blanks of those behind it.

    Examples
    --------
    >>> row_line(["fan", 12], ["<6", ">4"]), row_line(["bearing", 12], ["<6", ">4"])
    ('fan       12', 'bearing   12')
    """
    texts, excess = [], 0
    for cell, form in zip(cells, forms, strict=True):
        padded = format(str(cell), form)
        n_spare = min(excess, len(padded) - len(padded.lstrip()))
        excess += len(padded) - n_spare - int(form[1:] or 0)
        texts.append(padded[n_spare:])
    return "  ".join(texts).rstrip()


def aligned(rows: Sequence[Sequence[str]], *, n_left: int = 2) -> str:
    """The rows as lines; the first ``n_left`` columns to the left, the others to the right.

    Examples
    --------
    >>> print(aligned([["name", "n"], ["a", "10"]], n_left=1))
    name   n
    a     10
    """
    forms = [
        f"{'<' if position < n_left else '>'}{max(map(len, column))}"
        for position, column in enumerate(zip(*rows, strict=True))
    ]
    return "\n".join(row_line(row, forms) for row in rows)
