from dataclasses import replace

import pytest
from hearing import follow_all, heard, written_and_read
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.alarms.limit import LimitState
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.settings import AlarmRule, AlarmSettings
from dcase_classic.alarms.tracker import TrackerState, follow, forget_limit, interrupt, on_scale
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ConfigError


def windows(*severities, first=0, new_s=10.0):
    return [heard(first + i, severity, new_s=new_s) for i, severity in enumerate(severities)]


def test_normal_sound_is_ok_and_raises_nothing():
    state, events = follow_all(windows(*[0, 90, 50, 110] * 20))
    assert (state.alarm, events) == (AlarmState.OK, [])


def test_a_severe_fault_is_raised_two_seconds_after_it_fills_windows():
    state, events = follow_all(windows(*[0] * 60, 500, 500, new_s=1.0))
    ((kind, incident, at_s),) = events
    assert (kind, incident.rule, incident.number) == ("raised", "severe", 1)
    assert (incident.begin_s, at_s) == (60.0, 71.0)
    assert state.alarm is AlarmState.ALARM


def test_a_slight_fault_that_lasts_is_watched_and_then_raised():
    state, events = follow_all(windows(*[0] * 20, *[130] * 5))
    assert (state.alarm, events) == (AlarmState.WATCH, [])
    state, events = follow_all(windows(*[130] * 4, first=25), state=state)
    ((kind, incident, _),) = events
    assert (kind, incident.rule, incident.begin_s) == ("raised", "lasting", 200)
    assert incident.peak == pytest.approx(130, abs=1)  # from where the limit stands by then


def test_a_strong_fault_is_raised_after_forty_seconds():
    _, events = follow_all(windows(*[0] * 20, *[170] * 4))
    assert [(kind, incident.rule, at_s) for kind, incident, at_s in events] == [
        ("raised", "strong", 240.0)
    ]


def test_an_incident_is_told_once_and_ends_once():
    sound = [0] * 20 + [500] * 5 + [0] * 3 + [600] * 2 + [0] * 40
    state, events = follow_all(windows(*sound))
    assert [(kind, at_s) for kind, _, at_s in events] == [("raised", 210.0), ("ended", 360.0)]
    incident = events[-1][1]
    assert (incident.begin_s, incident.end_s) == (200.0, 300.0)
    assert (incident.peak, incident.peak_begin_s) == (pytest.approx(600, abs=1), 280.0)
    assert (state.alarm, state.incident, state.n_incidents) == (AlarmState.OK, None, 1)


def test_after_the_hold_off_it_is_another_incident():
    sound = [500] + [0] * 20 + [500] + [0] * 20
    _, events = follow_all(windows(*sound))
    assert [(kind, incident.number) for kind, incident, _ in events] == [
        *[("raised", 1), ("ended", 1)],
        *[("raised", 2), ("ended", 2)],
    ]


def test_an_incident_begins_and_peaks_after_the_one_before_though_that_is_remembered():
    sound = [500] * 8 + [0] * 9 + [120]  # nine of eighteen windows last
    _, events = follow_all(windows(*sound))
    assert [(kind, incident.number, at_s) for kind, incident, at_s in events] == [
        *[("raised", 1, 10.0), ("ended", 1, 170.0), ("raised", 2, 180.0)]
    ]
    first, second = events[1][1], events[2][1]
    assert (first.begin_s, first.end_s, first.peak) == (0.0, 80.0, 500.0)
    assert (second.rule, second.begin_s, second.peak_begin_s) == ("lasting", 170.0, 170.0)
    assert second.peak == pytest.approx(120, abs=1)


def test_a_rule_that_is_made_stricter_may_tell_again_what_was_told():
    state, _ = follow_all(windows(*[500] * 8, *[0] * 9))
    stricter = AlarmSettings(lasting=AlarmRule(level=100, seconds=60, within_s=180))
    _, events = follow_all(windows(0, first=17), stricter, state=state)
    ((kind, incident, _),) = events
    assert (kind, incident.number, incident.begin_s) == ("raised", 2, 0.0)


def test_an_incident_that_ends_can_leave_sound_to_be_watched():
    settings = AlarmSettings(
        going_on=AlarmRule(level=80, seconds=100, within_s=100),
        watch=AlarmRule(level=100, seconds=10, within_s=180),
        hold_off_s=10.0,
    )
    state, events = follow_all(windows(500, 0), settings)
    assert [kind for kind, *_ in events] == ["raised", "ended"]
    assert state.alarm is AlarmState.WATCH


