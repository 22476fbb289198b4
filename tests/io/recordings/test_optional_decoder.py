"""Files that PyAV decodes, and what it ends in where they are damaged."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import in_full_scale
from dcase_classic.io.recordings.decoding import decode_values
from dcase_classic.io.recordings.file_part import FilePart
from dcase_classic.io.recordings.limits import check_form

pytest.importorskip("av", reason="needs PyAV")
SAMPLES = np.random.default_rng(0).uniform(-0.3, 0.3, 8000)


@pytest.fixture
def made(tmp_path):
    """Makes a matroska file of samples in a coding."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    soundfile.write(tmp_path / "a.wav", SAMPLES, 16000)

    def make(coding):
        path = tmp_path / "a.mka"
        command = ["ffmpeg", "-v", "error", "-y", "-i", tmp_path / "a.wav", "-c:a", coding, path]
        subprocess.run(command, check=True)
        return path

    return make


@pytest.mark.parametrize(
    ("coding", "step"), [("pcm_u8", 2**-7), ("pcm_s16le", 2**-15), ("flac", 2**-15)]
)
def test_integers_of_every_kind_have_full_scale_1(made, coding, step):
    values = in_full_scale(decode_values(made(coding))[0])
    assert np.abs(values[:, 0] - SAMPLES).max() <= step


def test_a_coding_that_is_unknown_is_one_line(made):
    path = made("flac")
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"X_FLAC"))
    with pytest.raises(DataError, match="no sound track"):
        decode_values(path)


def test_a_track_without_a_channel_is_one_line():
    with pytest.raises(DataError, match="0 channels, expected at least 1"):
        check_form(Path("a.mka"), 16000, 0)


def test_a_part_of_a_file_is_never_left(tmp_path):
    (tmp_path / "a").write_bytes(b"0123456789")
    with (tmp_path / "a").open("rb") as file:
        part = FilePart(file, b"ab", 4, 3)
        assert [part.seek(n) for n in (-1, 2, 2**64)] == [0, 2, 5]
        assert part.read(1) == b""
        assert (part.seek(-4, io.SEEK_CUR), part.read(9)) == (1, b"b456")
