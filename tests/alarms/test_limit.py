import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.alarms.limit import LimitState, learn
from dcase_classic.alarms.settings import LimitSettings

SETTINGS = LimitSettings(false_alarms=0.1, step=1.0, first_step=1.0, most_up=50, most_down=30)


def learned(shares, settings=SETTINGS, seconds=10.0):
    state = LimitState()
    for is_above in shares:
        state = learn(state, settings, seconds=seconds, is_above=is_above)
    return state


def test_sound_above_the_limit_raises_it_and_sound_below_lowers_it_less():
    assert learned([True]).shift == pytest.approx(0.9)
    assert learned([False]).shift == pytest.approx(-0.1)


def test_sound_counts_by_its_length():
    assert learned([True] * 10, seconds=1.0).shift == pytest.approx(0.9)


def test_steps_decay_to_their_floor():
    settings = LimitSettings(false_alarms=0.5, step=1.0, first_step=4.0)
    state, shifts = LimitState(), []
    for _ in range(30):
        before = state.shift
        state = learn(state, settings, seconds=10.0, is_above=True)
        shifts.append(state.shift - before)
    assert shifts[0] == 2.0
    assert shifts[3] == 1.0
    assert shifts[-1] == 0.5
    assert shifts == sorted(shifts, reverse=True)


def test_it_goes_no_farther_than_is_allowed():
    assert learned([True] * 200).shift == 50
    assert learned([True] * 200).is_at_end(SETTINGS)
    assert learned([False] * 2000).shift == -30
    assert not learned([False] * 2000).is_at_end(SETTINGS)


def test_a_limit_that_may_not_move_is_at_no_end():
    settings = LimitSettings(most_up=0.0)
    assert not learned([True], settings).is_at_end(settings)


def test_a_frozen_limit_counts_and_stays():
    state = learned([True, False], LimitSettings(is_frozen=True))
    assert (state.shift, state.rate, state.learned_s) == (0.0, 0.5, 20.0)


def test_the_rate_is_not_known_before_anything_was_heard():
    assert LimitState().rate is None


@given(st.lists(st.booleans(), min_size=1, max_size=400))
def test_the_long_run_rate_is_within_the_bound_that_is_stated(shares):
    free = LimitSettings(false_alarms=0.1, step=1.0, first_step=1.0, most_up=1e9, most_down=99)
    state = learned(shares, free)
    if state.shift > -99:  # it never stood at its end
        assert state.rate - 0.1 == pytest.approx(state.shift / len(shares), abs=1e-9)


@pytest.mark.parametrize(
    "values",
    [{"shift": float("nan")}, {"learned_s": -1.0}, {"above_s": 1.0}, {"learned_s": float("inf")}],
)
def test_a_state_out_of_range_is_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        LimitState(**values)
