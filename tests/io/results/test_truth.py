import errno
import os
from pathlib import Path

import pytest
import writing

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.results.truth import read_test_names, read_truth

NAMES = writing.hidden_names()
IS_ANOMALY = {name: label == 1 for name, (label, _) in zip(NAMES, writing.labels(), strict=True)}
IS_TARGET = {name: domain == 1 for name, (_, domain) in zip(NAMES, writing.labels(), strict=True)}


def only_section(truth):
    (section,) = truth.sections.values()
    return section


@pytest.mark.parametrize("point", ["", "ground_truth_data", "ground_truth_domain"])
def test_the_official_folders_tell_labels_and_domains(tmp_path, point, monkeypatch):
    writing.write_ground_truth(tmp_path)
    truth = read_truth([tmp_path / point])
    monkeypatch.chdir(tmp_path / point)
    assert read_truth([Path()]) == truth
    assert list(truth.sections) == [("fan", "03")]
    assert only_section(truth).is_anomaly == IS_ANOMALY
    assert only_section(truth).is_target == IS_TARGET
    assert truth.warnings == ()


def test_other_files_in_the_official_folders_are_left_alone(tmp_path):
    writing.write_ground_truth(tmp_path)
    writing.write_lines(tmp_path / "ground_truth_data" / "notes.csv", ["anything"])
    assert list(read_truth([tmp_path]).sections) == [("fan", "03")]


def test_in_2021_the_names_tell_the_domain(tmp_path):
    for domain in ("source", "target"):
        writing.write_lines(
            tmp_path / "ground_truth_data" / f"ground_truth_fan_section_03_{domain}_test.csv",
            [f"section_03_{domain}_test_0000.wav,0", f"section_03_{domain}_test_0001.wav,1"],
        )
    section = only_section(read_truth([tmp_path]))
    assert section.is_anomaly["section_03_source_test_0001.wav"]
    assert not section.is_target["section_03_source_test_0001.wav"]
    assert section.is_target["section_03_target_test_0000.wav"]


@pytest.mark.parametrize("as_folder", [True, False])
def test_an_evaluation_list_tells_everything(tmp_path, as_folder):
    path = writing.write_list(tmp_path / "eval_data_list_2023.csv", machines=("fan", "bandsaw"))
    truth = read_truth([tmp_path if as_folder else path])
    assert list(truth.sections) == [("fan", "03"), ("bandsaw", "03")]
    section = truth.sections["bandsaw", "03"]
    assert (section.is_anomaly, section.is_target) == (IS_ANOMALY, IS_TARGET)
    assert section.labelled_names[writing.labelled_names()[7]] == NAMES[7]


def test_the_list_of_2020_has_labels_and_no_domains(tmp_path):
    path = writing.write_lines(
        tmp_path / "eval_data_list.csv",
        [
            "fan",
            "id_01_00000000.wav,normal_id_01_00000098.wav,0",
            "id_01_00000001.wav,anomaly_id_01_00000003.wav,1",
        ],
    )
    section = only_section(read_truth([path]))
    assert section.is_anomaly == {"id_01_00000000.wav": False, "id_01_00000001.wav": True}
    assert section.is_target == {}


def test_attribute_files_tell_labels_and_domains_without_extensions(tmp_path):
    writing.write_lines(
        tmp_path / "ground_truth_attributes" / "ground_truth_Vacuum_section_00_test.csv",
        ["section_00_0001.wav,section_00_target_test_anomaly_0001_mdl_B_spd_2.5"],
    )
    section = only_section(read_truth([tmp_path]))
    assert section.is_anomaly == {"section_00_0001.wav": True}
    assert section.is_target == {"section_00_0001.wav": True}
    assert section.labelled_names == {
        "section_00_target_test_anomaly_0001_mdl_B_spd_2.5.wav": "section_00_0001.wav"
    }


@pytest.mark.parametrize("parents", ["", "dev_data", "data/dcase2023t2/dev_data/raw"])
def test_recordings_tell_what_their_names_say(tmp_path, parents):
    names = [*writing.labelled_names(), "notes.txt", ".hidden.wav"]
    writing.write_recordings(tmp_path / parents, names)
    (tmp_path / parents / "fan" / "train").mkdir()
    (tmp_path / parents / "fan" / "train" / "section_00_source_train_normal_0.wav").touch()
    truth = read_truth([tmp_path])
    assert list(truth.sections) == [("fan", "03")]
    assert list(only_section(truth).is_anomaly) == sorted(writing.labelled_names())


def test_a_name_that_is_not_understood_is_refused_as_everywhere(tmp_path):
    writing.write_recordings(tmp_path, [*writing.labelled_names(), "stray.wav"])
    for read in (lambda path: read_truth([path]), read_test_names, find_clips):
        with pytest.raises(DataError, match="stray.wav: the name cannot be understood"):
            read(tmp_path)


