import pytest
from hearing import heard

from dcase_classic.alarms.operating import OperatingCondition, OperatingState, operate
from dcase_classic.alarms.settings import OperatingSettings

BEGIN = OperatingState()
SETTINGS = OperatingSettings(off_below_db=-60.0, warm_up_s=30.0)


def conditions(windows, settings=SETTINGS, state=BEGIN):
    for window in windows:
        state = operate(state, window, settings)
        yield state.condition.value


def test_a_machine_that_runs_at_the_start_is_running():
    assert list(conditions([heard(0, 1.0)])) == ["running"]


def test_a_machine_that_was_off_warms_up():
    levels = [-70.0, -20.0, -20.0, -20.0, -20.0]
    windows = [heard(number, 1.0, level_db=level) for number, level in enumerate(levels)]
    assert list(conditions(windows)) == ["off", *["warming up"] * 3, "running"]


def test_without_a_time_to_warm_up_it_runs_at_once():
    windows = [heard(0, 1.0, level_db=-70.0), heard(1, 1.0)]
    settings = OperatingSettings(off_below_db=-60.0, warm_up_s=0.0)
    assert list(conditions(windows, settings)) == ["off", "running"]


def test_a_window_that_cannot_be_scored_is_unusable():
    assert list(conditions([heard(0, None)])) == ["unusable"]


def test_a_machine_need_not_warm_up_after_a_gap_of_the_recorder():
    gap = OperatingState(condition=OperatingCondition.GAP)
    assert list(conditions([heard(0, 1.0)], state=gap)) == ["running"]
    unusable = OperatingState(condition=OperatingCondition.UNUSABLE)
    assert list(conditions([heard(0, 1.0)], state=unusable)) == ["running"]
    lost = OperatingState(condition=OperatingCondition.LOST)
    assert list(conditions([heard(0, 1.0)], state=lost)) == ["warming up"]


def test_the_seconds_of_a_condition_are_counted():
    state = operate(OperatingState(), heard(0, 1.0), SETTINGS)
    assert operate(state, heard(1, 1.0), SETTINGS).heard_s == 20.0
    assert operate(state, heard(1, None), SETTINGS).heard_s == 10.0


@pytest.mark.parametrize("wrong", [{"new_s": 0.0}, {"severity": float("nan")}])
def test_a_window_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        heard(0, wrong.get("severity", 1.0), new_s=wrong.get("new_s", 1.0))


def test_a_state_out_of_range_is_refused():
    with pytest.raises(ValueError, match="heard_s"):
        OperatingState(heard_s=-1.0)
