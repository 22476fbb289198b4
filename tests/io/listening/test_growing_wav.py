import os

import numpy as np
import pytest
import soundfile

from dcase_classic.io.listening.growing_wav import GrowingWav


def written(path, n_samples, value=0.5):
    soundfile.write(path, np.full(n_samples, value), 16000, subtype="PCM_16")
    return path


def test_samples_come_as_the_file_grows(tmp_path):
    path = written(tmp_path / "a.wav", 10)
    waits, ends = [], [True]

    def grow(seconds):
        waits.append(seconds)
        with path.open("ab") as file:
            file.write(b"\0\x20" * 5)

    with path.open("rb") as file:
        wav = GrowingWav(path, file, is_done=lambda: ends[0], wait=grow)
        ends[0] = False
        assert wav.read(1000) == b"\0\x40" * 10
        assert wav.read(1000) == b"\0\x20" * 5
        assert len(waits) == 1
        ends[0] = True
        assert wav.read(1000) == b""


def test_a_recording_is_known_by_how_it_begins_which_is_waited_for(tmp_path):
    path = written(tmp_path / "a.wav", 10)
    keys = set()
    for value, n_samples in ((0.5, 5000), (0.5, 9000), (0.25, 9000)):
        with written(path, 10, value).open("rb") as file:

            def grow(_, value=value, n_samples=n_samples):
                written(path, n_samples, value)

            grown = written(tmp_path / "b.wav", n_samples, value)
            keys.add(GrowingWav(path, file, is_done=lambda: False, wait=grow).key)
            with grown.open("rb") as whole:
                assert GrowingWav(grown, whole, is_done=lambda: True, wait=grow).key in keys
    assert len(keys) == 2


@pytest.mark.parametrize("how", ["another", "cut"])
def test_a_file_that_is_replaced_has_an_end_and_one_that_is_gone_is_waited_for(tmp_path, how):
    path, waits = written(tmp_path / "a.wav", 5000), []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            path.rename(tmp_path / "gone.wav")
        elif how == "another":
            written(path, 9000)
        else:
            (tmp_path / "gone.wav").rename(path)
            os.truncate(path, 44)

    with path.open("rb") as file:
        wav = GrowingWav(path, file, is_done=lambda: False, wait=wait)
        assert len(wav.read(100_000)) == 10_000
        assert wav.read(1000) == b""
        assert wav.is_replaced
    assert len(waits) == 2
