"""What people give: paths, names, and small files (settings, lists, tables), read within bounds.

What is no regular file (reading a pipe or a device may never end), too large, no text or beyond a
CSV reader is an error of one line, and nothing of it is kept.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

from dcase_classic.errors import DataError, DcaseClassicError, reason_of

Paths = str | PathLike[str] | Sequence[str | PathLike[str]]  # one, or several

Name = TypeVar("Name", str, str | None)

MAX_BYTES = 64 * 2**20  # the largest official list has 0.6 MB
# A name with each letter and its marks as one character, which systems write in two ways.
composed = partial(normalize, "NFC")
_MAX_NAME, _MAX_PATH = 255, 4095  # bytes, as file systems have it


def given_name(name: Name) -> Name:
    """A name, composed; what is no text stays as it is, for whoever refuses it."""
    return composed(name) if isinstance(name, str) else name


def given_path(path: str | PathLike[str], *, error: type[DcaseClassicError] = DataError) -> Path:
    """A path that somebody names.

    Raises
    ------
    DcaseClassicError
        ``error``, if it is empty, as that of a variable that is not set: ``Path("")`` is the
        current folder; if no file system can have it.
    """
    if not os.fspath(path):
        raise empty_path(error)
    if not is_path(os.fsdecode(path)):
        raise error("cannot be a path: it is too long, or holds a zero byte", path=path)
    return Path(path)


def empty_path(error: type[DcaseClassicError] = DataError) -> DcaseClassicError:
    """What is wrong with an empty path."""
    return error("got an empty path", advice="'.' is the folder that one is in")


def given_paths(paths: Paths) -> list[Path]:
    """The paths that somebody names, one or several; as `given_path`.

    Raises
    ------
    DataError
        If one is empty.
    """
    several = [paths] if isinstance(paths, str | PathLike) else paths
    return [given_path(path) for path in several]


def given_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """The names that somebody gives, one or several: a text is a name, not its letters."""
    return (names,) if isinstance(names, str) else tuple(names)


def read_given_bytes(
    path: Path, *, error: type[DcaseClassicError] = DataError, max_bytes: int = MAX_BYTES
) -> bytes:
    """The content of a file.

    Parameters
    ----------
    path : the file.
    error : what is raised.
    max_bytes : what it may hold.

    Raises
    ------
    DcaseClassicError
        ``error``, if there is no such file, it is no regular one, cannot be read or is too large.
    """
    try:
        if not path.is_file():
            there = "not a regular file" if path.exists() else "no such file"
            raise error(there, path=path)
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as failure:
        raise error(f"cannot be read ({reason_of(failure)})", path=path) from failure
    if len(content) > max_bytes:
        raise error(f"larger than {max_bytes / 2**20:g} MiB", path=path)
    return content


def read_given_text(
    path: Path, *, error: type[DcaseClassicError] = DataError, max_bytes: int = MAX_BYTES
) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; as `read_given_bytes`.

    Raises
    ------
    DcaseClassicError
        ``error``, as there, or if it is not text.
    """
    content = read_given_bytes(path, error=error, max_bytes=max_bytes)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise error(f"not a UTF-8 text file ({failure.reason})", path=path) from failure
    if "\0" in text:
        raise error("not a text file, it holds a zero byte", path=path)
    return text


def read_given_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, the header first and empty lines as empty rows.

    Raises
    ------
    DataError
        As `read_given_text`, or if it cannot be read as CSV.
    """
    text = read_given_text(path)
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as failure:
        raise DataError(f"cannot be read as a CSV file ({failure})", path=path) from failure


def is_plain_name(name: str) -> bool:
    r"""Whether a name stands for a file or folder of its own, and for none elsewhere.

    Examples
    --------
    >>> [is_plain_name(name) for name in ("fan", "../fan", "..", "a\nb", "")]
    [True, False, False, False, False]
    """
    is_text = bool(name) and min(name) >= " " and len(name.encode("utf-8", "replace")) <= _MAX_NAME
    return is_text and name != ".." and Path(name).name == name


def is_file(path: Path) -> bool:
    """Whether a regular file lies there that can be looked at."""
    try:
        return path.is_file()
    except OSError:  # a folder above it may not be entered, or the name is too long
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder lies there that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_path(text: str) -> bool:
    r"""Whether a file system can have such a path.

    Examples
    --------
    >>> [is_path(text) for text in ("/data/a.wav", "a\0b", "\ud800", "a" * 5000)]
    [True, False, False, False]
    """
    try:
        return 0 < len(os.fsencode(text)) <= _MAX_PATH and "\0" not in text
    except UnicodeEncodeError:
        return False
