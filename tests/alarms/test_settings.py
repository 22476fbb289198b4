import pytest

from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ConfigError


def test_an_empty_table_is_the_defaults():
    assert parse_record(AlarmSettings, {}, where="alarms.toml") == AlarmSettings()


def test_settings_are_read_as_they_are_written():
    settings = parse_record(AlarmSettings, {"hold_off_s": 5, "limit": {"step": 1}}, where="x")
    assert settings.hold_off_s == 5.0
    assert parse_record(AlarmSettings, to_plain(settings), where="x") == settings


def test_the_memory_is_as_long_as_the_longest_rule():
    assert AlarmSettings().memory_s == 180.0


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"limits": {}}, "unknown key 'limits'"),
        ({"severe": {"level": 1}}, "severe: the key 'seconds' is missing"),
        ({"severe": {"level": 0, "seconds": 1, "within_s": 1}}, "level: got 0.0"),
        ({"severe": {"level": 1, "seconds": 2, "within_s": 1}}, "seconds: got 2.0"),
        ({"severe": {"level": 1, "seconds": 1, "within_s": 1e6}}, "within_s: got 1000000.0"),
        ({"going_on": {"level": 101, "seconds": 1, "within_s": 1}}, "going_on: got 101.0"),
        ({"hold_off_s": 0}, "hold_off_s: got 0.0"),
        ({"limit": {"false_alarms": 0.6}}, "false_alarms: got 0.6"),
        ({"limit": {"step": 0}}, "step: got 0.0"),
        ({"limit": {"first_step": 0.1}}, "first_step: got 0.1"),
        ({"limit": {"most_up": "inf"}}, "most_up: got inf"),
        ({"limit": {"most_down": 100}}, "most_down: got 100.0"),
        ({"operating": {"off_below_db": 0}}, "off_below_db: got 0.0"),
        ({"operating": {"warm_up_s": -1}}, "warm_up_s: got -1.0"),
        ({"operating": {"gap_s": 0}}, "gap_s: got 0.0"),
        ({"operating": {"lost_s": 0.1}}, "lost_s: got 0.1"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(table, problem):
    with pytest.raises(ConfigError, match=rf"alarms.toml.*{problem}"):
        parse_record(AlarmSettings, table, where="alarms.toml")
