import io
import json

import pytest
from documented import assert_as_documented
from telling import alarm, status

from dcase_classic.alarms.incidents import AlarmState
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
