"""Results of many machines or recordings: a list of records, and the same as a table."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, object]


class HasRows(Protocol):
    """What a table can be made of."""

    def rows(self) -> Iterator[Row]:
        """The rows, each with the same keys."""
        ...


Record = TypeVar("Record", bound=HasRows)


class Results(list[Record]):
    """A list of results, in order."""

    def to_frame(self) -> "pd.DataFrame":
        """The rows of all, below each other; missing where a value is not known."""
        import pandas as pd

        return pd.DataFrame([row for result in self for row in result.rows()])
