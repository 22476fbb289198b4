import errno
import io
import json
import os

import pytest
from documented import assert_as_documented
from telling import alarm, status

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.io.sinks import json_lines
from dcase_classic.io.sinks.json_lines import JsonLines
from dcase_classic.io.sinks.sink import UndeliveredError


def test_every_alarm_and_every_change_of_state_is_a_line():
    stream = io.StringIO()
    sink = JsonLines(stream)
    sink.show(status())
    sink.show(status(severity=50.0))
    sink.show(status(state=AlarmState.ALARM))
    sink.deliver(alarm())
    sink.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["type"] for line in lines] == ["state", "state", "alarm"]
    assert [line.get("state") for line in lines] == ["ok", "alarm", None]
    assert lines[2]["id"] == "pump-00-1-raised"
    assert_as_documented(lines[2], "watch, an alarm")
    for line in lines[:2]:
        assert_as_documented(line, "watch, a state")


def test_a_stream_that_takes_nothing_is_said():
    class Full(io.StringIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    with pytest.raises(UndeliveredError, match="No space left"):
        JsonLines(Full()).deliver(alarm())


os_write = os.write


class FullDisk(io.StringIO):
    """A file of a disk that has room for so many bytes more."""

    def __init__(self, path):
        self.path, self.n_left = path, 0
        super().__init__()
        self._file = path.open("wb", buffering=0)

    def fileno(self):
        return self._file.fileno()

    def write_some(self, handle, content):
        if not self.n_left:
            raise OSError(errno.ENOSPC, "No space left on device")
        n_taken = min(self.n_left, len(content))
        self.n_left -= n_taken
        return os_write(handle, content[:n_taken])

    def close(self):
        self._file.close()
        super().close()


def test_on_a_disk_that_was_full_every_line_stands_whole_and_once(tmp_path, monkeypatch):
    with FullDisk(tmp_path / "lines") as disk:
        monkeypatch.setattr(json_lines.os, "write", disk.write_some)
        sink = JsonLines(disk)
        tell = [
            lambda: sink.deliver(alarm(1)),
            lambda: sink.show(status()),
            lambda: sink.deliver(alarm(2)),
        ]
        for told in tell:
            for n_left in (0, 7, 0, 10_000):
                disk.n_left = n_left
                if n_left < 10_000:
                    with pytest.raises(UndeliveredError, match="No space left"):
                        told()
                else:
                    told()
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert [line.get("number") for line in lines] == [1, None, 2]