def test_one_machine_folder_is_enough(tmp_path):
    writing.write_recordings(tmp_path, writing.labelled_names())
    assert list(read_truth([tmp_path / "fan"]).sections) == [("fan", "03")]


def test_renamed_recordings_are_preferred_to_hidden_ones(tmp_path):
    writing.write_recordings(tmp_path, writing.hidden_names())
    (tmp_path / "fan" / "test_rename").mkdir()
    for name in writing.labelled_names():
        (tmp_path / "fan" / "test_rename" / name).touch()
    assert list(only_section(read_truth([tmp_path])).is_anomaly) == sorted(writing.labelled_names())
    assert read_test_names(tmp_path)["fan", "03"] == set(writing.hidden_names())


def with_wrong_labels(path, machines=("ToyCar", "fan")):
    """A list in which the first four clips of ToyCar carry the wrong label."""
    writing.write_list(path, machines=machines)
    lines = path.read_text().splitlines()
    for number in range(1, 5):
        swap = {"normal": "anomaly", "anomaly": "normal"}
        for word, other in swap.items():
            if word in lines[number]:
                lines[number] = lines[number].replace(word, other)
                break
    return writing.write_lines(path, lines)


@pytest.mark.parametrize("listed_first", [True, False])
def test_wrong_labels_of_the_list_of_2022_are_found_and_the_official_folder_counts(
    tmp_path, listed_first
):
    official = writing.write_ground_truth(tmp_path / "evaluator", machines=("ToyCar", "fan"))
    listing = with_wrong_labels(tmp_path / "eval_data_list_2022.csv")
    paths = [listing, official] if listed_first else [official, listing]
    truth = read_truth(paths)
    assert truth.sections["ToyCar", "03"].is_anomaly == IS_ANOMALY
    (warning,) = truth.warnings
    assert "4 of 40 labels and 0 of 40 domains of ToyCar contradict" in warning
    assert warning.startswith(str(listing))
    assert "list of 2022 is known to be wrong" in warning


def test_contradictions_are_found_inside_one_folder_too(tmp_path):
    writing.write_ground_truth(tmp_path, machines=("fan",))
    listing = with_wrong_labels(tmp_path / "eval_data_list_2023.csv", machines=("fan",))
    (warning,) = read_truth([tmp_path]).warnings
    assert warning.startswith(f"{listing}: 4 of 40 labels")
    assert "2022" not in warning.removeprefix(str(listing))


def test_the_list_of_2022_alone_is_suspected(tmp_path):
    path = writing.write_list(tmp_path / "eval_data_list_2022.csv", machines=("ToyCar", "fan"))
    (warning,) = read_truth([path]).warnings
    assert "wrong labels and domains for ToyCar sections 03; give the evaluator's" in warning


def test_other_years_of_the_same_machines_are_not_suspected(tmp_path):
    path = writing.write_lines(
        tmp_path / "eval_data_list_2021.csv",
        ["ToyCar", "section_03_source_test_0000.wav,section_03_source_test_normal_0007.wav"],
    )
    assert read_truth([path]).warnings == ()


def test_of_several_lists_the_year_chooses_one(tmp_path):
    writing.write_list(tmp_path / "eval_data_list_2023.csv", machines=("fan",))
    writing.write_list(tmp_path / "eval_data_list_2024.csv", machines=("pump",))
    assert list(read_truth([tmp_path], 2024).sections) == [("pump", "03")]
    with pytest.raises(DataError, match="several lists"):
        read_truth([tmp_path])
    with pytest.raises(DataError, match="several lists"):
        read_truth([tmp_path], 2025)


@pytest.mark.parametrize("name", ["", "eval_data_list_2023.csv"])
def test_the_list_of_another_year_is_refused(tmp_path, name):
    writing.write_list(tmp_path / "eval_data_list_2023.csv")
    with pytest.raises(DataError, match="the list of another year than 2026"):
        read_truth([tmp_path / name], 2026)
    assert list(read_truth([tmp_path / name], 2023).sections) == [("fan", "03")]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no row; expected"),
        (["section_03_0000.wav,section_03_source_test_normal_0000.wav"], "line 1: got"),
        (["fan", "notes.wav,section_03_source_test_normal_0000.wav"], "line 2: got"),
        (["fan", "section_03_0000.wav,section_03_0000.wav"], "expected a clip name with normal"),
        (
            ["fan", "id_01_00000000.wav,normal_id_01_00000098.wav,1"],
            "line 2: the label is 1, but the name says normal",
        ),
        (["fan"] + 2 * ["section_03_0000.wav,section_03_source_test_normal_0000.wav"], "second"),
    ],
)
def test_a_damaged_list_is_refused_with_the_line(tmp_path, lines, words):
    path = writing.write_lines(tmp_path / "eval_data_list_2023.csv", lines)
    with pytest.raises(DataError, match=words) as raised:
        read_truth([path])
    assert str(path) in str(raised.value)


