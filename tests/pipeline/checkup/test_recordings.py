from pathlib import Path

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.inspect import Inspection
from dcase_classic.pipeline.checkup.recordings import (
    bad_files,
    duplicates,
    odd_formats,
    unread_names,
)
from dcase_classic.records import Clip, Severity, Split
from dcase_classic.sound.clip_format import ClipFormat

USUAL = {"sample_rate_hz": 16000, "n_channels": 1, "coding": "PCM_16", "n_samples": 160000}


def clip(path, machine_type="fan"):
    return Clip(path=Path(path), machine_type=machine_type, section="00", split=Split.TRAIN)


def seen(error=None, flags=(), **changes):
    made = None if error else ClipFormat(**(USUAL | changes))
    return Inspection(error=error, format=made, flags=flags, fingerprint=b"")


def test_a_bad_file_is_an_error_and_an_odd_sound_a_warning():
    error = DataError("empty file", path="a.wav", advice="copy it again")
    rows = [(clip("a.wav"), seen(error)), (clip("b.wav"), seen(flags=("clipped",)))]
    bad, odd = bad_files(rows)
    assert (bad.severity, bad.kind, str(bad.path)) == (Severity.ERROR, "bad file", "a.wav")
    assert (odd.severity, odd.kind, str(odd.path)) == (Severity.WARNING, "odd sound", "b.wav")
    assert (bad.problem, odd.problem) == ("empty file", "clipped")


@pytest.mark.parametrize(
    ("n_samples", "rate_hz", "n_short"), [(1023, 16000, 1), (1024, 16000, 0), (2048, 48000, 1)]
)
def test_a_recording_shorter_than_a_frame_is_an_error(n_samples, rate_hz, n_short):
    look = seen(n_samples=n_samples, sample_rate_hz=rate_hz)
    short = list(bad_files([(clip("a.wav"), look)]))
    assert len(short) == n_short
    assert all(finding.problem.startswith("too short, 0.0") for finding in short)


@pytest.mark.parametrize("changes", [{"n_channels": 2}, {"coding": "PCM_24"}, {"n_samples": 8000}])
def test_a_recording_unlike_most_of_its_machine_is_named(changes):
    rows = [(clip(f"{number}.wav"), seen()) for number in range(3)]
    (finding,) = odd_formats([*rows, (clip("odd.wav"), seen(**changes))])
    assert (str(finding.path), finding.kind) == ("odd.wav", "format")


def test_machines_may_differ_from_each_other():
    rows = [(clip(f"{number}.wav"), seen()) for number in range(3)]
    other = (clip("other.wav", "pump"), seen(n_channels=2))
    assert list(odd_formats([*rows, other])) == []


def test_a_file_with_the_name_of_a_clip_that_nothing_reads_is_named(tmp_path):
    (tmp_path / "section_00_source_train_normal_0001.docx").touch()
    path = tmp_path / "section_00_source_train_normal_0000.wav"
    path.touch()
    (finding,) = unread_names([clip(path)])
    assert finding.problem == "named like a clip, but .docx is not read"


def inspected(*rows):
    """Clips of these files, each with what is seen of it at a glance."""
    return [
        (
            Clip(path=path, machine_type="fan", section="00", split=split),
            Inspection(error=error, format=None, flags=(), fingerprint=fingerprint),
        )
        for path, split, fingerprint, error in rows
    ]


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    for path, content in zip(paths, (b"one", b"one", b"two"), strict=True):
        path.write_bytes(content)
    return paths


def test_equal_fingerprints_of_a_quick_look_are_confirmed_by_the_contents(files):
    rows = inspected(*((path, Split.TEST, b"same", None) for path in files))
    (finding,) = duplicates(rows, is_deep=False)
    assert (finding.path, finding.kind) == (files[1], "duplicate")


def test_equal_fingerprints_of_all_samples_are_proof_enough(files):
    rows = inspected(*((path, Split.TEST, b"same", None) for path in files))
    assert [finding.path for finding in duplicates(rows, is_deep=True)] == files[1:]


def test_a_training_clip_among_the_test_clips_is_an_error(files):
    rows = inspected((files[0], Split.TRAIN, b"same", None), (files[1], Split.TEST, b"same", None))
    (finding,) = duplicates(rows, is_deep=False)
    assert (finding.kind, finding.severity) == ("leak", Severity.ERROR)


def test_files_that_cannot_be_used_are_nobodys_duplicates():
    error = DataError("empty")
    rows = inspected(*((Path(name), Split.TEST, b"same", error) for name in "ab"))
    assert list(duplicates(rows, is_deep=True)) == []
