import numpy as np
import pytest
import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.listening.growing_wav import GrowingWav


def test_samples_come_as_the_file_grows(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(10, 0.5), 16000)
    waits = []

    def grow(seconds):
        waits.append(seconds)
        with path.open("ab") as file:
            file.write(b"\0\x20" * 5)

    with GrowingWav(path, is_done=lambda: len(waits) > 1, wait=grow) as wav:
        assert wav.read(1000) == b"\0\x40" * 10
        assert wav.read(1000) == b"\0\x20" * 5
        assert len(waits) == 1
        waits.append(0.0)
        assert wav.read(1000) == b""


def test_what_was_heard_before_is_skipped(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.arange(10) / 32768, 16000)
    with GrowingWav(path, n_skipped=8, is_done=lambda: True, wait=print) as wav:
        assert wav.read(1000) == b"\x08\0\x09\0"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        GrowingWav(tmp_path / "none.wav", is_done=lambda: True, wait=print)
