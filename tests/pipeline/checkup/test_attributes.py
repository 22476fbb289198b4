import pytest

from dcase_classic.pipeline.checkup.attributes import attribute_findings
from dcase_classic.records import Clip, Severity, Split

HEADER = "file_name,d1p,d1v"
ROWS = [f"fan/train/section_00_source_train_normal_000{n}_vel_{n}.wav,vel,{n}" for n in range(3)]


@pytest.fixture
def clips(tmp_path):
    """Three training clips of a machine, whose names tell their attributes."""
    folder = tmp_path / "fan" / "train"
    folder.mkdir(parents=True)
    clips = []
    for number in range(3):
        path = folder / f"section_00_source_train_normal_000{number}_vel_{number}.wav"
        path.touch()
        clips.append(
            Clip(
                path=path,
                machine_type="fan",
                section="00",
                split=Split.TRAIN,
                attributes=f"vel_{number}",
            )
        )
    return clips


def check(clips, *lines):
    path = clips[0].path.parents[1] / "attributes_00.csv"
    path.write_text("".join(f"{line}\n" for line in (HEADER, *lines)))
    return path, list(attribute_findings(clips))


def test_a_file_that_agrees_with_all_names_is_no_finding(clips):
    assert check(clips, *ROWS)[1] == []


def test_a_row_that_contradicts_the_name_is_an_error_of_the_clip(clips):
    _, (finding,) = check(clips, *ROWS[:2], ROWS[2].replace("vel,2", "vel,9"))
    assert (finding.severity, finding.path) == (Severity.ERROR, clips[2].path)
    assert finding.problem == "says {'vel': '9'} where the name says {'vel': '2'}"


def test_a_training_clip_without_row_is_a_warning_of_the_file(clips):
    path, (finding,) = check(clips, *ROWS[:2])
    assert (finding.severity, finding.path) == (Severity.WARNING, path)
    assert finding.problem == f"lacks 1 training clip such as {clips[2].name}"


def test_a_row_of_a_clip_that_is_not_there_is_counted(clips):
    _, (finding,) = check(clips, *ROWS, ROWS[0].replace("0000", "0007"))
    assert finding.problem == "lists 1 clip that is not here"


def test_a_damaged_file_is_an_error_with_a_cure(clips):
    path = clips[0].path.parents[1] / "attributes_00.csv"
    path.write_text("nonsense\n")
    (finding,) = attribute_findings(clips)
    assert (finding.severity, finding.kind) == (Severity.ERROR, "attributes")
    assert finding.advice
