import os
from pathlib import Path

import pytest

from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.io.results.systems import find_systems, raise_errors, read_system, read_systems
from dcase_classic.io.zip_files import write_zip
from dcase_classic.records import Severity


def write(path, text="a.wav,0\nb.wav,1\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_machine_folders_make_one_system(tmp_path):
    write(tmp_path / "run" / "fan" / "anomaly_score_fan_section_00_test.csv")
    write(tmp_path / "run" / "valve" / "anomaly_score_valve_section_00_test.csv")
    (system,) = find_systems(tmp_path / "run")
    assert (system.name, system.folder, len(system.files)) == ("run", tmp_path / "run", 2)


def test_one_machine_folder_is_a_system_too(tmp_path):
    write(tmp_path / "run" / "fan" / "anomaly_score_fan_section_00_test.csv")
    assert [system.name for system in find_systems(tmp_path / "run" / "fan")] == ["fan"]


def test_a_folder_of_systems_at_any_depth_gives_each_by_its_path(tmp_path):
    write(tmp_path / "a" / "x_1" / "anomaly_score_fan_section_00_test.csv")
    write(tmp_path / "a" / "x_2" / "anomaly_score_fan_section_00_test.csv")
    write(tmp_path / "b" / "fan" / "anomaly_score_fan_section_00_test.csv")
    assert [system.name for system in find_systems(tmp_path)] == ["a/x_1", "a/x_2", "b"]


def test_linked_machine_folders_are_entered_and_one_that_cannot_be_read_is_an_error(tmp_path):
    write(tmp_path / "of" / "fan" / "anomaly_score_fan_section_00_test.csv")
    write(tmp_path / "run" / "valve" / "anomaly_score_valve_section_00_test.csv")
    (tmp_path / "run" / "fan").symlink_to(tmp_path / "of" / "fan")
    (system,) = find_systems(tmp_path / "run")
    assert len(system.files) == 2
    (tmp_path / "of" / "fan").chmod(0)
    is_readable = os.access(tmp_path / "of" / "fan", os.R_OK)
    try:
        if is_readable:
            pytest.skip("this user may read everything")
        with pytest.raises(DataError, match=r"fan: folder cannot be read \(permission denied\)"):
            find_systems(tmp_path / "run")
    finally:
        (tmp_path / "of" / "fan").chmod(0o700)


def test_other_tables_beside_results_are_left_alone(tmp_path):
    write(tmp_path / "skipped.csv")
    write(tmp_path / "anomaly_score_fan_section_00_test.csv")
    (system,) = find_systems(tmp_path)
    assert [path.name for path in system.files] == ["anomaly_score_fan_section_00_test.csv"]


def test_a_folder_without_results_is_an_error_that_says_what_was_expected(tmp_path):
    with pytest.raises(DataError, match="no result file; expected anomaly_score_"):
        find_systems(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        find_systems(tmp_path / "nothing")


def system_of(folder):
    return read_system(*find_systems(folder))


def test_the_files_of_both_domains_make_one_section(tmp_path):
    write(tmp_path / "anomaly_score_fan_section_03_source_test.csv", "s.wav,1\nt.wav,2\n")
    write(tmp_path / "anomaly_score_fan_section_03_target_test.csv", "u.wav,3\nv.wav,4\n")
    system = system_of(tmp_path)
    assert system.is_split_by_domain
    assert not system.is_by_id
    assert len(system.sections["fan", "03"].anomaly_scores) == 4
    assert system.sections["fan", "03"].decisions is None
    assert system.findings == ()


def test_a_clip_in_the_files_of_both_domains_is_a_finding(tmp_path):
    write(tmp_path / "anomaly_score_fan_section_03_source_test.csv", "s.wav,1\nt.wav,2\n")
    write(tmp_path / "anomaly_score_fan_section_03_target_test.csv", "s.wav,3\nv.wav,4\n")
    (finding,) = system_of(tmp_path).findings
    assert str(finding).endswith("of the section has too: s.wav; keep the files of one run")


def test_two_files_of_one_section_are_a_finding(tmp_path):
    write(tmp_path / "anomaly_score_fan_section_00.csv")
    write(tmp_path / "anomaly_score_fan_section_00_test.csv")
    (finding,) = system_of(tmp_path).findings
    assert "the same results are in anomaly_score_fan_section_00.csv" in finding.problem
    assert finding.advice == "keep one of the two files"


def test_a_file_that_is_in_a_machine_folder_too_is_told_by_its_folder(tmp_path):
    name = "anomaly_score_Fan_section_00_test.csv"
    write(tmp_path / name)
    write(tmp_path / "Fan" / name)
    (finding,) = system_of(tmp_path).findings
    assert (finding.path, finding.problem) == (
        tmp_path / name,
        f"the same results are in {Path('Fan', name)}",
    )


def test_decisions_without_scores_are_a_finding(tmp_path):
    write(tmp_path / "decision_result_fan_section_00_test.csv")
    system = system_of(tmp_path)
    assert system.sections == {}
    assert "decisions without scores" in system.findings[0].problem


def test_the_files_of_2020_are_told_by_their_ids(tmp_path):
    write(tmp_path / "anomaly_score_fan_id_01.csv")
    assert system_of(tmp_path).is_by_id


def test_several_errors_are_raised_as_one_with_their_number_and_each_only_once(tmp_path):
    write(tmp_path / "decision_result_fan_section_00_test.csv")
    write(tmp_path / "anomaly_score_fan_section_01_test.csv", "a.wav,nan\n")
    findings = system_of(tmp_path).findings
    with pytest.raises(SubmissionError) as raised:
        raise_errors([*findings, findings[0]], "not evaluated", path=tmp_path)
    lines = str(raised.value).splitlines()
    assert lines[0] == f"{tmp_path}: {len(findings)} errors, not evaluated"
    assert sorted(lines[1:]) == sorted(str(finding).partition(": ")[2] for finding in findings)


def test_endings_in_capitals_are_read_and_what_may_be_lost_is_told_of(tmp_path):
    for name in ("a", "b"):
        write(
            tmp_path / name / "fan" / "anomaly_score_fan_section_01_test.CSV", "a.wav,1\nb.wav,2\n"
        )
    lost = [tmp_path / "b" / "pump", tmp_path / "valve"]
    for link in lost:
        link.symlink_to(tmp_path / "nowhere")
    odd = write(tmp_path / "b" / "fan" / "decision_result_fan_section_01_test.txt", "a.wav,1\n")
    write(tmp_path / "b" / "fan" / "skipped.csv")
    first, second = read_systems(tmp_path)
    assert [*first.sections] == [*second.sections] == [("fan", "01")]
    assert first.warnings == [f"{lost[1]}: a link that leads nowhere; check where it leads"]
    assert [warning.partition(";")[0] for warning in second.warnings] == [
        f"{odd}: not the name of a result file",
        f"{lost[0]}: a link that leads nowhere",
    ]


def test_warnings_are_not_raised(tmp_path):
    write(tmp_path / "anomaly_score_fan_section_01_test.csv", "b.wav,1\na.wav,2\n")
    findings = system_of(tmp_path).findings
    assert [finding.severity for finding in findings] == [Severity.WARNING]
    raise_errors(findings, "not evaluated", path=tmp_path)


def test_findings_about_a_zip_file_and_its_folder_name_the_zip_file(tmp_path):
    path = tmp_path / "mine.zip"
    name = "anomaly_score_fan_section_00_test.csv"
    write_zip(path, {f"run/{name}": b"b.wav,1\na.wav,2\n"})
    (system,) = read_systems(path)
    assert (system.name, system.folder) == ("run", path / "run")
    assert [finding.path for finding in system.findings] == [path / "run" / name]
