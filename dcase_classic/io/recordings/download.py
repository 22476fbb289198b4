"""Fetching files of the official records: sizes, hashes, retries, and a name for their servers.

The network is touched only when a function of this module is called.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dcase_classic.challenge.years import RecordKind
from dcase_classic.errors import DataError, one_line
from dcase_classic.io.files import replacing
from dcase_classic.io.recordings.incoming import (
    BLOCK_BYTES,
    SlowServerError,
    UnwantedError,
    WantedContent,
    receive,
)
from dcase_classic.io.strict_json import parse_json
from dcase_classic.wording import counted, whole_number

ZENODO = "https://zenodo.org"
_BUSY = {408, 416, 425, 429, 500, 502, 503, 504}  # 416: it began anew meanwhile
_LONGEST_WAIT_S = 120.0
_MOST_DESCRIBED_BYTES = 16 * 2**20  # a description has some kB
_MOST_FILE_BYTES = 20 * 10**9  # the largest official file has some GB
_MOST_VALUES = 1_000_000  # of a description
_NOT_A_RECORD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the records are, and how patient we are.

    After the n-th failure the next try comes ``backoff_s * 2 ** n`` seconds later, or when the
    server says, and asks for what is missing; tries that bring less than 64 KiB end after
    ``n_attempts``.
    It is hung up on after ``patience_s`` seconds without a block of bytes.
    """

    base_url: str = ZENODO
    n_attempts: int = 5
    backoff_s: float = 1.0
    patience_s: float = 60.0

    def __post_init__(self) -> None:
        """Check the address."""
        if not self.base_url.startswith(("https://", "http://")):
            raise DataError("expected an address that starts with https://", path=self.base_url)

    def record_url(self, number: int) -> str:
        """The description of a record."""
        return f"{self.base_url.rstrip('/')}/api/records/{number}"

    def file_url(self, number: int, name: str) -> str:
        """A file of a record."""
        return f"{self.base_url.rstrip('/')}/records/{number}/files/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a record says of itself: its licence, and MD5 and size in bytes of every file."""

    licence: str
    md5s: dict[str, str]
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One zip file of a record; ``n_bytes`` is None where the record is not known."""

    kind: RecordKind
    machine_type: str
    record: int
    name: str
    md5: str
    n_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be downloaded, and under which licence, one line for each record."""

    year: int
    licences: tuple[str, ...]
    files: tuple[Wanted, ...]


def read_record(server: Server, number: int) -> Record:
    """The description of a record.

    Raises
    ------
    DataError
        If it cannot be fetched, or is not what a record looks like.
    """
    url = server.record_url(number)
    with TemporaryDirectory() as folder:
        expected = WantedContent(n_most=_MOST_DESCRIBED_BYTES)
        path = _fetch(server, url, Path(folder) / "record.json", expected)
        text = path.read_bytes()
    return parse_description(text, url)


def parse_description(content: bytes, url: str) -> Record:
    """The description of a record in what a server has answered.

    Raises
    ------
    DataError
        If it is not what a record looks like; it names the address.
    """
    try:
        plain = parse_json(content, most_brackets=_MOST_VALUES, most_commas=_MOST_VALUES)
        licence = (plain.get("metadata", {}).get("license") or {}).get("id", "not stated")
        files = {item["key"]: item for item in plain["files"]}
        return Record(
            licence=str(licence),
            md5s={
                name: item["checksum"].removeprefix("md5:")
                for name, item in files.items()
                if item["checksum"].startswith("md5:")
            },
            sizes={name: int(item["size"]) for name, item in files.items()},
        )
    except _NOT_A_RECORD as error:
        raise DataError(f"not the description of a record ({error!r})", path=url) from error


def fetch_file(
    server: Server, number: int, path: Path, *, md5: str, n_bytes: int | None = None
) -> Path:
    """A file of a record at ``path``; one that is there with the right hash is kept.

    Parameters
    ----------
    server, number : which record, from where.
    path : where to; its name is that of the file.
    md5, n_bytes : what the content has; None for a size that is not known.

    Raises
    ------
    DataError
        If it cannot be fetched, its content has another hash or size, or there is no room for it.
    """
    expected = WantedContent(n_most=_MOST_FILE_BYTES, n_bytes=n_bytes, md5=md5)
    return _fetch(server, server.file_url(number, path.name), path, expected)


def _fetch(server: Server, url: str, path: Path, expected: WantedContent) -> Path:
    if path.exists() and expected.has_content(path):
        return path
    with replacing(path) as temporary, temporary.open("w+b") as file:

        def progress() -> int:
            return temporary.stat().st_size

        def go_on() -> None:
            try:
                expected.check_declared(expected.n_bytes)
                if expected.n_bytes is not None:
                    _check_room(path, expected.n_bytes - progress())
                receive(url, file, expected, patience_s=server.patience_s)
            except UnwantedError as error:
                advice = "nothing of it was kept; is the address right?"
                raise DataError(str(error), path=url, advice=advice) from error
            if not expected.has_content(temporary):
                file.truncate(0)
                raise _WrongContentError(f"its MD5 is not {expected.md5}")

        _with_patience(server, url, go_on, progress)
    return path


class _WrongContentError(Exception):
    """A file has another hash than it should."""


def _check_room(path: Path, n_bytes: int) -> None:
    n_free = shutil.disk_usage(path.parent).free
    if n_bytes > n_free:
        problem = f"has {n_bytes / 1e9:.2f} GB, and {n_free / 1e9:.2f} GB are free"
        raise DataError(problem, path=path, advice="make room, or name another folder with -o")


def _with_patience(
    server: Server, url: str, action: Callable[[], None], progress: Callable[[], int]
) -> None:
    """Do it, again while the server is busy or the line breaks; what makes progress may go on."""
    import requests

    n_wrong = n_vain = n_before = 0
    for attempt in count(1):
        try:
            action()
            return
        except _WrongContentError as error:  # a cut file has a wrong hash, too
            n_wrong += 1
            problem, wait_s = f"wrong content ({error})", 0.0
            is_final = n_wrong == 2
        except SlowServerError as error:
            problem, wait_s, is_final = str(error), 0.0, False
        except requests.RequestException as error:
            response = error.response
            is_busy = response is None or response.status_code in _BUSY
            is_final = not is_busy or isinstance(error, (ValueError, requests.TooManyRedirects))
            problem, wait_s = one_line(error), _asked_wait_s(response)
        n_there = progress()
        n_vain = 1 if n_there >= n_before + BLOCK_BYTES else n_vain + 1
        n_before = n_there
        if is_final or n_vain == server.n_attempts:
            raise DataError(
                f"{problem}, after {counted(attempt, 'attempt')}",
                path=url,
                advice="try again later, what is complete is kept",
            )
        time.sleep(min(max(wait_s, server.backoff_s * 2 ** (n_vain - 1)), _LONGEST_WAIT_S))


def _asked_wait_s(response: Any) -> float:
    """What the server asks for, 0 where it asks for nothing or for a date."""
    asked = "" if response is None else response.headers.get("Retry-After", "")
    return float(whole_number(asked) or 0)
