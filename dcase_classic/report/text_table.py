"""Tables of plain text with aligned columns."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, n_left: int = 2) -> str:
    """The rows as lines; the first ``n_left`` columns to the left, the others to the right.

    Examples
    --------
    >>> print(aligned([["name", "n"], ["a", "10"]], n_left=1))
    name   n
    a     10
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if position < n_left else cell.rjust(width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
