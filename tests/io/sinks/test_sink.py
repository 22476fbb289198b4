from contextlib import closing

import pytest
from telling import Listener, alarm, status

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.io.journal import Entry, Journal
from dcase_classic.io.sinks import sink as sinks
from dcase_classic.io.sinks.sink import Courier


@pytest.fixture
def said():
    return []


@pytest.fixture
def journal(said):
    with closing(Journal(None, ("listener",), complain=said.append)) as journal:
        yield journal


def test_alarms_arrive_in_order_and_statuses_only_the_latest(journal, said):
    journal.write(Entry(messages=(alarm(1), alarm(2))))
    listener = Listener()
    courier = Courier(listener, journal, said.append)
    assert listener.has_taken.wait(30)
    courier.show(status(severity=1.0))
    assert listener.has_shown.wait(30)
    journal.write(Entry(messages=(alarm(3),)))
    courier.wake()
    courier.end(30)
    assert courier.n_left() == 0
    assert listener.taken == [alarm(1), alarm(2), alarm(3)]
    assert listener.shown[-1] == status(severity=1.0)
    assert listener.is_closed.is_set()
    assert said == []


def test_a_sink_that_is_away_is_tried_again_and_said_once(journal, said, monkeypatch):
    monkeypatch.setattr(sinks, "_LEAST_WAIT_S", 0.01)
    journal.write(Entry(messages=(alarm(1),)))
    listener = Listener(n_failures=5)
    courier = Courier(listener, journal, said.append)
    assert listener.has_taken.wait(30)
    courier.end(30)
    assert courier.n_left() == 0
    assert said == ["listener: away; tried again", "listener: delivered again"]
    assert listener.taken == [alarm(1)]


def test_what_cannot_be_delivered_before_the_end_waits_on(journal, said):
    journal.write(Entry(messages=(alarm(1), alarm(2))))
    courier = Courier(Listener(n_failures=10**9), journal, said.append)
    courier.end(0.05)
    assert courier.n_left() == 2


def test_before_the_end_a_sink_that_fails_is_tried_again(journal, said, monkeypatch):
    monkeypatch.setattr(sinks, "_LEAST_WAIT_S", 0.01)
    journal.write(Entry(messages=(alarm(1), alarm(2))))
    listener = Listener(n_failures=4)
    courier = Courier(listener, journal, said.append)
    courier.end(60)
    assert courier.n_left() == 0
    assert listener.taken == [alarm(1), alarm(2)]


def test_the_latest_status_is_told_when_a_sink_is_back(journal, said, monkeypatch):
    monkeypatch.setattr(sinks, "_LEAST_WAIT_S", 0.01)
    listener = Listener(n_unshown=3)
    courier = Courier(listener, journal, said.append)
    courier.show(status(severity=1.0))
    assert listener.has_shown.wait(30)
    courier.end(30)
    assert courier.n_left() == 0
    assert listener.shown == [status(severity=1.0)]
    assert said == ["listener: away; tried again", "listener: delivered again"]


def test_who_takes_no_status_until_the_end_is_never_said_to_be_back(journal, said):
    courier = Courier(Listener(n_unshown=10**9), journal, said.append)
    courier.show(status())
    courier.end(0.05)
    assert courier.n_left() == 0
    assert said == ["listener: away; tried again"]


def test_who_keeps_no_status_is_told_of_every_change_in_its_order(journal, said, monkeypatch):
    monkeypatch.setattr(sinks, "_LEAST_WAIT_S", 0.01)
    listener = Listener(n_unshown=3, keeps_status=False)
    courier = Courier(listener, journal, said.append)
    ok, bad = status(), status(state=AlarmState.ALARM)
    courier.show(ok)
    courier.show(status(severity=1.0))  # no news
    journal.write(Entry(messages=(alarm(1),)))
    courier.show(bad)
    journal.write(Entry(messages=(alarm(2),)))
    courier.show(ok)
    courier.end(30)
    assert courier.n_left() == 0
    assert listener.told == [ok, alarm(1), bad, alarm(2), ok]


def test_changes_that_nobody_takes_are_bounded(journal, said, monkeypatch):
    monkeypatch.setattr(sinks, "_MOST_CHANGES", 3)
    monkeypatch.setattr(sinks, "_LEAST_WAIT_S", 0.01)
    listener = Listener(n_unshown=1, keeps_status=False)
    courier = Courier(listener, journal, said.append)
    for number in range(10):
        courier.show(status(machine=f"pump {number}"))
    courier.end(30)
    assert courier.n_left() == 0
    assert [shown.machine for shown in listener.shown][-3:] == ["pump 7", "pump 8", "pump 9"]
