import shutil

import pytest
import writing

from dcase_classic.challenge.result_names import expected_files
from dcase_classic.errors import DataError
from dcase_classic.io.results.submission_check import check_files
from dcase_classic.pipeline.submission import check
from dcase_classic.records import Severity

SCORES = "anomaly_score_Scanner_section_00_test.csv"
DECISIONS = "decision_result_Scanner_section_00_test.csv"
N_CLIPS = 20  # of a machine; 200 are asked for only where the recordings are not at hand


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """A submission of 2024 that nothing is wrong with, and the recordings it belongs to."""
    folder = tmp_path_factory.mktemp("good")
    names = writing.write_submission(folder / "Muster_TUX_task2_1", 2024, N_CLIPS)
    writing.write_evaluation_data(folder / "eval_data", 2024, N_CLIPS)
    return {path.name: path.read_bytes() for path in names.iterdir()}, folder / "eval_data"


@pytest.fixture
def submission(good, tmp_path):
    folder = tmp_path / "Muster_TUX_task2_1"
    folder.mkdir()
    for name, content in good[0].items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def complete(tmp_path):
    """A submission of as many clips as the year has."""
    return writing.write_submission(tmp_path / "Muster_TUX_task2_1", 2024)


def errors(report, level=Severity.ERROR):
    return [finding for finding in report.findings if finding.severity is level]


def edit(folder, name, change):
    """Change the lines of a file (with their ends)."""
    path = folder / name
    lines = path.read_bytes().decode().splitlines(keepends=True)
    path.write_bytes("".join(change(lines)).encode())


def replaced(line, new):
    def change(lines):
        return [new(old) if number == line else old for number, old in enumerate(lines)]

    return change


LABELLED = "section_00_source_test_normal_{:04d}.wav,0.5\n"

