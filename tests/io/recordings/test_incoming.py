"""What a server sends instead of the file that it was asked for."""

import gzip
import io
import queue
import shutil
import sys
import threading
from contextlib import suppress

import pytest
import requests
from mirrors import a_file

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.download import Server, fetch_file, read_record
from dcase_classic.io.recordings.incoming import (
    SlowServerError,
    UnwantedError,
    WantedContent,
    _check_response,
    _Target,
    _wait,
)


def heads(handler, *fields):
    handler.send_response(302 if "Location" in dict(fields) else 200)
    for name, value in fields:
        handler.send_header(name, value)
    handler.end_headers()


def endless(handler, _):
    """More than was asked for, for ever, and no word about how much."""
    heads(handler)
    with suppress(OSError):  # until nobody listens
        while True:
            handler.wfile.write(bytes(2**16))


def endless_chunks(handler, _):
    heads(handler, ("Transfer-Encoding", "chunked"))
    with suppress(OSError):
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(2**16) + b"\r\n")


def too_large(handler, content):
    heads(handler, ("Content-Length", str(len(content) + 1)))


def absurd(handler, _):
    heads(handler, ("Content-Length", str(10**30)))


def no_number(handler, _):
    heads(handler, ("Content-Length", "9" * 5000))


def short(handler, content):
    """Less than the record tells, and true to its own head."""
    heads(handler, ("Content-Length", str(len(content) - 1)))
    handler.wfile.write(content[:-1])


def packed(handler, _):
    """A bomb of gzip."""
    bomb = gzip.compress(bytes(10**8), 1)
    heads(handler, ("Content-Encoding", "gzip"), ("Content-Length", "100000"))
    with suppress(OSError):
        handler.wfile.write(bomb)


def to_a_file(handler, _):
    heads(handler, ("Location", "file:///etc/passwd"), ("Content-Length", "0"))


def round_and_round(handler, _):
    heads(handler, ("Location", handler.path), ("Content-Length", "0"))


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("trouble", "n_requests", "message"),
    [
        (endless, 1, "sends more than the 100000 bytes that are expected"),
        (endless_chunks, 1, "sends more than the 100000 bytes"),
        (too_large, 1, "declares 100001 bytes, expected 100000"),
        (absurd, 1, "declares '10{30}' bytes, expected at most 20000000000"),
        (no_number, 1, "declares '9{40}' bytes, expected at most 20000000000"),
        (short, 1, "declares 99999 bytes, expected 100000"),
        (packed, 1, "sends more than the 100000 bytes"),
        (to_a_file, 1, "No connection adapters .*file:///etc/passwd"),
        (round_and_round, 31, "Exceeded 30 redirects"),
    ],
)
def test_what_is_not_the_file_is_not_taken(mirror, tmp_path, trouble, n_requests, message):
    md5 = a_file(mirror, b"x" * 100_000)
    mirror.troubles["/records/1/files/a.zip"] = [trouble] * 99
    with pytest.raises(DataError, match=message) as failed:
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5, n_bytes=100_000)
    assert mirror.n_requests("a.zip") == n_requests
    assert "\n" not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


def test_an_endless_description_is_not_taken(mirror):
    mirror.files["/api/records/1"] = b"{}"
    mirror.troubles["/api/records/1"] = [endless]
    with pytest.raises(DataError, match="sends more than the 16777216 bytes"):
        read_record(mirror.server, 1)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_server_that_sends_letter_by_letter_is_hung_up_on(mirror, tmp_path, head):
    ended = threading.Event()

    def drip(handler, _):
        handler.wfile.write(head)
        while not ended.wait(0.01):
            handler.wfile.write(b"x")

    md5 = a_file(mirror, b"x" * 100_000)
    mirror.troubles["/records/1/files/a.zip"] = [drip]
    hasty = Server(base_url=mirror.url, n_attempts=1, patience_s=0.3)
    try:
        with pytest.raises(DataError, match=r"sends less than 65536 bytes in 0\.3 s|timed out"):
            fetch_file(hasty, 1, tmp_path / "a.zip", md5=md5)
    finally:
        ended.set()
    assert list(tmp_path.iterdir()) == []
    assert fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5).stat().st_size == 100_000


def test_a_server_that_is_slow_is_listened_to_as_long_as_something_comes():
    class Ended:
        """Never ended when it is looked at; three blocks have come, and then none."""

        def get(self, **_):
            target.write(bytes(blocks.pop(0)))
            raise queue.Empty

    target, blocks = _Target(io.BytesIO(), 1000), [10, 10, 10, 0]
    with pytest.raises(SlowServerError, match="behind byte 30"):
        _wait(Ended(), target, 1.0)
    assert blocks == []


def test_a_redirection_away_from_https_is_not_followed():
    response = requests.Response()
    response.status_code, response.url = 302, "https://zenodo.org/records/1/files/a.zip"
    response.headers["location"] = "HTTP://zenodo.org/a.zip"
    with pytest.raises(UnwantedError, match="leads away from https to HTTP://zenodo"):
        _check_response(response, WantedContent(n_most=1))
    response.headers["location"] = "https://files.zenodo.org/a.zip"
    _check_response(response, WantedContent(n_most=1))


@pytest.mark.parametrize("n_bytes", [-1, 10**30])
def test_an_absurd_size_in_a_record_is_refused_before_anything_is_fetched(
    mirror, tmp_path, n_bytes
):
    with pytest.raises(DataError, match=f"declares {n_bytes} bytes, expected at most"):
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5="", n_bytes=n_bytes)
    assert mirror.requests == []


def test_what_does_not_fit_the_disk_is_not_fetched(mirror, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    md5 = a_file(mirror)
    with pytest.raises(DataError, match=r"has 0\.00 GB, and 0\.00 GB are free; make room"):
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5, n_bytes=7)
    assert mirror.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there")
def test_a_disk_that_is_full_meanwhile_is_one_line_and_no_file_is_left(mirror, tmp_path):
    import resource

    md5 = a_file(mirror, b"x" * 100_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(DataError, match=r"cannot be written \(file too large\); make room"):
            fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5, n_bytes=100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert mirror.n_requests("a.zip") == 1
    assert list(tmp_path.iterdir()) == []
