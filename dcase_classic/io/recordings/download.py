"""Fetching files of the official records: hashes, retries, a name by which servers know us.

The network is touched only when a function of this module is called.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from dcase_classic._version import __version__
from dcase_classic.challenge.years import RecordKind
from dcase_classic.errors import DataError
from dcase_classic.io.files import replacing
from dcase_classic.io.strict_json import parse_json
from dcase_classic.wording import counted

ZENODO = "https://zenodo.org"

# Zenodo answers 429 to clients that do not say who they are.
USER_AGENT = f"dcase_classic/{__version__} (anomalous machine-sound detection; Python)"
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT_S = 120.0
_TIMEOUT_S = 60.0
_MOST_VALUES = 1_000_000  # of a description
_NOT_A_RECORD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the records are, and how patient we are.

    After the n-th failure the next try comes ``backoff_s * 2 ** n`` seconds later, or when the
    server says.
    """

    base_url: str = ZENODO
    n_attempts: int = 5
    backoff_s: float = 1.0

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
        path = _fetch(server, url, Path(folder) / "record.json", md5=None)
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


def fetch_file(server: Server, number: int, path: Path, *, md5: str) -> Path:
    """A file of a record at ``path``; one that is there with the right hash is kept.

    Raises
    ------
    DataError
        If it cannot be fetched, or its content has another hash.
    """
    return _fetch(server, server.file_url(number, path.name), path, md5=md5)


def _fetch(server: Server, url: str, path: Path, *, md5: str | None) -> Path:
    pooch = _pooch()
    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=1 << 20,
        headers={"User-Agent": USER_AGENT},
        timeout=_TIMEOUT_S,
    )

    def retrieve() -> Path:
        if not is_whole(path):
            with replacing(path) as temporary:
                downloader(url, str(temporary), None)
                if not is_whole(temporary):
                    raise ValueError(f"its MD5 is not {md5}")
        return path

    def is_whole(file: Path) -> bool:
        return file.exists() and md5 in {None, pooch.file_hash(str(file), alg="md5")}

    return _with_patience(server, url, retrieve)


def _with_patience(server: Server, url: str, action: Callable[[], Result]) -> Result:
    """The result of ``action``, tried again while the server is busy or the line breaks."""
    import requests

    n_wrong = 0
    for attempt in range(1, server.n_attempts + 1):
        try:
            return action()
        except ValueError as error:  # a wrong hash; a cut file has one, too
            n_wrong += 1
            problem, wait_s = f"wrong content ({_one_line(error)})", 0.0
            is_final = n_wrong == 2
        except requests.RequestException as error:
            response = error.response
            is_final = response is not None and response.status_code not in _BUSY
            problem, wait_s = _one_line(error), _asked_wait_s(response)
            if response is not None:
                response.close()  # pooch leaves it open
        if is_final or attempt == server.n_attempts:
            raise DataError(
                f"{problem}, after {counted(attempt, 'attempt')}",
                path=url,
                advice="try again later, what is complete is kept",
            )
        time.sleep(min(max(wait_s, server.backoff_s * 2 ** (attempt - 1)), _LONGEST_WAIT_S))
    raise AssertionError  # the last attempt returns or raises


def _asked_wait_s(response: Any) -> float:
    """What the server asks for, 0 where it asks for nothing or for a date."""
    asked = "" if response is None else response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise DataError(
            "download needs pooch", advice="install it with: pip install 'dcase_classic[download]'"
        ) from error
    return pooch
