"""Sound from a reader that waits for it: a pipe, a wav file that grows, a device."""

import queue
import threading
from collections.abc import Iterator

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.errors import DataError
from dcase_classic.io.listening.items import Chunk, Idle, Item, Pause
from dcase_classic.io.listening.samples import Read, decode_samples, read_wav_header
from dcase_classic.io.listening.timeline import Clocks, Timeline
from dcase_classic.io.recordings.raw_samples import frame_bytes
from dcase_classic.records import RawFormat

CHUNK_S = 0.25  # of sound that is read at once
_MOST_BYTES = 2**20  # of a chunk, at whatever rate and with however many channels
_WAITING = 16  # chunks; whoever sends more has to wait
_IDLE_S = 0.5
CLOCKS = Clocks()


def iter_stream(
    read: Read, *, raw: RawFormat | None, settings: OperatingSettings, began_s: float | None = None
) -> Iterator[Item]:
    """The sound of a stream until it ends; without ``raw`` it has a wav header.

    ``began_s`` tells when its first sample was made; without it that is when it comes.

    Raises
    ------
    DataError
        If the stream has no samples that can be read.
    """
    if raw is None:
        raw = read_wav_header(read).raw
    waiting: queue.Queue[bytes | OSError] = queue.Queue(_WAITING)
    n_bytes = min(round(CHUNK_S * raw.sample_rate_hz) * frame_bytes(raw), _MOST_BYTES)
    reader = threading.Thread(target=_read_all, args=(read, n_bytes, waiting), daemon=True)
    reader.start()
    timeline = Timeline(CLOCKS, settings.gap_s, began_s=began_s)
    yield from _timed(waiting, raw, timeline, lost_s=settings.lost_s)


def _read_all(read: Read, n_bytes: int, waiting: "queue.Queue[bytes | OSError]") -> None:
    """Put what comes into the queue, at last the end."""
    try:
        while content := read(n_bytes):
            waiting.put(content)
        waiting.put(b"")
    except OSError as error:
        waiting.put(error)
    except ValueError:  # the file was closed: nobody listens any more
        return


def _timed(
    waiting: "queue.Queue[bytes | OSError]", raw: RawFormat, timeline: Timeline, *, lost_s: float
) -> Iterator[Item]:
    n_frame, rest, is_lost = frame_bytes(raw), b"", False
    last_s = CLOCKS.steady()
    while True:
        try:
            content = waiting.get(timeout=_IDLE_S)
        except queue.Empty:
            is_late = CLOCKS.steady() - last_s > lost_s
            if is_late and not is_lost:
                is_lost = True
                timeline.forget()
                silent = f"no sound for {lost_s:g} s"
                yield Pause(condition=OperatingCondition.LOST, reason=silent)
            yield Idle()
            continue
        if isinstance(content, OSError):
            raise DataError(f"cannot be read ({content.strerror})") from content
        if not content:
            return
        rest += content
        n_whole = len(rest) // n_frame * n_frame
        whole, rest = rest[:n_whole], rest[n_whole:]
        if not whole:
            continue
        samples = decode_samples(whole, raw)
        seconds = len(samples) / raw.sample_rate_hz
        is_lost, last_s = False, CLOCKS.steady()
        begin_s, pause = timeline.place(seconds, is_all=waiting.empty())
        if pause is not None:
            yield pause
        rate_hz, coding = raw.sample_rate_hz, raw.subtype
        yield Chunk(samples=samples, sample_rate_hz=rate_hz, begin_s=begin_s, coding=coding)