def test_nothing_is_learned_from_sound_in_alarm_or_on_the_way_to_it():
    quiet, _ = follow_all(windows(*[0] * 100))
    before = quiet.limit.learned_s
    state, events = follow_all(windows(*[130] * 200, first=100), state=quiet)
    assert [kind for kind, *_ in events] == ["raised"]
    n_pending = 18  # windows that were remembered as normal when the fault began
    assert state.limit.above_s == 0.0
    assert state.limit.learned_s <= before + 10.0 * n_pending
    state, _ = follow_all(windows(*[0] * 100, first=300), state=state)
    assert state.limit.above_s == 0.0


def test_the_limit_follows_normal_sound_and_severities_count_from_there():
    sound = [90, 90, 90, 120] * 100
    state, _ = follow_all(windows(*sound))
    assert 15 < state.limit.shift <= 50
    step = follow(state, heard(400, 120.0), AlarmSettings())
    assert step.severity == 120.0 - state.limit.shift


def test_a_machine_that_is_off_or_warms_up_raises_and_learns_nothing():
    off = [heard(number, 900.0, level_db=-95.0) for number in range(5)]
    state, events = follow_all(off)
    assert (state.operating.condition, events, state.memory) == (OperatingCondition.OFF, [], ())
    state, events = follow_all(windows(900, 900, 900, first=5), state=state)
    assert (state.operating.condition, events) == (OperatingCondition.WARMING_UP, [])
    _, events = follow_all(windows(900, first=8), state=state)
    assert [kind for kind, *_ in events] == ["raised"]


def test_a_window_without_score_has_no_severity():
    step = follow(TrackerState(), heard(0, None), AlarmSettings())
    assert (step.severity, step.events) == (None, ())
    assert step.state.operating.condition is OperatingCondition.UNUSABLE


def test_a_gap_neither_ends_nor_raises_an_incident():
    state, _ = follow_all(windows(500))
    state = interrupt(state, OperatingCondition.LOST)
    assert state.alarm is AlarmState.ALARM
    assert state.operating.condition is OperatingCondition.LOST
    _, events = follow_all(windows(*[0] * 40, first=1), state=state)
    assert [kind for kind, *_ in events] == ["ended"]


def test_the_limit_can_be_put_back():
    state = TrackerState(limit=LimitState(shift=20.0, learned_s=100.0, above_s=1.0))
    assert forget_limit(state).limit == LimitState()


def test_on_another_scale_limit_and_memory_begin_anew_and_an_incident_goes_on():
    state, _ = follow_all(windows(500))
    state = on_scale(replace(state, limit=LimitState(shift=20.0)), "0 1")
    assert (state.limit.shift, state.scale) == (20.0, "0 1")
    assert on_scale(state, "0 1") == state
    other = on_scale(state, "0 2")
    assert (other.limit, other.memory, other.scale) == (LimitState(), (), "0 2")
    assert other.last_s == state.last_s > 0
    _, events = follow_all(windows(*[0] * 40, first=1), state=other)
    assert [kind for kind, *_ in events] == ["ended"]
    assert TrackerState().last_s == 0.0


@given(
    st.lists(
        st.one_of(st.none(), st.sampled_from([0.0, 90.0, 150.0, 500.0])), min_size=1, max_size=60
    ),
    st.integers(0, 59),
)
def test_a_state_that_was_written_and_read_goes_on_as_if_nothing_was(severities, cut):
    settings = AlarmSettings(hold_off_s=30.0)
    whole, events = follow_all(windows(*severities), settings)
    state, before = follow_all(windows(*severities[:cut]), settings)
    state, after = follow_all(
        windows(*severities[cut:], first=cut), settings, written_and_read(state)
    )
    assert state == whole
    assert before + after == events


@given(st.lists(st.sampled_from([0.0, 90.0, 150.0, 500.0]), min_size=1, max_size=120))
def test_every_incident_is_raised_and_ended_in_turn(severities):
    state, events = follow_all(windows(*severities), AlarmSettings(hold_off_s=20.0))
    kinds = [kind for kind, *_ in events]
    assert kinds == (["raised", "ended"] * len(kinds))[: len(kinds)]
    assert (state.alarm is AlarmState.ALARM) == (len(kinds) % 2 == 1)
    numbers = [incident.number for _, incident, _ in events]
    assert numbers == [1 + position // 2 for position in range(len(numbers))]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"alarm": "alarm"}, "alarm: got"),
        ({"n_incidents": -1}, "n_incidents: got -1"),
        ({"limit": {"shift": "inf"}}, "shift: got inf"),
        ({"memory": [{}]}, "the key 'begin_s' is missing"),
        ({"alarm": "fine"}, "expected one of ok, watch, alarm"),
        ({"incident": {"number": 1}}, "is missing"),
        ({"more": 1}, "unknown key 'more'"),
    ],
)
def test_a_state_that_is_not_ours_is_refused_by_name(change, problem):
    table = to_plain(TrackerState()) | change
    with pytest.raises(ConfigError, match=rf"state\.json.*{problem}"):
        parse_record(TrackerState, table, where="state.json")
