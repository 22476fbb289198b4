"""The attributes of clips (speed, load, microphone ...) from ``attributes_NN.csv`` and names.

The official files are not uniform: names may lack folder or extension (2023 Vacuum), a row may
leave out what the name says, keys come twice, and files of the 2022 evaluator have a further column
of names. Rows are joined with clips by their base name up to the index; nothing here is an input to
a score.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import DataError
from dcase_classic.given_files import read_given_rows
from dcase_classic.io.files import write_csv
from dcase_classic.records import Clip

Attributes = tuple[tuple[str, str], ...]  # pairs, since official names repeat keys

_NAME_COLUMN = "file_name"
_PAIR_NAME = re.compile(r"d\d+p")


def attributes_of(clips: Iterable[Clip]) -> dict[Path, Attributes]:
    """The attributes of every clip by its path, empty where they are concealed or unknown.

    The CSV file of the machine and section counts; keys that its row leaves out, or all where there
    is no row, come from a name whose tail is a run of ``key_value`` pairs.

    Raises
    ------
    DataError
        If a CSV file cannot be understood.
    """
    tables: dict[Path, dict[str, Attributes]] = {}
    attributes: dict[Path, Attributes] = {}
    for clip in clips:
        path = attribute_file(clip)
        if path not in tables:
            tables[path] = read_attributes(path) if path.is_file() else {}
        name = parse_name(clip.path.name)
        row = () if name is None else tables[path].get(name.key, ())
        keys = {key for key, _ in row}
        in_name = pairs_of_tail(clip.attributes)
        attributes[clip.path] = row + tuple(pair for pair in in_name if pair[0] not in keys)
    return attributes


def attribute_file(clip: Clip) -> Path:
    """Where the official data sets have the attributes of the clip's machine and section."""
    return clip.path.parent.parent / f"attributes_{clip.section}.csv"


def clips_by_file(clips: Iterable[Clip]) -> dict[Path, dict[str, Clip]]:
    """The clips of official names by the attribute file that is there, and by their ``key``."""
    groups: dict[Path, dict[str, Clip]] = {}
    for clip in clips:
        path, name = attribute_file(clip), parse_name(clip.path.name)
        if name is not None and path.is_file():
            groups.setdefault(path, {})[name.key] = clip
    return groups


def read_attributes(path: Path) -> dict[str, Attributes]:
    """The attributes in a CSV file, by the ``key`` of the clip's name.

    Raises
    ------
    DataError
        If the file is no text, has no column ``file_name``, or a row names no official clip.
    """
    rows = read_given_rows(path)
    if not rows or _NAME_COLUMN not in rows[0]:
        raise DataError("line 1: expected the header file_name,d1p,d1v,...", path=path)
    header, *lines = rows
    return dict(
        _row(dict(zip(header, line, strict=False)), where=f"{path}: line {number}")
        for number, line in enumerate(lines, start=2)
        if any(line)
    )


def write_attributes(path: Path, rows: Mapping[str, Attributes]) -> None:
    """Write the attributes of clips by their names as the official files have them.

    All clips have the same number of attributes.
    """
    n_pairs = len(next(iter(rows.values())))
    columns = [f"d{number}{kind}" for number in range(1, n_pairs + 1) for kind in "pv"]
    lines = [[name, *chain.from_iterable(pairs)] for name, pairs in rows.items()]
    write_csv(path, [_NAME_COLUMN, *columns], lines)


def pairs_of_tail(tail: str) -> Attributes:
    """``spd_2_mic_1`` as pairs; empty where the tail is no run of pairs.

    Examples
    --------
    >>> pairs_of_tail("car_B1_spd_31V")
    (('car', 'B1'), ('spd', '31V'))
    >>> pairs_of_tail("weight15_BckgF_1")
    ()
    """
    words = tail.removesuffix("_").split("_")
    keys, values = words[::2], words[1::2]
    is_run = len(keys) == len(values) and all(key.replace("-", "").isalpha() for key in keys)
    return tuple(zip(keys, values, strict=True)) if is_run and all(values) else ()


def _row(row: Mapping[str, str], *, where: str) -> tuple[str, Attributes]:
    written = row.get(_NAME_COLUMN, "").strip()
    clip = parse_name(written)
    if clip is None:
        raise DataError(f"got {written!r}, expected the name of a clip", path=where)
    names = [column for column in row if _PAIR_NAME.fullmatch(column)]
    pairs = ((row[column], row.get(f"{column[:-1]}v", "")) for column in names)
    return clip.key, tuple((name, value) for name, value in pairs if name and value)
