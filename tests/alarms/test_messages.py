import json
import math
from dataclasses import fields

import pytest
from telling import alarm, status

from dcase_classic.alarms.incidents import AlarmState, Incident
from dcase_classic.alarms.messages import AlarmMessage, json_ready, said_at
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.tracker import AlarmEvent, EventKind
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ConfigError


def event(kind=EventKind.RAISED, **values):
    usual = {"number": 1, "rule": "severe", "begin_s": 12.5, "last_s": 20.0}
    peak = {"peak_begin_s": 13.0, "peak_end_s": 23.0, "peak": 250.0}
    return AlarmEvent(kind=kind, at_s=23.0, incident=Incident(**usual | peak | values))


def test_the_same_event_has_the_same_id_and_another_another():
    ids = [
        AlarmMessage.from_event(item, "pump", section).id
        for item, section in (
            (event(), "00"),
            (event(), "01"),
            (event(), ""),
            (event(EventKind.ENDED, end_s=20.0), "00"),
            (event(begin_s=12.6), "00"),
            (event(number=2), "00"),  # of recordings of one time
        )
    ]
    assert ids[0] == "pump-00-12500-1-raised" == AlarmMessage.from_event(event(), "pump", "00").id
    assert len(set(ids)) == 6


def test_a_message_is_read_as_it_was_written():
    message = AlarmMessage.from_event(event(), "pump", "00")
    table = json.loads(json.dumps(to_plain(message)))
    assert parse_record(AlarmMessage, table, where="outbox") == message
    with pytest.raises(ConfigError, match="outbox"):
        parse_record(AlarmMessage, table | {"event": "risen"}, where="outbox")


def test_the_world_is_told_times_in_utc_and_words():
    table = json_ready(AlarmMessage.from_event(event(), "pump", "00"))
    assert table["begin"] == "1970-01-01T00:00:12.500Z"
    assert table["peak_at"] == "1970-01-01T00:00:13.000Z"
    assert len(table) == len(fields(AlarmMessage))
    assert (table["end"], table["peak"], table["event"]) == (None, 250.0, "raised")
    assert said_at(0.0) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("seconds", "day"),
    [(1e300, "9999-01-02"), (math.inf, "9999-01-02"), (-1e300, "0001-01-02"), (1e12, "9999-01-02")],
)
def test_times_beyond_the_calendar_are_its_ends(seconds, day):
    assert said_at(seconds) == f"{day}T00:00:00.000Z"


def test_a_message_without_a_time_is_refused():
    with pytest.raises(ValueError, match="at_s: got inf, expected a finite number"):
        alarm(at_s=math.inf)


@pytest.mark.parametrize(
    ("change", "has_news"),
    [
        ({}, False),
        ({"severity": 90.0, "at_s": 5.0}, False),
        ({"state": AlarmState.WATCH}, True),
        ({"condition": OperatingCondition.OFF}, True),
        ({"is_limit_at_end": True}, True),
    ],
)
def test_only_states_are_news(change, has_news):
    assert status(**change).has_news(status()) == has_news
    assert status(**change).has_news(None)
    assert status().name == "pump 00"
