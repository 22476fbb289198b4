import os
from contextlib import closing

import pytest
from open_journals import open_journal
from telling import alarm

from dcase_classic.errors import DataError
from dcase_classic.io import delivery_notes
from dcase_classic.io.delivery_notes import DeliveryNotes
from dcase_classic.io.journal import Entry

pytestmark = pytest.mark.usefixtures("closed_journals")


def left_behind(tmp_path, *more):
    """A state as a kill leaves it: two alarms wait for two sinks, and notes stand beside it."""
    with closing(open_journal(tmp_path / "state", ("a", "b"), [])) as journal:
        journal.write(Entry(messages=(alarm(1), alarm(2))))
    (tmp_path / "state-told").write_bytes(b"".join(more))


def waiting(journal, sink):
    pair = journal.next_message(sink)
    return journal.n_waiting(sink), pair and pair[1].number


def test_what_was_noted_before_a_kill_is_not_told_again(tmp_path):
    left_behind(tmp_path, b'1 "pump-00-1-raised"\n')
    said = []
    for _ in range(2):
        with closing(open_journal(tmp_path / "state", ("a", "b"), said)) as journal:
            assert [waiting(journal, sink) for sink in "ab"] == [(1, 2), (2, 1)]
        assert not (tmp_path / "state-told").exists()
    assert said == []


@pytest.mark.parametrize(
    "line",
    [b'1 "pump-00-1-rai', b'1 "pump-00-1-raised"', b'1 "other"\n', b'9 "pump-00-1-raised"\n'],
)
def test_a_torn_note_or_one_of_another_message_does_not_lose_an_alarm(tmp_path, line):
    left_behind(tmp_path, line)
    with closing(open_journal(tmp_path / "state", ("a", "b"), [])) as journal:
        assert [waiting(journal, sink) for sink in "ab"] == [(2, 1), (2, 1)]


def test_a_note_stands_before_the_journal_waits_for_anything(tmp_path):
    journal = open_journal(tmp_path / "state", ("a", "b"), [])
    journal.write(Entry(messages=(alarm(1),)))
    journal._connection.close()  # and can write no more
    journal.delivered("b", 2, alarm(1).id)
    assert (tmp_path / "state-told").read_text() == '2 "pump-00-1-raised"\n'
    journal = open_journal(tmp_path / "state", ("a", "b"), [])
    assert [waiting(journal, sink) for sink in "ab"] == [(1, 1), (0, None)]


def test_notes_stand_as_long_as_the_journal_needs_them_and_are_no_more(tmp_path):
    notes = DeliveryNotes(tmp_path / "told")
    notes.add(1, "x")
    notes.add(2, "y\n")
    notes.settle({2, 3})
    assert (tmp_path / "told").read_text() == '1 "x"\n2 "y\\n"\n'
    notes.close()
    again = DeliveryNotes(tmp_path / "told")
    assert again.is_earlier(1, "x")
    assert again.is_earlier(2, "y\n")
    assert not again.is_earlier(1, "y\n")
    again.settle({3})
    assert (tmp_path / "told").read_bytes() == b""
    again.settle(set())
    again.close()
    again.close()
    assert not (tmp_path / "told").exists()


def test_without_a_file_nothing_is_noted():
    with closing(DeliveryNotes(None)) as notes:
        notes.add(1, "x")
        notes.settle(set())
        assert not notes.is_earlier(1, "x")


def test_on_a_full_disk_nothing_is_noted_and_nothing_ends(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with closing(DeliveryNotes(tmp_path / "told")) as notes:
        monkeypatch.setattr(delivery_notes.os, "write", full)
        notes.add(1, "x")
        notes.settle(set())
    with closing(DeliveryNotes(tmp_path / "told")) as again:
        assert not again.is_earlier(1, "x")


@pytest.mark.parametrize(("number", "is_full"), [(28, True), (13, False)])
def test_a_watch_begins_on_a_full_disk_too(tmp_path, number, is_full):
    def refused(*_):
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:  # ends before the folder is removed
        patch.setattr(delivery_notes.os, "open", refused)
        if is_full:
            with closing(DeliveryNotes(tmp_path / "told")) as notes:
                notes.add(1, "x")
        else:
            with pytest.raises(PermissionError):
                DeliveryNotes(tmp_path / "told")


def test_on_a_full_disk_notes_stay_until_the_journal_is_written(tmp_path):
    left_behind(tmp_path, b'1 "pump-00-1-raised"\n')
    journal = open_journal(tmp_path / "state", ("a", "b"), [])
    journal._connection.execute("PRAGMA max_page_count = 1")  # a disk that has no more room
    journal.write(Entry(messages=tuple(alarm(n, source="x" * 3000) for n in range(3, 9))))
    number, message = journal.next_message("a")
    journal.delivered("a", number, message.id)
    assert str(number).encode() in (tmp_path / "state-told").read_bytes()
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.close()
    assert not (tmp_path / "state-told").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("other")])
def test_what_is_no_file_beside_a_state_is_left_alone(tmp_path, make):
    (tmp_path / "other").write_text("mine")
    make(tmp_path / "state-told")
    with pytest.raises(DataError, match="cannot be used as the state of a watch"):
        open_journal(tmp_path / "state", ("a",), [])
    assert (tmp_path / "other").read_text() == "mine"
