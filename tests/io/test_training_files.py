from pathlib import Path

import pytest

from dcase_classic.io.training_files import UNKNOWN_FILES, TrainingFiles
from dcase_classic.records import Clip, Span, Split


def clip(path):
    return Clip(path=Path(path), machine_type="fan", section="00", split=Split.TRAIN)


def test_files_are_found_again_from_the_folder_that_holds_them_all():
    paths = ["/data/fan/day 1/a.wav", "/data/fan/day 2/a.wav", "/data/fan/b.wav"]
    training = TrainingFiles.from_clips([clip(path) for path in paths])
    assert training.folder == "/data/fan"
    assert training.files == ("day 1/a.wav", "day 2/a.wav", "b.wav")
    assert [str(training.path(position)) for position in range(3)] == paths


def test_relative_paths_are_kept_from_where_they_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert TrainingFiles.from_clips([clip("a.wav")]).path(0) == tmp_path / "a.wav"


def test_a_name_stands_for_a_file_where_it_is_the_only_one():
    files = TrainingFiles(folder="/a/mon", files=("8.wav", "tue/8.wav", "tue/9.wav"))
    assert [files.position(name) for name in ("mon/8.wav", "tue/8.wav", "9.wav")] == [0, 1, 2]
    assert files.position("8.wav") is None
    assert files.position("7.wav") is None
    assert [files.name(number) for number in range(3)] == ["8.wav", "tue/8.wav", "9.wav"]


def test_windows_of_one_file_have_its_name():
    spans = (Span(start_s=0.0, end_s=2.0), Span(start_s=2.0, end_s=4.0), None)
    files = TrainingFiles(folder="/a", files=("tue/8.wav", "tue/8.wav", "9.wav"), spans=spans)
    assert [files.name(number) for number in range(3)] == ["8.wav", "8.wav", "9.wav"]
    assert files.position("8.wav from 2.0 to 4.0 s") == 1
    assert files.unit == "window"


def test_files_may_be_unknown():
    assert UNKNOWN_FILES.files == ()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a" * 5000])
def test_what_can_be_no_path_is_refused(name):
    with pytest.raises(ValueError, match="files: got .*, expected paths"):
        TrainingFiles(folder="/data", files=("a.wav", name))
