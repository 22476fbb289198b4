from pathlib import Path

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.inspect import Inspection
from dcase_classic.pipeline.checkup.duplicates import duplicates
from dcase_classic.records import Clip, Severity, Split


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
