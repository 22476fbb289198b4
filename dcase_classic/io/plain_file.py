"""joblib files of plain data, read without an unpickler.

A file is a tree of dict, list, str, bool, int, float, None and numeric arrays. ``joblib.load``
gives the tree to everybody; `load_plain` reads what `dump_plain` writes, and nothing else.
"""

from os import PathLike
from pathlib import Path

from dcase_classic.io.files import read_bounded
from dcase_classic.io.plain_bytes import write_plain
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.model.plain import Plain

_USUAL = Limits()


def dump_plain(tree: Plain, path: str | PathLike[str]) -> None:
    """Write a tree as a joblib file; equal trees give equal bytes.

    Raises
    ------
    TypeError
        If something in the tree is not plain, or an array is of a dtype that is not listed.
    ValueError
        If an integer has more than 64 bits or an array more than four dimensions.
    """
    with Path(path).open("wb") as file:
        write_plain(tree, file)


def load_plain(path: str | PathLike[str], limits: Limits = _USUAL) -> Plain:
    """The tree of a joblib file that `dump_plain` has written; its arrays cannot be written to.

    Raises
    ------
    ArtifactError
        If the file cannot be read, is larger than ``limits``, or is not byte for byte such a file.
    """
    return parse_plain(read_bounded(Path(path), limits.n_bytes), limits, where=path)
