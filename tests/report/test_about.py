from dataclasses import replace
from pathlib import Path

from dcase_classic.challenge.years import RecordKind
from dcase_classic.io.recordings.download import Plan, Wanted
from dcase_classic.outcomes.examinations import CheckReport
from dcase_classic.records import Finding
from dcase_classic.report.about import check_text, plan_lines


def test_errors_and_warnings_of_a_submission_are_counted_apart():
    findings = (Finding.error(Path("a"), "is missing"), Finding.warning(Path("b"), "extra file"))
    assert check_text(CheckReport(n_systems=1, n_files=3, findings=findings)).splitlines() == [
        "error: a: is missing",
        "warning: b: extra file",
        "1 system, 3 files: 1 error, 1 warning",
    ]


def test_the_licences_and_sizes_of_a_download_are_notes_and_its_files_results():
    file = Wanted(
        kind=RecordKind.DEV, machine_type="fan", record=1, name="a.zip", md5="77", n_bytes=2 * 10**9
    )
    plan = Plan(year=2023, licences=("dev: record 1",), files=(file, file))
    lines = list(plan_lines(plan, with_files=True))
    assert [line.text for line in lines if line.is_note] == [
        "2023 dev: record 1",
        "2 zip files, 4.00 GB",
    ]
    assert [line.text for line in lines if not line.is_note] == ["a.zip  md5 77"] * 2
    assert all(line.is_note for line in plan_lines(plan, with_files=False))
    unknown = replace(file, n_bytes=None)
    for files, said in (
        ((file, unknown), "2 zip files, at least 2.00 GB"),
        ((unknown,), "1 zip file, size not known"),
    ):
        *_, summary = plan_lines(replace(plan, files=files), with_files=False)
        assert summary.text == said
