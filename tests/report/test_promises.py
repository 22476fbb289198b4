import pytest

from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain
from dcase_classic.report.promises import promise_notes


def notes(*n_sessions, source="sub-folders", is_for_new=True, rate=0.1, tail=False, n_clips=10):
    alarms = tuple(
        DomainAlarms(
            domain=domain, n_clips=n_clips, n_alarms=1, n_sessions=number, has_fitted_tail=tail
        )
        for domain, number in zip((Domain.SOURCE, Domain.TARGET), n_sessions, strict=False)
    )
    model = Fitted(
        machine_type="fan",
        section="00",
        threshold=1.0,
        alarms=alarms,
        peakiness=None,
        group_weights={},
        is_new=True,
        session_source=source,
        is_for_new_sessions=is_for_new,
        false_alarms=rate,
    )
    return list(promise_notes(model))


def test_a_model_says_whom_its_threshold_speaks_for():
    assert notes(12, 3) == ["threshold for new sessions, told by sub-folders (source 12, target 3)"]
    assert notes(12, is_for_new=False)[0].startswith("threshold for the same sessions")


def test_unknown_sessions_promise_nothing_about_another_day():
    (note,) = notes(None)
    assert note.startswith("sessions are not known, nothing is promised about another day")


@pytest.mark.parametrize(
    ("n_sessions", "rate", "expected"),
    [
        (1, 0.1, "source: one session promises nothing about another day; it takes 10 "),
        (2, 0.02, "source: two sessions hardly tell how sessions differ; it takes 49 "),
    ],
)
def test_few_sessions_are_told_with_the_number_that_would_do(n_sessions, rate, expected):
    _, note = notes(n_sessions, rate=rate)
    assert note == f"{expected}for a rate of {rate:g}"


def test_a_fitted_tail_is_said():
    told = "not show 1 false alarm in 10: the threshold is an estimate with a margin"
    assert notes(3, tail=True)[1] == f"10 source recordings do {told}"
    assert notes(3, tail=True, n_clips=480)[1] == f"3 sessions of source recordings do {told}"
