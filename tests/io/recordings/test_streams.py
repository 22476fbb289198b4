import io
import sys

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.streams import STDIN, spooled


def test_a_stream_does_not_fill_the_disk(monkeypatch):
    monkeypatch.setattr("dcase_classic.io.recordings.streams._LEFT_FREE_BYTES", 2**62)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"RIFF" * 100)))
    with pytest.raises(DataError) as refused, spooled([STDIN]):
        pass
    (line,) = str(refused.value).splitlines()
    assert line.startswith("-: its 0 MB so far leave less than")
    assert line.endswith("watch scores a stream that does not end, TMPDIR names another place")