# Rows of the table of defects: file, change of its lines, what is said, and whether it is refused.
DEFECTS = {
    "missing row": (SCORES, lambda lines: lines[1:], "1 missing row: section_00_0000.wav", True),
    "extra row": (
        *(SCORES, lambda lines: [*lines, "section_00_0200.wav,0.5\n"]),
        *("1 unknown row: section_00_0200.wav", True),
    ),
    "duplicated row": (
        *(SCORES, lambda lines: [*lines, lines[0]]),
        *(f"line {N_CLIPS + 1}: a name for the second time", True),
    ),
    "duplicate that replaces another row": (
        *(SCORES, lambda lines: [lines[0], lines[0], *lines[2:]]),
        *("1 missing row: section_00_0001.wav", True),
    ),
    "BOM": (SCORES, lambda lines: ["\ufeff", *lines], "byte order mark", True),
    "labelled names": (
        *(SCORES, lambda lines: [LABELLED.format(i) for i in range(len(lines))]),
        *(
            f"{N_CLIPS} names carry labels, expected hidden ones: section_00_source_test_normal",
            True,
        ),
    ),
    "wrong names in the right order": (
        *(SCORES, lambda lines: [f"clip_{line}" for line in lines]),
        *(f"{N_CLIPS} unknown rows: clip_section_00_0000.wav", True),
    ),
    "path in the name": (
        *(SCORES, replaced(3, lambda line: f"test/{line}")),
        *("line 4: a path in the name", True),
    ),
    "no extension": (
        *(SCORES, replaced(3, lambda line: line.replace(".wav", ""))),
        *("line 4: a name without its extension", True),
    ),
    "names of recordings in flac": (
        *(SCORES, lambda lines: [line.replace(".wav", ".flac") for line in lines]),
        *(f"{N_CLIPS} names do not end in .wav, as official ones: section_00_0000.flac", True),
    ),
    "extra column": (
        *(SCORES, replaced(3, lambda line: line.replace("\n", ",0\n"))),
        *("line 4: not two columns", True),
    ),
    "CRLF": (
        *(SCORES, lambda lines: [line.replace("\n", "\r\n") for line in lines]),
        *("Windows line ends (CRLF)", False),
    ),
    "space after comma": (
        *(SCORES, replaced(3, lambda line: line.replace(",", ", "))),
        *("line 4: spaces around a value", False),
    ),
    "shuffled rows": (SCORES, lambda lines: lines[::-1], "rows are not sorted by name", False),
    "NaN": (SCORES, replaced(3, lambda _: "section_00_0003.wav,nan\n"), "line 4: NaN or inf", True),
    "inf": (SCORES, replaced(3, lambda _: "section_00_0003.wav,inf\n"), "line 4: NaN or inf", True),
    "header": (SCORES, lambda lines: ["name,score\n", *lines], "line 1: a header", True),
    "tab": (SCORES, replaced(3, lambda line: line.replace(",", "\t")), "line 4: tab", True),
    "blank last line": (
        SCORES,
        lambda lines: [*lines, "\n"],
        f"line {N_CLIPS + 1}: blank line",
        True,
    ),
    "all scores equal": (
        *(SCORES, lambda lines: [f"{line.split(',')[0]},0.5\n" for line in lines]),
        *("all scores are equal", False),
    ),
    "decision 1.0": (
        *(DECISIONS, replaced(3, lambda _: "section_00_0003.wav,1.0\n")),
        *("line 4: a decision that is not written 0 or 1", False),
    ),
    "decision 0.7": (
        *(DECISIONS, replaced(3, lambda _: "section_00_0003.wav,0.7\n")),
        *("line 4: the decision is neither 0 (normal) nor 1", True),
    ),
    "decision 2": (
        *(DECISIONS, replaced(3, lambda _: "section_00_0003.wav,2\n")),
        *("line 4: the decision is neither 0 (normal) nor 1", True),
    ),
    "decision True": (
        *(DECISIONS, replaced(3, lambda _: "section_00_0003.wav,True\n")),
        *("line 4: the second column is not a number", True),
    ),
    "rows of another section": (
        *(SCORES, lambda lines: [line.replace("section_00", "section_01") for line in lines]),
        *(f"{N_CLIPS} unknown rows: section_01_0000.wav", True),
    ),
}


@pytest.mark.uncounted
def test_a_good_submission_has_no_findings_but_the_meta_file(submission, good):
    report = check(submission, 2024, good[1])
    assert report.findings == ()
    assert (report.n_systems, report.n_files, report.n_errors) == (1, 18, 0)


@pytest.mark.uncounted
def test_a_complete_submission_has_no_findings_without_the_recordings(complete):
    assert check(complete, 2024).findings == ()


@pytest.mark.uncounted
@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_named_and_refused_or_warned_of(submission, good, defect):
    name, change, words, is_refused = DEFECTS[defect]
    edit(submission, name, change)
    report = check(submission, 2024, good[1])
    level = Severity.ERROR if is_refused else Severity.WARNING
    texts = [str(finding) for finding in errors(report, level) if finding.path == submission / name]
    assert any(words in text for text in texts), report.findings
    assert (report.n_errors > 0) == is_refused


@pytest.mark.uncounted
@pytest.mark.parametrize("defect", [name for name in DEFECTS if DEFECTS[name][3]])
def test_every_refused_defect_is_refused_without_the_recordings_too(complete, defect):
    name, change, _, _ = DEFECTS[defect]
    edit(complete, name, change)
    assert check(complete, 2024).n_errors > 0


@pytest.mark.uncounted
def test_recordings_in_flac_do_not_make_their_names_official(submission, tmp_path):
    for path in submission.glob("*.csv"):
        path.write_text(path.read_text().replace(".wav", ".flac"))
    data = writing.write_evaluation_data(tmp_path / "data", 2024, N_CLIPS)
    for path in list(data.rglob("*.wav")):
        path.rename(path.with_suffix(".flac"))
    report = check(submission, 2024, data)
    assert report.n_errors == 18
    assert all("do not end in .wav" in finding.problem for finding in report.findings)


