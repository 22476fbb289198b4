import pytest

from dcase_classic.io.results.result_table import WARNINGS, Defect, read_table
from dcase_classic.records import Severity


def table_of(tmp_path, content, **options):
    path = tmp_path / "anomaly_score_fan_section_00_test.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def texts(table):
    return [finding.problem for finding in table.findings]


def test_a_clean_file_is_read_without_findings(tmp_path):
    table = table_of(tmp_path, "a.wav,0.5\nb.flac,-1e-3\n")
    assert table.values == {"a.wav": 0.5, "b.flac": -0.001}
    assert table.findings == ()


def test_the_last_line_end_may_be_missing(tmp_path):
    table = table_of(tmp_path, "a.wav,1\nb.wav,2")
    assert table.values == {"a.wav": 1.0, "b.wav": 2.0}
    assert table.findings == ()


@pytest.mark.parametrize(
    ("content", "defect", "line"),
    [
        (b"\xff\xfea\x00", Defect.UNREADABLE, None),
        (b"", Defect.EMPTY, None),
        (b"\xef\xbb\xbfa.wav,1\nb.wav,2\n", Defect.BOM, None),
        (b"file_name,score\na.wav,1\nb.wav,2\n", Defect.HEADER, 1),
        (b"a.wav,1\nb.wav,2\n\n", Defect.BLANK, 3),
        (b"a.wav\t1\nb.wav,2\n", Defect.TAB, 1),
        (b"a.wav,1\nb.wav,2,3\n", Defect.COLUMNS, 2),
        (b"a.wav,1\nb.wav\n", Defect.COLUMNS, 2),
        (b"a.wav,1\nb.wav,two\n", Defect.NO_NUMBER, 2),
        (b"a.wav,1\nb.wav,1_0\n", Defect.NO_NUMBER, 2),
        (b"a.wav,1\nb.wav,nan\n", Defect.NOT_FINITE, 2),
        (b"a.wav,1\nb.wav,-inf\n", Defect.NOT_FINITE, 2),
        (b"a.wav,1\ntest/b.wav,2\n", Defect.PATH, 2),
        (b"a.wav,1\ntest\\b.wav,2\n", Defect.PATH, 2),
        (b"a.wav,1\nb,2\n", Defect.EXTENSION, 2),
        (b'a.wav,1\n"b.wav",2\n', Defect.QUOTES, 2),
        (b'a.wav,1\n"b.wav","2"\n', Defect.QUOTES, 2),
        (b"a.wav,1\na.wav,2\n", Defect.DOUBLED, 2),
        (b"a.wav,1\r\nb.wav,2\r\n", Defect.CRLF, None),
        (b"a.wav, 1\nb.wav,2\n", Defect.SPACES, 1),
        (b"b.wav,1\na.wav,2\n", Defect.UNSORTED, None),
        (b"a.wav,1\nb.wav,1\n", Defect.CONSTANT, None),
    ],
)
def test_every_defect_is_found_with_its_line(tmp_path, content, defect, line):
    findings = [
        finding
        for finding in table_of(tmp_path, content).findings
        if finding.problem.endswith(defect.problem)
    ]
    assert len(findings) == 1
    assert findings[0].problem == (f"line {line}: " if line else "") + defect.problem
    assert findings[0].advice == defect.advice
    assert findings[0].severity is (Severity.WARNING if defect in WARNINGS else Severity.ERROR)


@pytest.mark.parametrize(
    ("written", "defect"),
    [
        ("2", Defect.NO_DECISION),
        ("0.7", Defect.NO_DECISION),
        ("True", Defect.NO_NUMBER),
        ("1.0", Defect.DECISION_FORM),
    ],
)
def test_every_bad_decision_is_found(tmp_path, written, defect):
    table = table_of(tmp_path, f"a.wav,0\nb.wav,{written}\n", is_decision=True)
    assert texts(table) == [f"line 2: {defect.problem}"]


def test_equal_decisions_are_fine(tmp_path):
    assert table_of(tmp_path, "a.wav,1\nb.wav,1\n", is_decision=True).findings == ()


def test_all_defects_are_found_at_once_and_long_lists_are_cut(tmp_path):
    rows = "".join(f"b/{number}.wav,nan\n" for number in range(8))
    table = table_of(tmp_path, f"a.wav,1\r\n\nb.wav,1,2\n{rows}")
    assert texts(table) == [
        Defect.CRLF.problem,
        f"line 2: {Defect.BLANK.problem}",
        f"line 3: {Defect.COLUMNS.problem}",
        f"lines 4, 5, 6, 7, 8 and 3 more: {Defect.NOT_FINITE.problem}",
    ]


def test_the_first_of_two_rows_of_one_name_is_kept(tmp_path):
    assert table_of(tmp_path, "a.wav,1\na.wav,2\n").values == {"a.wav": 1.0}
