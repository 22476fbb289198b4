import io
import json
import os
import select
import sys
from shlex import quote

import pytest
from telling import alarm, status

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks import command
from dcase_classic.io.sinks.command import CommandSink
from dcase_classic.io.sinks.sink import UndeliveredError


@pytest.fixture
def python():
    return lambda code: f"{quote(sys.executable)} -c {quote(code)}"


@pytest.mark.usefixtures("capfd")
def test_a_command_gets_the_alarm_on_its_standard_input(python, tmp_path):
    code = f"import sys; open({str(tmp_path / 'told')!r}, 'w').write(sys.stdin.read())"
    sink = CommandSink(python(code))
    sink.deliver(alarm())
    sink.show(status())
    sink.close()
    (line,) = (tmp_path / "told").read_text().splitlines(keepends=True)
    assert json.loads(line)["id"] == "pump-00-1-raised"
    assert line.endswith("\n")


def test_what_a_command_prints_does_not_mix_with_our_lines(python, capfd):
    CommandSink(python("print('theirs')")).deliver(alarm())
    out, err = capfd.readouterr()
    assert (out, err) == ("", "theirs\n")


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_a_command_is_run_where_standard_error_is_no_file(python, monkeypatch, tmp_path, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    code = f"open({str(tmp_path / 'told')!r}, 'w'); print('theirs')"
    CommandSink(python(code)).deliver(alarm())
    assert (tmp_path / "told").exists()


def test_a_command_that_fails_hangs_or_is_not_there_is_tried_again(python, monkeypatch):
    with pytest.raises(UndeliveredError, match="status 3"):
        CommandSink(python("raise SystemExit(3)")).deliver(alarm())
    with pytest.raises(UndeliveredError, match="cannot be run"):
        CommandSink("/no/such/command").deliver(alarm())
    monkeypatch.setattr(command, "_MOST_S", 0.05)
    with pytest.raises(UndeliveredError, match="not ended"):
        CommandSink(python("import time; time.sleep(60)")).deliver(alarm())


@pytest.mark.uncounted
def test_a_command_that_hangs_leaves_nothing_running(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "_MOST_S", 1.0)
    os.mkfifo(tmp_path / "alive")
    reader = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    child = f"exec 9> {quote(str(tmp_path / 'alive'))}; sleep 600 & wait"
    with pytest.raises(UndeliveredError, match="not ended"):
        CommandSink(f"sh -c {quote(child)}").deliver(alarm())
    with os.fdopen(reader, "rb") as alive:  # its end: all who could write have ended
        select.select([alive], [], [], 30)
        assert alive.read() == b""


@pytest.mark.parametrize("words", ["", "  ", "say 'hello"])
def test_what_is_no_command_is_refused_at_once(words):
    with pytest.raises(ConfigError, match="exec: "):
        CommandSink(words)