def test_an_attribute_row_without_a_labelled_name_is_refused(tmp_path):
    path = tmp_path / "ground_truth_attributes" / "ground_truth_fan_section_00_test.csv"
    writing.write_lines(path, ["section_00_0001.wav"])
    with pytest.raises(DataError, match="line 1: got ''"):
        read_truth([tmp_path])


def test_a_damaged_list_beside_the_official_folders_is_left_out_with_a_warning(tmp_path):
    writing.write_ground_truth(tmp_path)
    writing.write_lines(tmp_path / "eval_data_list_2023.csv", ["fan", "what,is,this"])
    truth = read_truth([tmp_path])
    assert only_section(truth).is_anomaly == IS_ANOMALY
    (warning,) = truth.warnings
    assert warning.startswith("left out as a source of truth: ")
    assert "line 2: got 'what,is,this'" in warning


def test_wrong_labels_of_the_attribute_files_of_2022_are_found(tmp_path):
    writing.write_ground_truth(tmp_path, machines=("ToyTrain",))
    labelled = [name.replace("normal", "anomaly") for name in writing.labelled_names()]
    pairs = zip(writing.hidden_names(), labelled, strict=True)
    writing.write_lines(
        tmp_path / "ground_truth_attributes" / "ground_truth_ToyTrain_section_03_test.csv",
        [f"{hidden},{name.removesuffix('.wav')}" for hidden, name in pairs],
    )
    (warning,) = read_truth([tmp_path]).warnings
    assert "20 of 40 labels and 0 of 40 domains of ToyTrain contradict" in warning


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a UTF-8 text file"):
        read_truth([path])


def test_a_damaged_ground_truth_file_is_refused(tmp_path):
    path = tmp_path / "ground_truth_data" / "ground_truth_fan_section_00_test.csv"
    writing.write_lines(path, ["section_00_0000.wav,2", "section_00_0001.wav"])
    with pytest.raises(DataError, match=r"line 1: the decision is") as raised:
        read_truth([tmp_path])
    lines = str(raised.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [str(path), str(path)]
    assert "line 2: not two" in lines[1]


def test_two_files_of_a_section_may_not_contradict_each_other(tmp_path):
    form = "ground_truth_data/ground_truth_fan_section_03_{}test.csv"
    writing.write_lines(tmp_path / form.format(""), ["section_03_0000.wav,0"])
    writing.write_lines(tmp_path / form.format("source_"), ["section_03_0000.wav,1"])
    with pytest.raises(DataError, match=r"another file of the section: section_03_0000\.wav"):
        read_truth([tmp_path])


@pytest.mark.parametrize("name", [".", "ground_truth_data"])
def test_a_folder_that_cannot_be_read_is_not_called_one_without_truth(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir(exist_ok=True)
    scandir = os.scandir

    def refused(path):
        if Path(path) == tmp_path / name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr("os.scandir", refused)
        with pytest.raises(DataError, match=r"folder cannot be read \(permission denied\)"):
            read_truth([tmp_path])


def test_places_without_truth_say_what_was_expected(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read_truth([tmp_path / "nothing"])
    with pytest.raises(DataError, match="no truth; expected ground_truth_data"):
        read_truth([tmp_path])
    (tmp_path / "ground_truth_data").mkdir()
    with pytest.raises(DataError, match="no truth; expected ground_truth_<machine>"):
        read_truth([tmp_path])


def test_test_names_come_from_recordings_or_from_a_truth(tmp_path):
    writing.write_recordings(tmp_path / "raw", writing.hidden_names())
    writing.write_ground_truth(tmp_path / "truth")
    assert read_test_names(tmp_path / "raw") == {("fan", "03"): set(NAMES)}
    assert read_test_names(tmp_path / "truth") == {("fan", "03"): set(NAMES)}
    path = writing.write_list(tmp_path / "eval_data_list_2023.csv")
    assert read_test_names(path) == {("fan", "03"): set(NAMES)}
    with pytest.raises(DataError, match="expected evaluation recordings"):
        read_test_names(tmp_path / "nothing")


@pytest.mark.parametrize("write", [writing.write_ground_truth, writing.write_list])
def test_truths_whose_endings_are_in_capitals_are_read(tmp_path, write):
    truth = write(tmp_path / "eval_data_list_2023.csv")
    plain = read_truth([truth])
    for path in [truth] if truth.is_file() else [*truth.rglob("*.csv")]:
        path.rename(path.with_suffix(".CSV"))
    assert read_truth([truth if truth.is_dir() else tmp_path], 2023) == plain
