import numpy as np
import pytest

from dcase_classic.model.sessions import NO_SESSION, count_sessions, is_for_new, number_sessions


def test_sessions_are_numbered_and_unknown_where_one_is():
    assert number_sessions(["b", "a", "b"], 3).tolist() == [1, 0, 1]
    assert number_sessions(["b", "", "b"], 3).tolist() == [NO_SESSION] * 3
    assert number_sessions(None, 2).tolist() == [NO_SESSION] * 2


def test_unknown_sessions_are_not_counted():
    assert count_sessions(np.array([2, 0, 2])) == 2
    assert count_sessions(np.array([NO_SESSION] * 3)) is None


@pytest.mark.parametrize(
    ("wanted", "n_sessions", "expected"),
    [
        ("auto", 3, True),
        ("auto", 2, False),
        ("new", 2, True),
        ("new", 1, False),
        ("same", 9, False),
        ("auto", None, False),
        ("new", None, False),
    ],
)
def test_new_sessions_are_promised_where_enough_are_known(wanted, n_sessions, expected):
    unknown = np.full(20, NO_SESSION)
    sessions = unknown if n_sessions is None else np.arange(20) % n_sessions
    assert is_for_new(sessions, np.zeros(20, int), wanted) == expected


def test_one_domain_with_enough_sessions_is_enough():
    sessions = np.array([0, 0, 1, 2, 3])
    assert is_for_new(sessions, np.array([0, 0, 1, 1, 1]), "auto")
