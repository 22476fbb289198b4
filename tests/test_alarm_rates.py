import itertools

import pytest
from alarm_rates import Tail, false_alarms_per_week, share_above

from dcase_classic.alarms.settings import AlarmRule, AlarmSettings

WEEK_S = 604800


def slow_completions(n, k, rate, again):
    """By all strings of looks."""
    first = rate * (1 - again) / (1 - rate)
    total = 0.0
    for bits in itertools.product([0, 1], repeat=n + 1):
        chance = rate if bits[0] else 1 - rate
        for before, after in itertools.pairwise(bits):
            above = again if before else first
            chance *= above if after else 1 - above
        if sum(bits[:n]) < k <= sum(bits[1:]):
            total += chance
    return total


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (2, 2), (5, 3), (6, 6)])
@pytest.mark.parametrize("persistence", [None, 0.1, 0.6])
def test_the_count_is_that_of_all_strings_of_looks(n, k, persistence):
    rule = AlarmRule(level=100, seconds=10 * k, within_s=10 * n)
    promised = false_alarms_per_week(rule, false_alarms=0.05, window_s=10, persistence=persistence)
    expected = slow_completions(n, k, 0.05, persistence or 0.05) * WEEK_S / 10
    assert promised == pytest.approx(expected, rel=1e-9)


def test_windows_longer_than_the_rule_are_one_look():
    rule = AlarmRule(level=100, seconds=2, within_s=3)
    assert false_alarms_per_week(rule, false_alarms=0.5, window_s=10) == WEEK_S / 10 * 0.25


def test_persistence_below_the_rate_is_the_rate():
    rule = AlarmRule(level=100, seconds=20, within_s=20)
    low, none = (
        false_alarms_per_week(rule, false_alarms=0.1, window_s=10, persistence=persistence)
        for persistence in (0.0, None)
    )
    assert low == none


@pytest.mark.parametrize("tail", Tail)
def test_both_tails_go_through_the_centre_and_the_limit(tail):
    assert share_above(0.0, 0.02, tail) == 0.5
    assert share_above(100.0, 0.02, tail) == pytest.approx(0.02)


def test_an_exponential_tail_falls_by_the_same_factor_and_a_normal_one_faster():
    assert share_above(200.0, 0.02, Tail.EXPONENTIAL) == pytest.approx(0.0008)
    assert share_above(200.0, 0.02, Tail.NORMAL) == pytest.approx(2.0e-5, rel=0.03)


def test_the_defaults_promise_less_than_two_false_alarms_a_week():
    settings = AlarmSettings()
    total = sum(
        false_alarms_per_week(rule, false_alarms=0.02, window_s=10, persistence=0.25)
        for rule in settings.raising.values()
    )
    assert total < 2
