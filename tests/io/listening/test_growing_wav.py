import numpy as np
import soundfile

from dcase_classic.io.listening.growing_wav import GrowingWav


def test_samples_come_as_the_file_grows(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(10, 0.5), 16000)
    waits = []

    def grow(seconds):
        waits.append(seconds)
        with path.open("ab") as file:
            file.write(b"\0\x20" * 5)

    with path.open("rb") as file:
        wav = GrowingWav(file, is_done=lambda: len(waits) > 1, wait=grow)
        assert wav.read(1000) == b"\0\x40" * 10
        assert wav.read(1000) == b"\0\x20" * 5
        assert len(waits) == 1
        waits.append(0.0)
        assert wav.read(1000) == b""