def test_a_missing_file_is_named(submission, good):
    (submission / SCORES).unlink()
    (finding,) = check(submission, 2024, good[1]).findings
    assert str(finding) == f"error: {submission}: {SCORES} is missing"


def test_a_name_without_test_is_named_with_the_cure(submission, good):
    (submission / SCORES).rename(submission / "anomaly_score_Scanner_section_00.csv")
    missing, unexpected = check(submission, 2024, good[1]).findings
    assert missing.problem == f"{SCORES} is missing"
    assert missing.advice == (
        "anomaly_score_Scanner_section_00.csv seems to hold it: rename it, or use 'submission pack'"
    )
    assert unexpected.problem == "wrong name: expected the end Scanner_section_00_test.csv in 2024"


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("anomaly_score_fan_section_00_test.csv", "wrong machine: fan is not evaluated in 2024"),
        ("anomaly_score_scanner_section_00_test.csv", "wrong machine: scanner is not evaluated"),
        ("anomaly_score_Scanner_section_03_test.csv", "wrong section: Scanner 03 is not"),
    ],
)
def test_files_of_other_machines_and_sections_are_refused(submission, good, name, words):
    (submission / name).write_bytes(good[0][SCORES])
    (finding,) = errors(check(submission, 2024, good[1]))
    assert (finding.path, finding.problem.startswith(words)) == (submission / name, True)


def test_a_file_that_is_no_result_is_not_taken_for_one(complete):
    contents = {path: path.read_bytes() for path in complete.iterdir()}
    contents[complete / "notes.csv"] = b""
    (finding,) = check_files(complete, contents, 2024, None)
    assert finding.problem == "not the name of a result file"


def test_extra_files_are_warned_of(submission, good):
    (submission / "notes.txt").write_text("x")
    (finding,) = check(submission, 2024, good[1]).findings
    assert str(finding) == f"warning: {submission / 'notes.txt'}: extra file, not part of it"


def test_all_problems_are_listed_at_once(submission, good):
    for name, change, _, _ in (DEFECTS["BOM"], DEFECTS["decision 2"], DEFECTS["tab"]):
        edit(submission, name, change)
    (submission / "anomaly_score_ToyCircuit_section_00_test.csv").unlink()
    assert [finding.problem.split()[0] for finding in errors(check(submission, 2024, good[1]))] == [
        *("anomaly_score_ToyCircuit_section_00_test.csv", "starts", "line", "1", "line")
    ]


def test_without_the_recordings_names_are_compared_between_scores_and_decisions(complete):
    edit(complete, DECISIONS, replaced(7, lambda _: "section_00_0777.wav,1\n"))
    texts = [finding.problem for finding in errors(check(complete, 2024))]
    assert texts == [
        "compared with the scores: 1 missing row: section_00_0007.wav",
        "compared with the scores: 1 unknown row: section_00_0777.wav",
    ]


@pytest.mark.uncounted
@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023, 2025, 2026])
@pytest.mark.parametrize("has_data", [True, False])
def test_good_submissions_of_every_year_are_accepted(tmp_path, year, has_data):
    n_clips = 7 if has_data or year < 2022 else 200
    writing.write_submission(tmp_path / "run", year, n_clips)
    data = writing.write_evaluation_data(tmp_path / "data", year, n_clips) if has_data else None
    texts = [finding.problem for finding in check(tmp_path / "run", year, data).findings]
    is_counted = has_data or year >= 2022
    assert texts == ([] if is_counted else [f"the number of clips is not checked for {year}"])


def test_a_file_that_is_also_in_a_machine_folder_is_refused(submission, good):
    (submission / "Scanner").mkdir()
    shutil.copy(submission / SCORES, submission / "Scanner")
    (finding,) = errors(check(submission, 2024, good[1]))
    assert finding.problem.startswith("the same file is in ")
    assert finding.path.name == SCORES


