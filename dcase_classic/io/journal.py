"""What a watch must not forget: states of machines, recordings heard, alarms not yet delivered.

A file of SQLite: what belongs together is written in one transaction, so that after a kill or a
power cut everything stands as it stood after some window. An alarm is written, with the state that
raised it, before anybody is told; who was told is noted. A kill between the two makes an alarm be
told again, with the same id: `delivery_notes` makes that time short.
"""

import json
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dcase_classic.alarms.messages import AlarmMessage
from dcase_classic.alarms.tracker import TrackerState
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ConfigError, DataError
from dcase_classic.io.delivery_notes import DeliveryNotes
from dcase_classic.io.strict_json import parse_json
from dcase_classic.wording import counted

_APPLICATION, _SCHEMA = 0x44434C41, 1  # "DCLA"
# A hold-off of a minute makes at most one incident a minute: this is a week of them.
MOST_WAITING = 10_000
_KEPT_POSITIONS = 100_000  # of recordings that may come back with a folder that was away
_TABLES = (
    "CREATE TABLE machines (name TEXT PRIMARY KEY, state TEXT NOT NULL)",
    "CREATE TABLE heard (key TEXT PRIMARY KEY, n_windows INTEGER NOT NULL, is_done INT NOT NULL)",
    "CREATE TABLE outbox (number INTEGER PRIMARY KEY, sink TEXT NOT NULL, message TEXT NOT NULL)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_SCHEMA}",
)
_N_TABLES = 3
_MADE = "SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid"
_CHECKS = {
    "PRAGMA quick_check(1)": "ok",
    "SELECT COUNT(*) FROM heard WHERE typeof(n_windows) != 'integer' OR n_windows < 0": 0,
}
# What a file of unknown origin can end in; SQLite says so of sizes that it does not believe.
_DAMAGED = (sqlite3.Error, MemoryError, ConfigError, ValueError, RecursionError)
_ADVICE = {
    sqlite3.SQLITE_BUSY: "is another watch running?",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_CANTOPEN: "check the path and its rights",
    sqlite3.SQLITE_READONLY: "check the rights of the file and of its folder",
    sqlite3.SQLITE_IOERR: "check the disk, and the rights of the file and of its folder",
}
_KIND = 0xFF  # of a code of SQLite, whose other bits say more of it
_LOCKED_S = 2.0  # for which a state that another watch has in use is waited for
_MOST_PARTS = 10_000_000  # of a state: a day of windows every hundredth of a second
_MOST_MESSAGES = 2**62
_Statement = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSoFar:
    """How far a recording was heard: windows, and whether to its end."""

    n_windows: int = 0
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened, to be written at once.

    Attributes
    ----------
    states : of machines, by their names.
    positions : how far recordings were heard, by their keys.
    messages : to be delivered.
    """

    states: Mapping[str, TrackerState] = field(default_factory=dict)
    positions: Mapping[str, HeardSoFar] = field(default_factory=dict)
    messages: tuple[AlarmMessage, ...] = ()

    def statements(self) -> list[_Statement]:
        """What writes states and positions."""
        return [
            *(
                ("REPLACE INTO machines VALUES (?, ?)", (name, json.dumps(to_plain(state))))
                for name, state in self.states.items()
            ),
            *(
                ("REPLACE INTO heard VALUES (?, ?, ?)", (key, heard.n_windows, heard.is_done))
                for key, heard in self.positions.items()
            ),
        ]


def position_key(key: str, post: str = "") -> str:
    """What the position of a post in a recording is known by; without a post, that of all."""
    return f"{post}\n{key}"


class Journal:
    """The journal of a watch; without a path it is kept in memory only.

    Where the disk is full, alarms are delivered all the same, and written when there is room.

    Parameters
    ----------
    path : the file; it is made if it is missing.
    sinks : the names of those who are told.
    complain : is told in a line what goes wrong with the file.

    Raises
    ------
    DataError
        If the file is none of ours, damaged, or used by another watch.
    """

    def __init__(
        self, path: Path | None, sinks: Iterable[str], *, complain: Callable[[str], None]
    ) -> None:
        self._path, self._complain = path, complain
        self._lock = threading.Lock()
        self._unwritten: list[_Statement] = []
        self._positions: dict[str, HeardSoFar] = {}  # that are not written yet
        self._waiting: dict[str, deque[tuple[int, AlarmMessage]]] = {
            name: deque() for name in sinks
        }
        self._next = 1
        try:
            with ExitStack() as stack:
                self._connection = stack.enter_context(closing(_connected(path)))
                _prepare(self._connection)
                self._notes = stack.enter_context(closing(DeliveryNotes(_beside(path))))
                self._load()
                stack.pop_all()  # open from now on
        except (OSError, *_DAMAGED) as error:
            usual = sqlite3.SQLITE_CANTOPEN if isinstance(error, OSError) else sqlite3.SQLITE_OK
            code = getattr(error, "sqlite_errorcode", usual) & _KIND
            advice = _ADVICE.get(code, "move the file away and begin anew")
            problem = f"cannot be used as the state of a watch ({error})"
            raise DataError(problem, path=path, advice=advice) from error

    def _load(self) -> None:
        """Read what waits to be delivered; what has arrived, or is for nobody any more, goes."""
        gone: list[_Statement] = []
        n_lost: Counter[str] = Counter()
        rows = self._connection.execute("SELECT number, sink, message FROM outbox ORDER BY number")
        for number, sink, text in rows.fetchall():
            if not 0 < number < _MOST_MESSAGES:
                raise ValueError(f"outbox: got the number {number}")
            self._next = number + 1
            message = parse_record(AlarmMessage, _parsed(text), where="outbox")
            has_arrived = self._notes.is_earlier(number, message.id)
            if sink in self._waiting and not has_arrived:
                self._waiting[sink].append((number, message))
            else:
                gone.append(_deletion(number))
                n_lost[sink] += not has_arrived
        self._write(gone)
        for sink, n_alarms in n_lost.items():
            if n_alarms:
                lost = counted(n_alarms, "alarm that waits is", "alarms that wait are")
                self._complain(f"{sink}: {lost} given up: this watch does not tell it")
        self._settle()

    def states(self) -> dict[str, TrackerState]:
        """The states of machines that were written.

        Raises
        ------
        DataError
            If one is not what was written.
        """
        try:
            with self._lock:
                rows = self._connection.execute("SELECT name, state FROM machines").fetchall()
            return {
                name: parse_record(TrackerState, _parsed(text), where=name) for name, text in rows
            }
        except _DAMAGED as error:
            raise DataError(f"is damaged ({error})", path=self._path) from error

    def position(self, key: str) -> HeardSoFar:
        """How far a recording was heard."""
        with self._lock:
            if key in self._positions:
                return self._positions[key]
            row = self._connection.execute(
                "SELECT n_windows, is_done FROM heard WHERE key = ?", (key,)
            ).fetchone()
        return HeardSoFar(n_windows=row[0], is_done=bool(row[1])) if row else HeardSoFar()

    def forget_positions(self, keys: Collection[str]) -> None:
        """Forget the oldest recordings other than these where there are very many."""
        query = "SELECT key FROM heard ORDER BY rowid DESC LIMIT -1 OFFSET ?"
        with self._lock:
            oldest = self._connection.execute(query, (_KEPT_POSITIONS,)).fetchall()
            gone = [key for (key,) in oldest if key.partition("\n")[2] not in keys]
            self._write([("DELETE FROM heard WHERE key = ?", (key,)) for key in gone])

    def write(self, entry: Entry) -> None:
        """Write what happened, then let it be delivered."""
        with self._lock:
            statements, told = entry.statements(), []
            self._positions.update(entry.positions)
            for message in entry.messages:
                text = json.dumps(to_plain(message))
                for sink in self._waiting:
                    told.append((sink, self._next, message))
                    statement = "INSERT INTO outbox VALUES (?, ?, ?)"
                    statements.append((statement, (self._next, sink, text)))
                    self._next += 1
            self._write(statements)
            for sink, number, message in told:
                self._waiting[sink].append((number, message))
            self._write([self._drop(sink) for sink in self._waiting if self._is_full(sink)])

    @property
    def last_number(self) -> int:
        """The number of the last message that was written; 0 if there was none."""
        return self._next - 1

    def next_message(self, sink: str) -> tuple[int, AlarmMessage] | None:
        """The oldest message that was not delivered, and its number."""
        with self._lock:
            return self._waiting[sink][0] if self._waiting[sink] else None

    def delivered(self, sink: str, number: int, message_id: str) -> None:
        """Note that a message was delivered: at once, then in the journal, as soon as it can be."""
        self._notes.add(number, message_id)
        with self._lock:
            waiting = self._waiting[sink]
            if waiting and waiting[0][0] == number:  # else it had to go meanwhile
                waiting.popleft()
                self._write([_deletion(number)])
            self._settle()

    def n_waiting(self, sink: str) -> int:
        """How many messages were not delivered."""
        with self._lock:
            return len(self._waiting[sink])

    def close(self) -> None:
        """Write what is unwritten, and close the file."""
        with self._lock:
            self._write([])
            self._settle()
            self._connection.close()
            self._notes.close()

    def _is_full(self, sink: str) -> bool:
        return len(self._waiting[sink]) > MOST_WAITING

    def _drop(self, sink: str) -> _Statement:
        number, message = self._waiting[sink].popleft()
        self._complain(f"{sink}: {MOST_WAITING} alarms wait, {message.id} is given up")
        return _deletion(number)

    def _settle(self) -> None:
        """Forget the notes of what the file tells by itself."""
        if not self._unwritten:
            self._notes.settle({waiting[0][0] for waiting in self._waiting.values() if waiting})

    def _write(self, statements: Sequence[_Statement]) -> None:
        """One transaction; what cannot be written now is kept for the next."""
        todo = [*self._unwritten, *statements]
        if not todo:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, values in todo:
                self._connection.execute(statement, values)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if not self._unwritten:
                self._complain(f"{self._path}: cannot be written ({error}); tried again")
            self._unwritten = _shortened(todo)
            return
        self._unwritten, self._positions = [], {}


def _deletion(number: int) -> _Statement:
    return ("DELETE FROM outbox WHERE number = ?", (number,))


def _beside(path: Path | None) -> Path | None:
    return None if path is None else path.with_name(f"{path.name}-told")


def _connected(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # SQLite would write beside it
            raise ValueError("not a regular file")
    return sqlite3.connect(
        path or ":memory:", timeout=_LOCKED_S, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file; check that one that is there was made so and is whole."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # pages: what is written twice stays small
    connection.execute("PRAGMA wal_autocheckpoint = 100")
    connection.execute("BEGIN IMMEDIATE")
    is_new = connection.execute("PRAGMA schema_version").fetchone()[0] == 0
    for statement in _TABLES if is_new else ():
        connection.execute(statement)
    program = connection.execute("PRAGMA application_id").fetchone()[0]
    schema = connection.execute("PRAGMA user_version").fetchone()[0]
    if (program, schema) != (_APPLICATION, _SCHEMA):
        raise ValueError("of another program or version")
    if tuple(row[0] for row in connection.execute(_MADE)) != _TABLES[:_N_TABLES]:
        raise ValueError("its tables are not those of a watch")  # or it does more than keep them
    for check, right in _CHECKS.items():
        if connection.execute(check).fetchone()[0] != right:
            raise ValueError("damaged")
    connection.execute("COMMIT")


def _parsed(text: object) -> object:
    """What was written as JSON."""
    if not isinstance(text, str):
        raise ValueError(f"got {type(text).__name__}, expected a text")
    return parse_json(text.encode(), most_brackets=_MOST_PARTS, most_commas=_MOST_PARTS)


def _shortened(statements: list[_Statement]) -> list[_Statement]:
    """The statements without states and positions that later ones replace: they stay few."""
    last = {
        (statement, values[0]): position
        for position, (statement, values) in enumerate(statements)
        if statement.startswith("REPLACE")
    }
    return [
        (statement, values)
        for position, (statement, values) in enumerate(statements)
        if last.get((statement, values[0]), position) == position
    ]
