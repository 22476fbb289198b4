"""A folder that a recorder fills: every file once, and only when it is closed.

A file is closed when it has not changed for two seconds, or when it was seen before under the name
of a file that is being written. By default the folder is looked at again and again, so that network
folders work; what a notifier says of closed files is believed at once.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.errors import DataError, listed, printable
from dcase_classic.io.listening.items import Began, Chunk, Ended, Idle, Item, Pause
from dcase_classic.io.recordings.decoding import iter_scaled, open_sound
from dcase_classic.io.recordings.folders import is_recording, walk

_SETTLED_S = 2.0
_LOOKING_SHARE = 0.03  # of a core at most: a look at very many files is much work
_SLOW_S = 5.0  # between looks, which is said
_AGAIN_S = 60.0  # after which a file that the system did not let us read is tried again
_BEING_WRITTEN = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file as it stood when it was looked at."""

    inode: int
    n_bytes: int
    mtime_ns: int

    @classmethod
    def look(cls, path: Path) -> "Seen | None":
        """The file as it stands; None where there is none."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(inode=status.st_ino, n_bytes=status.st_size, mtime_ns=status.st_mtime_ns)


@dataclass(slots=True, kw_only=True)
class FolderWatch:
    """Which files of a folder are closed.

    Attributes
    ----------
    folder : with all below it.
    is_known : whether a file was heard before, by its key.
    closed : paths that a notifier says are closed.
    """

    folder: Path
    is_known: Callable[[str], bool]
    closed: set[Path] = field(default_factory=set)
    _since: dict[Path, tuple[Seen, float]] = field(default_factory=dict)
    # of those that were heard, since asking for each at every look costs more than to look
    _heard: dict[Path, Seen] = field(default_factory=dict)
    _refused: dict[Path, tuple[Seen, float]] = field(default_factory=dict)
    _growing: set[Path] = field(default_factory=set)

    def look(self, now_s: float) -> list[tuple[Path, Seen]]:
        """The files that are closed and were not heard, the oldest first.

        Raises
        ------
        DataError
            If the folder cannot be read.
        """
        written = {seen for path, (seen, _) in self._since.items() if _is_being_written(path)}
        there = dict(self._iter_seen())
        since, ready = {}, []
        for path, seen in there.items():
            before = self._since.get(path)
            first_s = before[1] if before is not None and before[0] == seen else now_s
            since[path] = (seen, first_s)
            if before is not None and before[0] != seen:
                self._growing.add(path)
            is_closed = now_s - first_s >= _SETTLED_S or seen in written or path in self.closed
            if is_closed and not _is_being_written(path) and not self._is_done(path, seen, now_s):
                ready.append((path, seen))
        self._since = since
        self.closed &= there.keys()
        self._growing &= there.keys()
        for path in [*self._heard.keys() - there.keys()]:
            del self._heard[path]
        for path in [*self._refused.keys() - there.keys()]:
            del self._refused[path]
        return sorted(ready, key=lambda pair: (pair[1].mtime_ns, pair[0]))

    def key(self, path: Path, seen: Seen) -> str:
        """What stands for a file in the list of those that were heard."""
        name = printable(path.relative_to(self.folder).as_posix())  # it may be no text
        return f"{seen.n_bytes}-{seen.mtime_ns}-{name}"

    def refuse(self, path: Path, seen: Seen) -> bool:
        """Try a file again in a minute, or when it has changed; whether that is new."""
        is_new = self._refused.get(path, (None,))[0] != seen
        self._refused[path] = (seen, time.monotonic() + _AGAIN_S)
        return is_new

    def unheard(self) -> list[Path]:
        """The files that were not heard, but for those of names of what is being written."""
        return [
            path
            for path, (seen, _) in self._since.items()
            if not _is_being_written(path) and not self._is_done(path, seen, 0.0)
        ]

    @property
    def is_settled(self) -> bool:
        """Whether all was heard, but for files that have changed since the first look."""
        return self._growing.issuperset(self.unheard())

    def _is_done(self, path: Path, seen: Seen, now_s: float) -> bool:
        if self._heard.get(path) == seen:
            return True
        refused, again_s = self._refused.get(path, (None, 0.0))
        if refused == seen and now_s < again_s:
            return True
        is_known = self.is_known(self.key(path, seen))
        if is_known:
            self._heard[path] = seen
        return is_known

    @property
    def keys(self) -> Collection[str]:
        """The keys of all files that are there."""
        return {self.key(path, seen) for path, (seen, _) in self._since.items()}

    def _iter_seen(self) -> Iterator[tuple[Path, Seen]]:
        for folder in walk(self.folder):
            if folder.error is not None and folder.path == self.folder:
                raise folder.error
            for path in folder.files:
                if is_recording(path.name) or _is_being_written(path):
                    seen = Seen.look(path)
                    if seen is not None:
                        yield path, seen


def _is_being_written(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix.lower() in _BEING_WRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings:
    """How a folder is looked at.

    Attributes
    ----------
    poll_s : seconds between looks.
    is_once : end when everything that is there was heard.
    notify : None, or what tells of closed files: it is given a function to call with each path.
    """

    poll_s: float = 1.0
    is_once: bool = False
    notify: Callable[[Callable[[Path], None]], None] | None = None


def iter_folder(watch: FolderWatch, settings: FolderSettings) -> Iterator[Item]:
    """The sound of every file of a folder, file by file, for ever or once.

    Raises
    ------
    DataError
        If the folder cannot be read at the beginning; later it is waited for.
    """
    told = threading.Event()

    def tell(path: Path) -> None:
        watch.closed.add(path)
        told.set()

    if settings.notify is not None:
        settings.notify(tell)
    ready, is_first, is_lost = watch.look(time.monotonic()), True, False
    poll_s, is_slow = settings.poll_s, False
    while True:
        for path, seen in ready:
            yield from _iter_file(watch, path, seen)
        if settings.is_once and not is_first and watch.is_settled:
            if left := [str(path.relative_to(watch.folder)) for path in watch.unheard()]:
                reason = f"still being written, left for the next time: {printable(listed(left))}"
                yield Pause(condition=OperatingCondition.RUNNING, reason=reason)
            return
        is_first = False
        yield Idle()
        told.wait(poll_s)
        told.clear()
        began_s = time.thread_time()
        try:
            ready, is_lost = watch.look(time.monotonic()), False
        except DataError as error:  # a network folder may come back
            if not is_lost:
                yield Pause(condition=OperatingCondition.LOST, reason=str(error))
            ready, is_lost = [], True
        poll_s = max(settings.poll_s, (time.thread_time() - began_s) / _LOOKING_SHARE)
        if poll_s > max(settings.poll_s, _SLOW_S) and not is_slow:
            is_slow = True
            yield Pause(condition=OperatingCondition.RUNNING, reason=_slow(watch, poll_s))


def _slow(watch: FolderWatch, poll_s: float) -> str:
    return (
        f"{watch.folder}: looked at every {poll_s:.0f} s only, since so many files are in it; "
        "move away what was heard, or see --notify"
    )


def _iter_file(watch: FolderWatch, path: Path, seen: Seen) -> Iterator[Item]:
    key = watch.key(path, seen)
    yield Began(key=key, path=path)
    try:
        with open_sound(path) as sound:
            rate_hz, duration_s = sound.format.sample_rate_hz, sound.format.duration_s
        # a recorder closes a file when its last sample is written
        begin_s = seen.mtime_ns / 1e9 - duration_s
        for block in iter_scaled(path, n_samples=rate_hz):
            yield Chunk(samples=block, sample_rate_hz=rate_hz, begin_s=begin_s)
            begin_s += len(block) / rate_hz
    except DataError as error:
        if Seen.look(path) != seen:
            return  # it is being written again, and comes again
        is_final = not isinstance(error.__cause__, OSError)  # rights and drives may come back
        is_told = is_final or watch.refuse(path, seen)
        yield Ended(key=key, path=path, error=error if is_told else None, is_final=is_final)
        return
    yield Ended(key=key, path=path)
