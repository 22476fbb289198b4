from pathlib import Path

import pytest
import writing

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import by_section, find_clips, parse_clip
from dcase_classic.records import Domain, Label, Split

REAL_NAMES = {
    "section_00_source_train_normal_0000_m-n_X": ("00", Domain.SOURCE, Label.NORMAL, "m-n_X"),
    "section_04_source_test_anomaly_0100_vel_8_loc_D": (
        "04",
        Domain.SOURCE,
        Label.ANOMALY,
        "vel_8_loc_D",
    ),
    "section_03_source_test_anomaly_0000_volt_3.0": (
        "03",
        Domain.SOURCE,
        Label.ANOMALY,
        "volt_3.0",
    ),
    "section_00_source_normal_0035_weight15_BckgF": (
        "00",
        Domain.SOURCE,
        Label.NORMAL,
        "weight15_BckgF",
    ),
    "section_05_source_test_normal_0100": ("05", Domain.SOURCE, Label.NORMAL, ""),
    "section_03_target_test_0012": ("03", Domain.TARGET, None, ""),
    "section_00_0000": ("00", None, None, ""),
    "anomaly_id_01_00000098": ("01", None, Label.ANOMALY, ""),
    "id_01_00000098": ("01", None, None, ""),
}


@pytest.mark.parametrize(("stem", "expected"), REAL_NAMES.items(), ids=REAL_NAMES)
def test_the_names_of_all_years_are_understood(stem, expected):
    clip = parse_clip(Path("root/fan/test") / f"{stem}.wav", split=Split.TEST)
    assert (clip.section, clip.domain, clip.label, clip.attributes) == expected
    assert (clip.machine_type, clip.name) == ("fan", f"{stem}.wav")


def test_an_unknown_name_is_refused():
    with pytest.raises(DataError, match=r"recording1\.wav: the name cannot be understood"):
        parse_clip(Path("root/fan/test/recording1.wav"), split=Split.TEST)


@pytest.mark.parametrize("below", [".", "dev_data", "dev_data/raw", "dev_data/raw/pump"])
def test_clips_are_found_from_any_folder_above_them(data, below):
    clips = find_clips(data / below, machines=["pump"])
    assert {clip.machine_type for clip in clips} == {"pump"}
    assert sum(clip.split is Split.TRAIN for clip in clips) == 15
    assert sum(clip.split is Split.TEST for clip in clips) == 12


def test_clips_are_sorted_and_grouped_by_machine_and_section(data):
    clips = find_clips(data, split=Split.TRAIN)
    assert list(by_section(clips)) == [("fan", "00"), ("pump", "00")]
    names = [(clip.machine_type, clip.name) for clip in clips]
    assert names == sorted(names)


def test_other_files_and_folders_are_left_alone(own_data):
    (own_data / "pump" / "train" / "notes.txt").write_text("hello")
    (own_data / "pump" / "train" / "._section_00_0000.wav").write_text("a file system's shadow")
    (own_data / "pump" / "supplemental" / "train").mkdir(parents=True)
    (own_data / "processed" / "pump" / "train").mkdir(parents=True)
    assert len(find_clips(own_data, machines=["pump"])) == 27


def test_an_unknown_machine_is_named_with_the_known_ones(data):
    with pytest.raises(DataError, match="no machine 'valve', expected one of fan, pump"):
        find_clips(data, machines=["valve"])


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        find_clips(tmp_path / "nowhere")


def test_a_folder_without_splits_is_refused(tmp_path):
    with pytest.raises(DataError, match="no recording in it; expected <machine>"):
        find_clips(tmp_path)
    (tmp_path / "a.wav").touch()
    with pytest.raises(DataError, match="no folder named train or test"):
        find_clips(tmp_path)


@pytest.mark.parametrize(("split", "wanted"), [(Split.TEST, "test clip"), (None, "clip")])
def test_a_folder_without_clips_is_refused(tmp_path, split, wanted):
    (tmp_path / "pump" / "train").mkdir(parents=True)
    with pytest.raises(DataError, match=f"no {wanted} in it"):
        find_clips(tmp_path, split=split)


def test_a_clip_that_stands_twice_is_refused(own_data):
    twin = own_data / "more" / "pump" / "train"
    twin.mkdir(parents=True)
    first = min((own_data / "pump" / "train").iterdir())
    (twin / first.name).write_bytes(first.read_bytes())
    with pytest.raises(DataError, match="stands 2 times"):
        find_clips(own_data)


def test_a_section_in_the_folders_of_two_years_is_refused(tmp_path):
    for year, index in ((2023, 0), (2024, 7)):
        name = f"section_00_source_train_normal_{index:04d}_m-n_W.wav"
        writing.touch(tmp_path / f"dcase{year}t2" / "dev_data" / "raw" / "fan" / "train", name)
    with pytest.raises(DataError, match="fan section 00 has recordings of 2023 and 2024; give"):
        find_clips(tmp_path)
    assert len(find_clips(tmp_path / "dcase2024t2")) == 1


@pytest.mark.parametrize("folder", ["dcase2024t2/copy", "my_dcase2024t2"])
def test_the_nearest_folder_tells_the_year(tmp_path, folder):
    for place, index in ((".", 0), (folder, 7)):
        name = f"section_00_source_train_normal_{index:04d}_m-n_W.wav"
        writing.touch(tmp_path / place / "dcase2023t2" / "raw" / "fan" / "train", name)
    assert len(find_clips(tmp_path)) == 2
