"""Listen to a source with the models of machines, and tell of alarms: each once, none lost."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.tracker import AlarmEvent, EventKind
from dcase_classic.errors import DataError, DcaseClassicError, sentence
from dcase_classic.io.journal import Entry, HeardSoFar, Journal, position_key
from dcase_classic.io.kept_alarms import keep_message, keep_picture, keep_sound
from dcase_classic.io.listening.items import Began, Chunk, Ended, Item, Pause
from dcase_classic.io.sinks.sink import Courier
from dcase_classic.pipeline.peak_sounds import PeakSound
from dcase_classic.pipeline.posts import Post

_SAVE_S = 10.0  # how much is forgotten by a kill: what was learned, and heard of a live source
_SHOW_S = 10.0  # between statuses of which only numbers change

Choose = Callable[[Path], Sequence[Post] | DataError]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchParts:
    """What a watch works with.

    Attributes
    ----------
    posts : the machines that are listened to.
    journal : what must not be forgotten.
    couriers : who is told.
    say : is told in a line what happens to the source.
    choose : the posts that a recording is for; None where every sound is for all.
    keep_folder : where the sound of alarms is kept, or None.
    note : is told of every window and every alarm, for who tells afterwards; or None.
    """

    posts: Sequence[Post]
    journal: Journal
    couriers: Sequence[Courier]
    say: Callable[[str], None]
    choose: Choose | None = None
    keep_folder: Path | None = None
    note: Callable[[MachineStatus | AlarmMessage], None] | None = None


class Watch:
    """Listens to a source, item by item.

    Attributes
    ----------
    n_raised : alarms that were raised.
    n_unread : recordings and streams that could not be read, can have no score, or are for no
        machine.
    """

    def __init__(self, parts: WatchParts) -> None:
        self._parts = parts
        self._listening: Sequence[Post] = parts.posts
        self._key = ""
        self._saved_s = self._shown_s = monotonic()
        self._shown: dict[str, MachineStatus] = {}
        self._problems: dict[str, str] = {}
        self.n_raised = self.n_unread = 0

    def run(self, items: Iterable[Item], *, until_alarm: bool = False) -> None:
        """Listen until the source ends, or until the first alarm if that is wanted."""
        self._show_earlier()
        try:
            for item in items:
                self._take(item)
                self._show()
                if until_alarm and self.n_raised:
                    return
            for post in self._listening:
                if not self._key:
                    self._hear_out(post)
                    continue
                self.n_unread += post.was_unusable  # of a file that may grow again
                if not post.n_windows:
                    short = "shorter than a window, of which there was none"
                    self._parts.say(f"{post.source or post.status.name}: {short}")
            self._show()
        finally:
            self._write(())

    def _take(self, item: Item) -> None:
        match item:
            case Chunk():
                for post in self._listening:
                    self._tell(post, post.hear(item))
            case Pause():
                self._parts.say(item.reason)
                is_broken = item.condition is not OperatingCondition.RUNNING  # a clock was set
                for post in self._parts.posts if is_broken else ():
                    post.interrupt(item.condition)
            case Began():
                self._begin(item)
            case Ended():
                self._end(item)
        if monotonic() - self._saved_s > _SAVE_S:
            self._write(())

    def _begin(self, began: Began) -> None:
        """Find out whom a recording is for, and how far it was heard."""
        self._key = began.key
        chosen = self._parts.posts if self._parts.choose is None else self._parts.choose(began.path)
        if isinstance(chosen, DataError):
            self._leave_out(chosen)
            chosen = ()
        self._listening = chosen
        for post in chosen:
            n_windows = self._parts.journal.position(self._position_key(post)).n_windows
            if post.seconds_before(n_windows) > began.duration_s:
                n_windows = 0  # another recording, which begins as that of before: with silence
            post.begin(n_windows, source=str(began.path))

    def _end(self, ended: Ended) -> None:
        """Hear a recording out, and note that it was heard."""
        if ended.error is not None:
            self._leave_out(ended.error)
        for post in self._listening:
            if ended.error is None and ended.is_final:
                self._hear_out(post)
            post.begin()
        done = {position_key(ended.key): HeardSoFar(is_done=True)}
        self._write((), done if ended.is_final else {})
        self._key, self._listening = "", ()

    def _hear_out(self, post: Post) -> None:
        """Hear what is left of sound that has ended."""
        self._tell(post, post.finish())
        self.n_unread += post.was_unusable
        post.begin()

    def _leave_out(self, error: DataError) -> None:
        self.n_unread += 1
        self._parts.say(sentence(error.path, error.problem, error.advice))

    def _tell(self, post: Post, heard: Iterator[tuple[AlarmEvent, ...]]) -> None:
        """Write the events of windows as they come; then they are delivered."""
        note = self._parts.note
        for events in heard:
            messages = tuple(self._message(post, event) for event in events)
            if messages:
                self._write(messages)
            self._say_problem(post)
            if note is not None:
                note(post.status)
                for message in messages:
                    note(message)

    def _say_problem(self, post: Post) -> None:
        """Say why a window can have no score, as long as it is so once."""
        problem = f"{post.source or post.status.name}: {post.problem}" if post.is_unusable else ""
        if problem and problem != self._problems.get(post.name):
            self._parts.say(problem)
        self._problems[post.name] = problem

    def _message(self, post: Post, event: AlarmEvent) -> AlarmMessage:
        self.n_raised += event.kind is EventKind.RAISED
        detector = post.detector
        message = AlarmMessage.from_event(event, detector.machine_type, detector.section)
        peak = post.peak_of(event.incident)
        if peak is not None:
            message = replace(message, source=peak.source, why=self._why(post, peak))
        elif event.kind is EventKind.RAISED:
            message = replace(message, source=post.source)
        message = self._kept(post, message, peak)
        post.note_told(message)
        return message

    def _why(self, post: Post, peak: PeakSound) -> str:
        try:
            return post.explain_peak(peak)
        except (
            DcaseClassicError,
            OSError,
            ValueError,
        ) as error:  # an alarm is told, whatever is behind it
            self._parts.say(f"{post.status.name}: what is odd cannot be told ({error})")
            return ""

    def _kept(self, post: Post, message: AlarmMessage, peak: PeakSound | None) -> AlarmMessage:
        """The message with the file of its sound, if it is to be kept."""
        folder = self._parts.keep_folder
        if folder is None:
            return message
        try:
            if peak is not None:
                path = keep_sound(folder, message, peak.samples, peak.sample_rate_hz)
                message = replace(message, kept=str(path))
                keep_picture(folder, message, post.draw_peak(peak))
            if message.kept:
                keep_message(folder, message)
        except OSError as error:  # an alarm is told, whatever the disk says
            self._parts.say(f"{folder}: the sound of an alarm cannot be kept ({error.strerror})")
        return message

    def _write(
        self, messages: tuple[AlarmMessage, ...], positions: Mapping[str, HeardSoFar] | None = None
    ) -> None:
        """Write how everything stands, with what has to be told, in one."""
        if positions is None and self._key:
            positions = {
                self._position_key(post): HeardSoFar(n_windows=post.n_windows)
                for post in self._listening
            }
        states = {post.name: post.state for post in self._parts.posts}
        self._parts.journal.write(
            Entry(states=states, positions=positions or {}, messages=messages)
        )
        self._saved_s = monotonic()
        for courier in self._parts.couriers if messages else ():
            courier.wake()

    def _position_key(self, post: Post) -> str:
        return position_key(self._key, post.name)

    def _show_earlier(self) -> None:
        """Tell how machines stood when an earlier watch ended, where the last word may be older."""
        keepers = [courier for courier in self._parts.couriers if courier.sink.keeps_status]
        for post in self._parts.posts:
            for courier in keepers if post.status.at_s > 0 else ():
                courier.show(post.status)

    def _show(self) -> None:
        """Tell how machines stand: at once what is new, now and then the numbers."""
        is_time = monotonic() - self._shown_s > _SHOW_S
        if is_time:
            self._shown_s = monotonic()
        for post in self._parts.posts:
            status = post.status
            before = self._shown.get(post.name)
            if post.has_news and (is_time or status.has_news(before)):
                self._shown[post.name] = status
                for courier in self._parts.couriers:
                    courier.show(status)