def test_2020_wants_ids_and_no_decisions(tmp_path):
    assert "anomaly_score_valve_id_05.csv" in expected_files(2020)
    writing.write_submission(tmp_path, 2020, 7)
    writing.write_results(tmp_path, machine_type="valve", section="05", tail="id_{}")
    (finding,) = errors(check(tmp_path, 2020))[-1:]
    assert str(finding).endswith("2020 has no decisions; remove the file")


def test_2021_wants_one_file_for_each_domain(tmp_path):
    writing.write_submission(tmp_path, 2021, 7)
    name = "anomaly_score_fan_section_03_{}_test.csv"
    (tmp_path / name.format("target")).write_bytes((tmp_path / name.format("source")).read_bytes())
    texts = [finding.problem for finding in errors(check(tmp_path, 2021))]
    assert texts[0].startswith("7 names of another section, domain or year: section_03_source")


def test_a_machine_without_recordings_is_named(submission, tmp_path):
    writing.write_recordings(tmp_path / "data", writing.hidden_names("00", N_CLIPS), "Scanner")
    texts = {finding.problem for finding in errors(check(submission, 2024, tmp_path / "data"))}
    assert texts == {"the evaluation data has no test clip of this machine and section"}


def test_recordings_without_clips_are_an_error(submission, tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="no truth; expected"):
        check(submission, 2024, tmp_path / "data")


def test_machine_folders_are_warned_of_with_the_cure(tmp_path):
    for name, file in expected_files(2024).items():
        names = writing.clip_names(2024, file, 200)
        rows = [f"{clip},{index % 2}" for index, clip in enumerate(names)]
        writing.write_lines(tmp_path / file.machine_type / name, rows)
    (finding,) = check(tmp_path, 2024).findings
    assert finding.severity is Severity.WARNING
    assert finding.advice == "'submission pack' gathers them"


@pytest.fixture
def package(good, tmp_path):
    """An unpacked package of one system."""
    folder = tmp_path / "out" / "task2" / "Muster_TUX_task2_1"
    folder.mkdir(parents=True)
    for name, content in good[0].items():
        (folder / name).write_bytes(content)
    writing.write_meta(folder / "Muster_TUX_task2_1.meta.yaml", 2024)
    (folder.parent / "Muster_TUX_task2.technical_report.pdf").write_bytes(b"%PDF")
    return folder


def test_a_good_package_has_no_findings(package, good):
    assert check(package.parents[1], 2024, good[1]).findings == ()


def test_a_package_needs_meta_files_reports_and_labels(package, good):
    (package / "Muster_TUX_task2_1.meta.yaml").unlink()
    (package.parent / "Muster_TUX_task2.technical_report.pdf").unlink()
    renamed = package.rename(package.parent / "mine")
    assert [str(finding) for finding in check(package.parents[1], 2024, good[1]).findings] == [
        f"error: {renamed}: not named <LastName>_<Institute>_task2_<1-4>",
        f"error: {renamed / 'mine.meta.yaml'}: is missing; 'submission meta' makes it",
        f"warning: {renamed.parent}: no technical report (.technical_report.pdf) in it",
    ]


def test_the_meta_file_of_a_package_is_checked_against_its_folder(package, good):
    renamed = package.rename(package.parent / "Muster_TUX_task2_2")
    label, missing = errors(check(package.parents[1], 2024, good[1]))
    assert label.problem == (
        "submission.label: got 'Muster_TUX_task2_1', but file and folder are named "
        "'Muster_TUX_task2_2'"
    )
    assert (missing.problem, missing.advice) == ("is missing", "'submission meta' makes it")
    assert renamed.is_dir()


def test_folders_of_machines_are_refused_in_a_package(package, good):
    (package / "Scanner").mkdir()
    (package / SCORES).rename(package / "Scanner" / SCORES)
    (finding,) = errors(check(package.parents[1], 2024, good[1]))
    assert "files are in machine folders" in finding.problem
