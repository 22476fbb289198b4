import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from fuzz_seeds import journal_seeds
from open_journals import open_journal
from telling import alarm

from dcase_classic.alarms.limit import LimitState
from dcase_classic.alarms.tracker import TrackerState
from dcase_classic.errors import DataError
from dcase_classic.io import journal as journals
from dcase_classic.io.journal import Entry, HeardSoFar, position_key

pytestmark = pytest.mark.usefixtures("closed_journals")

STATE = TrackerState(limit=LimitState(shift=3.0, learned_s=10.0))


@pytest.fixture
def said():
    return []


def opened(path, said, *, sinks=("a", "b")):
    return open_journal(path, sinks, said)


def test_what_was_written_is_there_after_the_next_start(tmp_path, said):
    journal = opened(tmp_path / "new" / "state", said)
    positions = {position_key("1.wav", "pump"): HeardSoFar(n_windows=3)}
    journal.write(Entry(states={"pump": STATE}, positions=positions, messages=(alarm(1), alarm(2))))
    number, message = journal.next_message("a")
    assert message == alarm(1)
    journal.delivered("a", number, message.id)
    journal.close()
    journal = opened(tmp_path / "new" / "state", said)
    assert journal.states() == {"pump": STATE}
    assert journal.position(position_key("1.wav", "pump")).n_windows == 3
    assert journal.position(position_key("1.wav")) == HeardSoFar()
    assert journal.next_message("a")[1] == alarm(2)
    assert [journal.n_waiting(sink) for sink in "ab"] == [1, 2]
    assert said == []


def test_without_a_file_it_is_kept_in_memory(said):
    journal = opened(None, said)
    journal.write(Entry(messages=(alarm(),)))
    assert journal.next_message("b")[1] == alarm()


def test_alarms_for_nobody_any_more_are_removed(tmp_path, said):
    journal = opened(tmp_path / "state", said)
    journal.write(Entry(messages=(alarm(),)))
    journal.close()
    assert said == []
    opened(tmp_path / "state", said, sinks=("a",)).close()
    assert said == ["b: 1 alarm that waits is given up: this watch does not tell it"]
    said.clear()
    assert opened(tmp_path / "state", said).n_waiting("b") == 0


def test_a_number_that_was_given_up_meanwhile_is_no_delivery(said):
    journal = opened(None, said)
    journal.write(Entry(messages=(alarm(1),)))
    journal.delivered("a", 999, alarm(1).id)
    assert journal.n_waiting("a") == 1
    assert journal.next_message("a")[1] == alarm(1)


def test_what_nobody_takes_is_bounded_and_said(said, monkeypatch):
    monkeypatch.setattr(journals, "MOST_WAITING", 3)
    journal = opened(None, said, sinks=("a",))
    for number in range(1, 6):
        journal.write(Entry(messages=(alarm(number),)))
    assert journal.n_waiting("a") == 3
    assert len(said) == 2
    assert journal.next_message("a")[1] == alarm(3)
    assert "pump-00-1-raised is given up" in said[0]


def test_positions_of_recordings_that_are_gone_are_forgotten_where_there_are_many(
    said, monkeypatch
):
    monkeypatch.setattr(journals, "_KEPT_POSITIONS", 2)
    journal = opened(None, said)
    for name in "abcd":
        key = position_key(f"{name}|\n.wav")
        journal.write(Entry(positions={key: HeardSoFar(is_done=True)}))
    journal.forget_positions({"a|\n.wav"})
    done = [journal.position(position_key(f"{name}|\n.wav")).is_done for name in "abcd"]
    assert done == [True, False, True, True]


@pytest.mark.uncounted
@pytest.mark.usefixtures("locked_soon")
def test_two_watches_cannot_share_a_state(tmp_path, said):
    journal = opened(tmp_path / "state", said)
    with pytest.raises(DataError, match=r"state: cannot be used .*locked.*another watch"):
        opened(tmp_path / "state", said)
    journal.close()


def test_a_file_of_another_program_is_left_alone(tmp_path, said):
    path = tmp_path / "state"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DataError, match="of another program or version"):
        opened(path, said)
    assert path.read_bytes()[100:] == before[100:]  # the header names the kind of journal
    (tmp_path / "text").write_text("no database at all " * 100)
    with pytest.raises(DataError, match="not a database"):
        opened(tmp_path / "text", said)


def test_a_damaged_state_or_message_is_refused_in_one_line(tmp_path, said):
    path = tmp_path / "state"
    journal = opened(path, said)
    journal.write(Entry(states={"pump": STATE}))
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE machines SET state = '{}x'")
    connection.close()
    journal = opened(path, said)
    with pytest.raises(DataError, match="is damaged"):
        journal.states()
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO outbox VALUES (1, 'a', '{}')")
    connection.close()
    with pytest.raises(DataError, match="cannot be used as the state"):
        opened(path, said)


