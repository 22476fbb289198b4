"""JSON of unknown origin, read strictly and within bounds."""

import json
from typing import Any, NoReturn


def parse_json(content: bytes, *, most_brackets: int, most_commas: int) -> Any:
    """JSON without constants that it has not, without a key twice, and of bounded size.

    JSON of many small values needs twenty times its size in memory.

    Raises
    ------
    ValueError
        If it is not such JSON.
    RecursionError
        If it is nested too deeply.
    """
    n_brackets = content.count(b"[") + content.count(b"{")
    if n_brackets > most_brackets or content.count(b",") > most_commas:
        raise ValueError("more values than expected")
    return json.loads(
        content.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"got {name}, expected a finite number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return table
