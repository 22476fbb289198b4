"""What a server sends, taken within bounds of size and time, whatever it says about itself."""

import hashlib
import io
import queue
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from dcase_classic._version import __version__
from dcase_classic.errors import DataError, needing, reason_of
from dcase_classic.wording import counted, whole_number

# Zenodo answers 429 to clients that do not say who they are. A packed answer may be a bomb.
_HEADERS = {
    "User-Agent": f"dcase_classic/{__version__} (anomalous machine-sound detection; Python)",
    "Accept-Encoding": "identity",
}
BLOCK_BYTES = 2**16
# With these a server does not go on where it was asked to: it sends all, or has no such rest.
_WHOLE = {HTTPStatus.OK, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
_MOST_DIGITS = 40  # of a size that are quoted


class SlowServerError(Exception):
    """A server sends next to nothing; another time it may do better."""


class UnwantedError(Exception):
    """A server sends something else than was asked for, and would do so again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedContent:
    """What is asked for.

    Attributes
    ----------
    n_most : bytes that are taken at most.
    n_bytes : how many there are, None where that is not known.
    md5 : of the content, None where that is not known.
    """

    n_most: int
    n_bytes: int | None = None
    md5: str | None = None

    @property
    def n_taken(self) -> int:
        """Bytes that are taken before it is clear that something is wrong."""
        return self.n_most if self.n_bytes is None else self.n_bytes

    def has_content(self, path: Path) -> bool:
        """Whether a file has the content."""
        if self.md5 is None:
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest() == self.md5

    def check_declared(self, n_declared: int | None) -> None:
        """Check a size that somebody has declared.

        Raises
        ------
        UnwantedError
            If it is not that of the content, or too much.
        """
        if n_declared is None:
            return
        if n_declared > self.n_most or n_declared < 0:
            raise UnwantedError(f"declares {n_declared} bytes, expected at most {self.n_most}")
        if self.n_bytes is not None and n_declared != self.n_bytes:
            raise UnwantedError(f"declares {n_declared} bytes, expected {self.n_bytes}")


def receive(url: str, file: BinaryIO, expected: WantedContent, *, patience_s: float) -> None:
    """Write what a server sends for ``url`` to ``file``, behind what is there of it already.

    What is there was sent before a line broke; the server is asked for the rest, and where it sends
    the whole, or nothing can tell whether both are of one content, the file begins anew.

    Raises
    ------
    UnwantedError
        If more comes than is expected, or a redirection leads away from https.
    SlowServerError
        If for ``patience_s`` seconds there comes no block of 64 KiB, nor the end.
    requests.RequestException
        If it cannot be fetched.
    DataError
        If it cannot be written, or pooch is not installed.
    """
    target, ended = _Target(file, expected.n_taken), queue.SimpleQueue[BaseException | None]()
    if expected.md5 is None:
        target.begin_anew()
    responses: list[Any] = []

    def look(response: Any, **_: object) -> None:
        responses.append(response)
        if response.status_code in _WHOLE:
            target.begin_anew()
        _check_response(response, expected, target.n_bytes)

    downloader = _pooch().HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=BLOCK_BYTES,
        headers=_HEADERS | ({"Range": f"bytes={target.n_bytes}-"} if target.n_bytes else {}),
        timeout=patience_s,
        hooks={"response": look},
    )

    def run() -> None:
        failure: BaseException | None = None
        try:
            downloader(url, target, None)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failure = error
        finally:
            for response in responses:  # pooch leaves them open
                response.close()
            ended.put(failure)

    # a server that sends a letter now and then holds this thread, and nobody else
    threading.Thread(target=run, name="download", daemon=True).start()
    try:
        _wait(ended, target, patience_s)
    finally:
        target.close()


def _wait(
    ended: "queue.SimpleQueue[BaseException | None]", target: "_Target", patience_s: float
) -> None:
    n_before = 0
    while True:
        try:
            failure = ended.get(timeout=patience_s)
        except queue.Empty:
            if target.n_bytes == n_before:
                n_least = counted(BLOCK_BYTES, "byte")
                problem = f"sends less than {n_least} in {patience_s:g} s, behind byte {n_before}"
                raise SlowServerError(problem) from None
            n_before = target.n_bytes
        else:
            if failure is not None:
                raise failure
            return


class _Target:
    """Where bytes are written to: at most so many, and none any more after it was closed."""

    def __init__(self, file: BinaryIO, n_most: int) -> None:
        self._file, self._n_most = file, n_most
        self._lock, self._is_closed = threading.Lock(), False
        self.n_bytes = file.seek(0, io.SEEK_END)

    def begin_anew(self) -> None:
        """Forget what is there."""
        self._file.seek(0)
        self._file.truncate()
        self.n_bytes = 0

    def write(self, content: bytes) -> None:
        if self.n_bytes + len(content) > self._n_most:
            most = counted(self._n_most, "byte")
            raise UnwantedError(f"sends more than the {most} that are expected")
        with self._lock:
            if self._is_closed:
                raise SlowServerError("nobody waits any more")
            try:
                self._file.write(content)
                self._file.flush()
            except OSError as error:
                problem = f"cannot be written ({reason_of(error)})"
                raise DataError(problem, path=self._file.name, advice="make room") from error
        self.n_bytes += len(content)

    def flush(self) -> None:
        """Nothing: what was written is flushed."""

    def close(self) -> None:
        with self._lock:
            self._is_closed = True


def _check_response(response: Any, expected: WantedContent, n_there: int = 0) -> None:
    """Look at the head of an answer, also of one that leads elsewhere, or goes on behind bytes."""
    if response.is_redirect:
        target = response.headers["location"]
        if response.url.startswith("https:") and target.lower().startswith("http:"):
            raise UnwantedError(f"leads away from https to {target}")
    elif response.ok:
        declared = response.headers.get("Content-Length")
        n_declared = None if declared is None else whole_number(declared)
        if declared is not None and n_declared is None:
            problem = f"declares {declared[:_MOST_DIGITS]!r} bytes"
            raise UnwantedError(f"{problem}, expected at most {expected.n_most}")
        if n_there and not response.headers.get("Content-Range", "").startswith(
            f"bytes {n_there}-"
        ):
            raise UnwantedError(f"does not go on behind byte {n_there}, where it was asked to")
        expected.check_declared(None if n_declared is None else n_there + n_declared)


def _pooch() -> Any:
    advice = "install it with: pip install 'dcase_classic[download]'"
    with needing(DataError("download needs pooch", advice=advice)):
        import pooch
    return pooch
