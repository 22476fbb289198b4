import os
import sys
from itertools import islice

import numpy as np
import pytest

from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.errors import ConfigError, DataError
from dcase_classic.io.listening import sound_device
from dcase_classic.io.listening.device import iter_device
from dcase_classic.io.listening.items import Pause
from dcase_classic.io.listening.timeline import Clocks

SETTINGS = OperatingSettings(gap_s=1.0, lost_s=5.0)
SOUND = np.zeros((1600, 1), np.float32)


class FakeDevice:
    """A device as `SoundDevice` is: gives what it is told to, by clocks that it moves.

    It stands for a microphone where there is none; a script says when sound comes, is missing, or
    the device is pulled out.
    """

    def __init__(self, script, time, rate_hz=16000):
        self.sample_rate_hz, self._script, self._time, self.is_closed = rate_hz, script, time, False

    def read(self, timeout_s):
        match self._script.pop(0):
            case "sound":
                self._time[0] += 0.1
                return SOUND, False
            case "missing":
                self._time[0] += 0.1
                return SOUND, True
            case "nothing":
                self._time[0] += timeout_s
                return None
            case "late":
                self._time[0] += 3.0
                return SOUND, False
            case gone:
                raise OSError(gone)

    def close(self):
        self.is_closed = True


def run(scripts, n):
    """The first ``n`` items of devices that follow scripts; "away" is none at all."""
    time, devices, waits = [100.0], [], []

    def open_recorder():
        script = scripts.pop(0)
        if script == "away":
            raise OSError("not there")
        devices.append(FakeDevice(list(script), time))
        return devices[-1]

    clocks = Clocks(wall=lambda: time[0], steady=lambda: time[0])
    items = iter_device(open_recorder, SETTINGS, clocks=clocks, wait=waits.append)
    return list(islice(items, n)), devices, waits


def kinds(items):
    return [
        item.condition.value if isinstance(item, Pause) else type(item).__name__ for item in items
    ]


def test_the_sound_of_a_device_comes_with_its_time():
    items, _, _ = run([["sound"] * 3], 3)
    assert [item.begin_s for item in items] == pytest.approx([100.0, 100.1, 100.2])
    assert kinds(items) == ["Chunk"] * 3


def test_sound_that_a_device_has_lost_is_a_gap():
    items, _, _ = run([["sound", "missing", "sound"]], 4)
    assert kinds(items) == ["Chunk", "gap", "Chunk", "Chunk"]


def test_a_device_that_is_pulled_out_is_lost_and_opened_again():
    items, devices, waits = run([["sound", "unplugged"], "away", "away", ["sound"]], 6)
    assert kinds(items) == ["Chunk", "source lost", "Idle", "Idle", "Idle", "Chunk"]
    assert items[1].reason == "unplugged"
    assert devices[0].is_closed
    assert waits == [1.0, 2.0, 4.0]


def test_a_device_that_gives_nothing_is_lost():
    items, _, _ = run([["sound", *["nothing"] * 11], ["sound"]], 13)
    assert kinds(items) == ["Chunk", *["Idle"] * 10, "source lost", "Idle"]


def test_a_device_that_is_not_there_at_the_beginning_is_said():
    with pytest.raises(DataError, match="no such device"):
        run(["away"], 1)


def test_without_the_library_it_is_said_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(ConfigError, match=r"dcase_classic\[live\]"):
        sound_device.input_devices()


def has_portaudio():
    try:
        import sounddevice  # noqa: F401 - whether it can be imported is the question
    except (ImportError, OSError):
        return False
    return os.name == "posix"


@pytest.mark.skipif(not has_portaudio(), reason="needs sounddevice and PortAudio (libportaudio2)")
def test_a_device_that_is_not_there_is_an_error_of_the_system():
    with pytest.raises(OSError, match="(?i)device"):
        sound_device.SoundDevice("no such device", sample_rate_hz=16000, n_channels=1)
    assert isinstance(sound_device.input_devices(), list)
