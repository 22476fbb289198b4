import hashlib

import numpy as np
import pytest
import soundfile
from conftest import write_wav

from dcase_classic.io.recordings.prepared import SegmentRow
from dcase_classic.io.recordings.segment_files import (
    make_folders,
    read_exact,
    remove_stale,
    size_and_time_ns,
    write_segment,
)

NOISE = np.random.default_rng(0).uniform(-0.9, 0.9, size=(800, 2))
FRAMES = np.arange(12, dtype=np.float32).reshape(3, 4)


def segment(**changes):
    cells = {
        "machine_type": "fan", "section": "00", "split": "test", "index": 3, "segment_id": 1,
        "start_sample": 100, "n_samples": 50, "sample_rate_hz": 8000, "domain": "source",
        "label": "normal", "attributes": "", "name": "a.wav", "source": "a.wav",
        "source_bytes": 1, "source_mtime_ns": 1, "segment_sha256": "", "spectrogram_sha256": "",
    }  # fmt: skip
    return SegmentRow(**(cells | changes))


@pytest.mark.parametrize(
    ("coding", "kept"),
    [
        ("PCM_U8", "PCM_U8"),
        ("PCM_16", "PCM_16"),
        ("PCM_24", "PCM_24"),
        ("PCM_32", "PCM_32"),
        ("FLOAT", "FLOAT"),
        ("DOUBLE", "DOUBLE"),
        ("ULAW", "PCM_16"),
        ("ALAW", "PCM_16"),
        ("IMA_ADPCM", "FLOAT"),
    ],
)
def test_a_segment_holds_the_very_samples_of_its_recording(tmp_path, coding, kept):
    samples = NOISE[:, :1] if coding == "IMA_ADPCM" else NOISE
    path = write_wav(tmp_path / "a.wav", samples, rate_hz=8000, subtype=coding)
    make_folders(tmp_path, "fan", "test")
    row = write_segment(tmp_path, segment(), read_exact(path), FRAMES)
    cut, rate_hz = soundfile.read(row.segment_path(tmp_path), dtype="float64", always_2d=True)
    whole, _ = soundfile.read(path, dtype="float64", always_2d=True)
    assert rate_hz == 8000
    assert soundfile.info(row.segment_path(tmp_path)).subtype == kept
    assert np.array_equal(cut, whole[100:150])


def test_a_spectrogram_has_mel_bands_first(tmp_path):
    path = write_wav(tmp_path / "a.wav", NOISE)
    make_folders(tmp_path, "fan", "test")
    row = write_segment(tmp_path, segment(), read_exact(path), FRAMES)
    assert np.array_equal(np.load(row.spectrogram_path(tmp_path)), FRAMES.T)


def test_a_row_gets_the_hashes_of_both_files(tmp_path):
    path = write_wav(tmp_path / "a.wav", NOISE)
    make_folders(tmp_path, "fan", "test")
    row = write_segment(tmp_path, segment(), read_exact(path), FRAMES)
    for file, digest in (
        (row.segment_path(tmp_path), row.segment_sha256),
        (row.spectrogram_path(tmp_path), row.spectrogram_sha256),
    ):
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_only_segments_that_no_row_names_are_removed(tmp_path):
    path = write_wav(tmp_path / "a.wav", NOISE)
    make_folders(tmp_path, "fan", "test")
    recording = read_exact(path)
    kept, gone = (write_segment(tmp_path, segment(index=i), recording, FRAMES) for i in (0, 1))
    mine = tmp_path / "audio_segments" / "fan" / "test" / "notes.txt"
    mine.touch()
    remove_stale(tmp_path, "fan", "test", [kept])
    assert [kept.segment_path(tmp_path).exists(), kept.spectrogram_path(tmp_path).exists()] == [
        True, True
    ]  # fmt: skip
    assert [gone.segment_path(tmp_path).exists(), gone.spectrogram_path(tmp_path).exists()] == [
        False, False
    ]  # fmt: skip
    assert mine.exists()


def test_a_recording_of_another_size_or_time_is_told_at_a_glance(tmp_path):
    path = write_wav(tmp_path / "a.wav", NOISE)
    before = size_and_time_ns(path)
    path.write_bytes(path.read_bytes() + b"x")
    assert size_and_time_ns(path)[0] == before[0] + 1
