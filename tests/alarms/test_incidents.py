import pytest

from dcase_classic.alarms.incidents import Heard, Incident, gone_on, remember, windows_above
from dcase_classic.alarms.settings import AlarmRule, AlarmSettings


def memory(*severities, new_s=10.0):
    return tuple(
        Heard(
            begin_s=number * new_s,
            end_s=number * new_s + 10.0,
            new_s=new_s,
            severity=severity,
            is_normal=True,
        )
        for number, severity in enumerate(severities)
    )


RULE = AlarmRule(level=100, seconds=20, within_s=30)  # two of three windows of 10 s


@pytest.mark.parametrize(
    ("severities", "n_above"),
    [
        ([101, 101], 2),
        ([101, 0, 101], 2),
        ([101, 0, 0, 101], 0),
        ([100, 100, 100], 0),
        ([101], 0),
        ([], 0),
    ],
)
def test_k_of_n_windows_have_to_be_above_the_level(severities, n_above):
    assert len(windows_above(memory(*severities), RULE)) == n_above


def test_windows_that_overlap_count_by_what_is_new_of_them():
    assert not windows_above(memory(*[101] * 19, new_s=1.0), RULE)
    assert len(windows_above(memory(*[101] * 20, new_s=1.0), RULE)) == 20
    spread = [101 if number % 3 else 0 for number in range(40)]
    assert windows_above(memory(*spread, new_s=1.0), RULE)


def test_of_a_window_that_reaches_out_of_the_span_only_the_part_within_counts():
    rule = AlarmRule(level=100, seconds=16, within_s=15.9 + 0.1)
    assert windows_above(memory(101, 101), rule)
    assert not windows_above(memory(101, 0), AlarmRule(level=100, seconds=7, within_s=16))
    assert windows_above(memory(101, 0), AlarmRule(level=100, seconds=6, within_s=16))


def test_what_no_rule_asks_for_is_forgotten():
    old = memory(1, 2, 3)
    kept, forgotten = remember(old, memory(0, 0, 0, 4)[-1], 30.0)
    assert [heard.severity for heard in kept] == [2, 3, 4]
    assert [heard.severity for heard in forgotten] == [1]
    assert remember((), old[0], 1.0) == (old[:1], ())


def incident(**values):
    usual = {"number": 1, "rule": "severe", "begin_s": 0.0, "last_s": 10.0}
    return Incident(**usual | {"peak_begin_s": 0.0, "peak_end_s": 10.0, "peak": 500.0} | values)


def test_an_incident_keeps_its_worst_window():
    settings = AlarmSettings()
    told = incident(source="a.wav", why="louder", kept="b.wav")
    after = gone_on(told, memory(500, 450), settings)
    assert (after.peak, after.peak_end_s, after.source) == (500.0, 10.0, "a.wav")
    after = gone_on(told, memory(500, 700), settings)
    assert (after.peak, after.peak_begin_s, after.peak_end_s) == (700.0, 10.0, 20.0)
    assert (after.source, after.why, after.kept) == ("", "", "")


def test_an_incident_ends_when_it_was_quiet_for_the_hold_off():
    settings = AlarmSettings(hold_off_s=20.0)
    after = gone_on(incident(), memory(500, 0, 0), settings)
    assert (after.quiet_s, after.end_s) == (10.0, None)
    after = gone_on(after, memory(500, 0, 0, 0), settings)
    assert (after.quiet_s, after.end_s) == (20.0, 10.0)


def test_an_incident_goes_on_below_the_level_where_it_began():
    settings = AlarmSettings(going_on=AlarmRule(level=80, seconds=20, within_s=20))
    after = gone_on(incident(quiet_s=5.0), memory(500, 90, 90), settings)
    assert (after.quiet_s, after.last_s, after.end_s) == (0.0, 30.0, None)


def test_an_incident_ended_with_its_last_window_above_the_level_not_when_the_rules_let_go():
    settings = AlarmSettings(hold_off_s=10.0)
    after, heard = incident(), memory(*[500] * 4, *[0] * 4)
    for n_heard in range(2, 8):  # of which the last holds 30 s above within 60
        after = gone_on(after, heard[:n_heard], settings)
        expected = (0.0, min(10.0 * n_heard, 40.0), None)
        assert (after.quiet_s, after.last_s, after.end_s) == expected
    after = gone_on(after, heard, settings)
    assert (after.quiet_s, after.end_s) == (10.0, 40.0)


@pytest.mark.parametrize("wrong", [{"number": 0}, {"quiet_s": -1.0}])
def test_an_incident_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        incident(**wrong)


@pytest.mark.parametrize("wrong", [{"new_s": 0.0}, {"severity": float("inf")}])
def test_a_memory_out_of_range_is_refused(wrong):
    values = {
        "begin_s": 0.0,
        "end_s": 1.0,
        "new_s": 1.0,
        "severity": 0.0,
        "is_normal": True,
    } | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Heard(**values | wrong)
