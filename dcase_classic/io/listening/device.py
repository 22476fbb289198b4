"""A microphone or another device: opened again when it goes, at whatever rate it has then."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.errors import DataError
from dcase_classic.io.listening.items import Chunk, Idle, Item, Pause
from dcase_classic.io.listening.sound_device import SoundDevice
from dcase_classic.io.listening.timeline import Clocks, Timeline

_READ_S = 0.5
_LEAST_REOPEN_S, _MOST_REOPEN_S = 1.0, 30.0


def iter_device(
    open_recorder: Callable[[], SoundDevice],
    settings: OperatingSettings,
    *,
    clocks: Clocks,
    wait: Callable[[float], object],
) -> Iterator[Item]:
    """The sound of a device for ever; it may go and come back.

    Parameters
    ----------
    open_recorder : opens it; an OSError says that it is not there.
    settings : when it counts as lost.
    clocks : that it is timed by.
    wait : sleeps for so many seconds.

    Raises
    ------
    DataError
        If it is not there at the beginning.
    """
    try:
        recorder = open_recorder()
    except OSError as error:
        raise DataError(f"no such device ({error})", advice="see watch --devices") from error
    while True:
        with closing(recorder):
            reason = yield from _record(recorder, settings, clocks)
        yield Pause(condition=OperatingCondition.LOST, reason=reason)
        recorder = yield from _reopened(open_recorder, wait)


def _record(
    recorder: SoundDevice, settings: OperatingSettings, clocks: Clocks
) -> Generator[Item, None, str]:
    """What it records until it is lost; returns why."""
    timeline, last_s = Timeline(clocks, settings.gap_s), clocks.steady()
    rate_hz = recorder.sample_rate_hz
    while True:
        try:
            heard = recorder.read(_READ_S)
        except OSError as error:
            return str(error)
        if heard is None:
            if clocks.steady() - last_s > settings.lost_s:
                return f"no sound for {settings.lost_s:g} s"
            yield Idle()
            continue
        samples, is_missing = heard
        last_s = clocks.steady()
        begin_s, pause = timeline.place(len(samples) / rate_hz, is_all=True)
        if is_missing:
            said = "the device has lost sound, which was not read in time"
            pause = Pause(condition=OperatingCondition.GAP, reason=said)
        if pause is not None:
            yield pause
        yield Chunk(samples=samples, sample_rate_hz=rate_hz, begin_s=begin_s)


def _reopened(
    open_recorder: Callable[[], SoundDevice], wait: Callable[[float], object]
) -> Generator[Item, None, SoundDevice]:
    """The device when it is there again."""
    wait_s = _LEAST_REOPEN_S
    while True:
        yield Idle()
        wait(wait_s)
        try:
            return open_recorder()
        except OSError:
            wait_s = min(2 * wait_s, _MOST_REOPEN_S)