FORGED = {
    "nested without end": "UPDATE outbox SET message = printf('%.*c', 100000, '[')",
    "of no text": "UPDATE outbox SET message = x'00'",
    "a time without end": "UPDATE outbox SET message = replace(message, '250.0', '1e400')",
    "a number without end": (
        "UPDATE outbox SET message = replace(message, '250.0', printf('9%.*c', 400, '0'))"
    ),
    "the last number that there is": "UPDATE outbox SET number = number + 9223372036854775800",
    "letters that are none": "UPDATE machines SET state = CAST(x'ff' AS TEXT)",
    "a state that is no text": "UPDATE machines SET state = x'7b7d'",
    "a position that is no number": "UPDATE heard SET n_windows = 'far'",
    "a missing table": "DROP TABLE heard",
    "one that does more": "CREATE TRIGGER t AFTER INSERT ON outbox BEGIN DELETE FROM machines; END",
    "one more": "CREATE VIEW more AS SELECT * FROM outbox JOIN outbox",
}


@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED)
def test_a_state_that_no_watch_has_written_is_refused_in_one_line(tmp_path, said, statement):
    positions = {position_key("a.wav"): HeardSoFar(n_windows=1)}
    with closing(opened(tmp_path / "state", said)) as journal:
        journal.write(Entry(states={"pump": STATE}, positions=positions, messages=(alarm(),)))
    with closing(sqlite3.connect(tmp_path / "state")) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(DataError) as refused, closing(opened(tmp_path / "state", said)) as journal:
        journal.states()
    assert len(str(refused.value).splitlines()) == 1
    assert said == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_no_file_is_no_state(tmp_path, said, make):
    make(tmp_path / "state")
    with pytest.raises(DataError, match="cannot be used as the state of a watch"):
        opened(tmp_path / "state", said)


def test_sizes_that_sqlite_has_no_memory_for_are_refused(tmp_path, said):
    (content,) = journal_seeds(tmp_path)  # in small pages
    path = tmp_path / "state"
    path.write_bytes(content.replace(b", state TEXT", b", state " + b"\xff" * 21 + b"TEXT"))
    with pytest.raises(DataError, match="cannot be used as the state of a watch"):
        opened(path, said)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "make room on the disk"),
        (sqlite3.SQLITE_CANTOPEN, "check the path and its rights"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "check the rights of the file and of its folder"),
        (
            sqlite3.SQLITE_IOERR_DELETE,
            "check the disk, and the rights of the file and of its folder",
        ),
    ],
)
def test_where_a_disk_or_rights_are_the_cause_nobody_is_told_to_move_a_state_away(
    tmp_path, said, monkeypatch, code, advice
):
    def fail(*_):
        error = sqlite3.OperationalError("as the system says")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(journals, "_prepare", fail)
    with pytest.raises(DataError, match=f"as the system says.; {advice}$"):
        opened(tmp_path / "state", said)


def test_below_a_file_there_is_no_state(tmp_path, said):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be used as the state .*; check the path"):
        opened(tmp_path / "file" / "state", said)


def test_on_a_full_disk_alarms_are_delivered_and_written_later(tmp_path, said):
    journal = opened(tmp_path / "state", said)
    journal._connection.execute("PRAGMA max_page_count = 1")  # a disk that has no more room
    texts = tuple(alarm(number, source="x" * 3000) for number in range(1, 9))
    heard = {position_key("a.wav"): HeardSoFar(is_done=True)}
    for _ in range(3):
        journal.write(Entry(states={"pump": STATE}, positions=heard, messages=texts))
    assert journal.position(position_key("a.wav")).is_done  # or it would be heard again
    assert journal.n_waiting("a") == 24
    assert len(said) == 1
    assert "full" in said[0]
    assert sum("REPLACE" in statement for statement, _ in journal._unwritten) == 2
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    number, message = journal.next_message("a")
    journal.delivered("a", number, message.id)
    journal.close()
    journal = opened(tmp_path / "state", said)
    assert [journal.n_waiting(sink) for sink in "ab"] == [23, 24]
    assert journal.position(position_key("a.wav")).is_done


KILLED = """
import sys
from pathlib import Path
from telling import alarm
from dcase_classic.io.journal import Entry, Journal
journal = Journal(Path(sys.argv[1]), ("a",), complain=print)
journal.write(Entry(messages=(alarm(1),)))
print("written", flush=True)
sys.stdin.read()
"""


def test_what_was_written_survives_a_kill(tmp_path, said):
    command = [sys.executable, "-c", KILLED, tmp_path / "state"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert opened(tmp_path / "state", said, sinks=("a",)).next_message("a")[1] == alarm(1)
