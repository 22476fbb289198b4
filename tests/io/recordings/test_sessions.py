import os
from pathlib import Path

import pytest

from dcase_classic.io.recordings.sessions import with_sessions
from dcase_classic.records import Clip, Domain, Split

DAY_S = 86_400


def clip(name, domain=None, attributes="", **known):
    return Clip(
        path=Path(name),
        machine_type="pump",
        section="00",
        split=Split.TRAIN,
        domain=domain,
        attributes=attributes,
        **known,
    )


def official(attributes, domain=Domain.SOURCE):
    return [
        clip(f"pump/train/section_00_{domain}_train_normal_{i:04d}_{text}.wav", domain, text)
        for i, text in enumerate(attributes)
    ]


def sessions(clips):
    named, source = with_sessions(clips)
    assert [clip.path for clip in named] == [clip.path for clip in clips]
    return [clip.session for clip in named], source


def test_the_column_of_a_list_counts_before_everything_else():
    clips = [clip("a/2024-01-31.wav", session="x"), clip("b/2024-02-01.wav", session="y")]
    assert sessions(clips) == (["x", "y"], "the column session")


def test_a_column_with_empty_cells_does_not_count():
    clips = [clip("a/1.wav", session="x"), clip("b/2.wav")]
    assert sessions(clips) == (["a", "b"], "sub-folders")


def test_what_told_the_sessions_before_is_asked_first():
    clips = [clip("a/2024-01-31.wav"), clip("b/2024-01-31.wav"), clip("b/2024-02-01.wav")]
    days = ["20240131", "20240131", "20240201"]
    named, source = with_sessions(clips, before="days in names")
    assert ([clip.session for clip in named], source) == (days, "days in names")
    assert with_sessions(clips, before="the column session")[1] == "sub-folders"


def test_attributes_of_five_values_in_a_domain_are_sessions_of_all_domains():
    clips = official("abcdea") + official("ab", Domain.TARGET)
    names, source = sessions(clips)
    assert source == "the attributes in names"
    assert names[0] == names[5]
    assert len(set(names)) == 7


@pytest.mark.parametrize("attributes", ["abcda", ["noAttribute"] * 6])
def test_attributes_of_few_values_are_conditions_and_no_sessions(attributes):
    assert sessions(official(attributes)) == ([""] * len(attributes), "")


def test_sub_folders_of_own_recordings_are_sessions():
    clips = [clip("days/monday/1.wav"), clip("days/monday/2.wav"), clip("days/friday/1.wav")]
    assert sessions(clips) == (["monday", "monday", "friday"], "sub-folders")


@pytest.mark.parametrize(
    "names",
    [
        ["20240131_0800.wav", "20240131_0900.wav", "20240201_0800.wav"],
        ["rec 2024-01-31T08.wav", "rec 2024-01-31T09.wav", "rec 2024-02-01T08.wav"],
        ["p20240131080000.wav", "p20240131090000.wav", "p20240201080000.wav"],
    ],
)
def test_the_day_in_the_name_is_the_session(names):
    days = ["20240131", "20240131", "20240201"]
    assert sessions([clip(name) for name in names]) == (days, "days in names")


@pytest.mark.parametrize(
    "name", ["12024013112.wav", "20241331.wav", "20240132.wav", "20240230.wav"]
)
def test_other_numbers_are_no_days(name):
    assert sessions([clip(name), clip("20240131.wav")]) == (["", ""], "")


def test_a_day_that_is_the_same_in_all_names_is_no_session():
    names = ["pump_20230115_20240131.wav", "pump_20230115_20240201.wav"]
    assert sessions([*map(clip, names)]) == (["20240131", "20240201"], "days in names")


def test_the_day_of_the_file_is_the_last_resort(tmp_path):
    for name, day in (("a.wav", 1), ("b.wav", 1), ("c.wav", 3)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, day * DAY_S + 100))
    clips = [clip(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav")]
    assert sessions(clips) == (["19700102", "19700102", "19700104"], "days of file times")
    assert sessions(clips[:2]) == (["", ""], "")  # all of them may have been copied on clip day


def test_file_times_of_a_data_set_are_those_of_its_copy(tmp_path):
    folder = tmp_path / "train"
    folder.mkdir()
    for name, day in (("a.wav", 1), ("b.wav", 3)):
        (folder / name).touch()
        os.utime(folder / name, (0, day * DAY_S))
    assert sessions([clip(folder / "a.wav"), clip(folder / "b.wav")]) == (["", ""], "")
