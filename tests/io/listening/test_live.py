import io
import os
import threading

import numpy as np
import pytest
import soundfile

from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.errors import DataError
from dcase_classic.io.listening.items import Chunk, Idle, Pause
from dcase_classic.io.listening.live import iter_stream
from dcase_classic.records import RawFormat

SETTINGS = OperatingSettings()
RAW = RawFormat(sample_rate_hz=8000, subtype="PCM_16", endian="LITTLE")


def samples_of(items):
    return np.concatenate([item.samples for item in items if isinstance(item, Chunk)])


def test_all_samples_of_a_stream_come_in_order():
    sound = np.arange(20001, dtype="<i2")
    items = list(iter_stream(io.BytesIO(sound.tobytes()).read, raw=RAW, settings=SETTINGS))
    np.testing.assert_array_equal(samples_of(items)[:, 0] * 32768, sound)
    chunks = [item for item in items if isinstance(item, Chunk)]
    assert {chunk.sample_rate_hz for chunk in chunks} == {8000}
    assert chunks[1].begin_s - chunks[0].begin_s == pytest.approx(0.25)


def test_pieces_that_cut_samples_are_put_together():
    sound = np.arange(500, dtype="<i2").tobytes()
    file = io.BytesIO(sound)
    items = list(iter_stream(lambda n: file.read(min(n, 7)), raw=RAW, settings=SETTINGS))
    np.testing.assert_array_equal(samples_of(items)[:, 0] * 32768, np.arange(500))


def test_a_wav_stream_tells_its_format():
    file = io.BytesIO()
    soundfile.write(file, np.zeros((800, 2)), 44100, format="WAV", subtype="PCM_16")
    file.seek(0)
    (chunk,) = iter_stream(file.read, raw=None, settings=SETTINGS)
    assert (chunk.sample_rate_hz, chunk.samples.shape) == (44100, (800, 2))
    assert chunk.coding == "PCM_16"


def test_whatever_a_header_promises_little_is_read_at_once():
    asked = []
    raw = RawFormat(sample_rate_hz=399_999, subtype="DOUBLE", n_channels=256, endian="LITTLE")

    def read(n_bytes):
        asked.append(n_bytes)
        return bytes(n_bytes * (len(asked) < 3))

    samples = samples_of(iter_stream(read, raw=raw, settings=SETTINGS))
    assert set(asked) == {2**20}
    assert samples.shape == (2 * 2**20 // 2048, 256)


def test_a_stream_that_cannot_be_read_is_said():
    def fail(_):
        raise OSError(5, "Input/output error")

    with pytest.raises(DataError, match="Input/output error"):
        list(iter_stream(fail, raw=RAW, settings=SETTINGS))


@pytest.mark.uncounted
def test_a_stream_that_stalls_is_lost_once_and_comes_back():
    reader, writer = os.pipe()
    settings = OperatingSettings(gap_s=0.1, lost_s=0.2)
    items = iter_stream(lambda n: os.read(reader, n), raw=RAW, settings=settings)
    os.write(writer, bytes(2000))
    assert isinstance(next(items), Chunk)
    stalled = [next(items) for _ in range(4)]
    assert [item.condition.value for item in stalled if isinstance(item, Pause)] == ["source lost"]
    assert sum(isinstance(item, Idle) for item in stalled) == 3
    os.write(writer, bytes(2000))
    assert isinstance(next(item for item in items if not isinstance(item, Idle)), Chunk)
    os.close(writer)
    assert not [item for item in items if isinstance(item, Chunk)]
    os.close(reader)


def test_whoever_sends_more_than_is_heard_has_to_wait():
    n_read = 0
    asked = threading.Event()

    def read(n):
        nonlocal n_read
        n_read += n
        if n_read > 100 * n:
            asked.set()
        return bytes(n)

    items = iter_stream(read, raw=RAW, settings=SETTINGS)
    next(items)
    assert not asked.wait(0.2)
    items.close()
