"""A year is one record: nothing else in the package knows a year by its number."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import writing

import dcase_classic
from dcase_classic.challenge.archive_names import archive_names, check_machines
from dcase_classic.challenge.expected_counts import count_rows
from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.challenge.which_year import YearGuess, guess_year
from dcase_classic.challenge.years import YEARS, RecordKind, Subset, find_year
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.results.meta_yaml import check_meta
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate
from dcase_classic.pipeline.submission import check

PACKAGE = Path(dcase_classic.__file__).parent
YEAR = re.compile(r"20[12]\d")


def year_literals(path):
    """Lines on which code, docstrings aside, holds a year as a number or in a text."""
    text = path.read_text()
    if not YEAR.search(text):
        return  # most have none in their prose either
    tree = ast.parse(text)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            number = node.value if isinstance(node.value, int) else None
            text = node.value if isinstance(node.value, str) else ""
            if YEAR.search(text) or (number is not None and YEAR.fullmatch(str(number))):
                yield node.lineno
        if isinstance(node, ast.Name) and YEAR.search(node.id):
            yield node.lineno


def test_no_other_module_knows_a_year():
    lines = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "years.py"
        for line in year_literals(path)
    }
    assert lines == set()
    assert list(year_literals(PACKAGE / "challenge" / "years.py"))


@pytest.fixture
def next_year(monkeypatch):
    """A made-up year: two machines, one with two sections, decisions but no shared anomalies."""
    year = replace(
        YEARS[2026],
        number=2027,
        machines={
            Subset.DEV: {"Kettle": ("00",)},
            Subset.EVAL: {"Mixer": ("00", "01"), "Lathe": ("00",)},
        },
        zenodo_records={kind: number for number, kind in enumerate(RecordKind)},
        metric_rule=MetricRule.PER_DOMAIN,
        concealed=frozenset({"Mixer"}),
        replaced_archives={"eval_data_Lathe_test.zip": "eval_data_Lathe_test_r3.zip"},
        n_eval_clips=40,
        n_clips={("test", "", ""): 40},
        n_renamed_test={},
        meta_results=("auc_all",),
    )
    monkeypatch.setitem(YEARS, 2027, year)
    return year


def test_the_files_and_names_of_a_new_year_are_checked(tmp_path, next_year):
    writing.write_submission(tmp_path / "run", 2027, 40)
    data = writing.write_evaluation_data(tmp_path / "data", 2027, 40)
    assert check(tmp_path / "run", 2027, data).findings == ()
    assert check(tmp_path / "run", 2027).findings == ()
    (tmp_path / "run" / "anomaly_score_Mixer_section_01_test.csv").unlink()
    (finding, *_) = check(tmp_path / "run", 2027).findings
    assert finding.problem.startswith("anomaly_score_Mixer_section_01_test.csv is missing")
    assert next_year.is_hidden_name("section_01_0000.wav", "01")


@pytest.mark.usefixtures("next_year")
def test_recordings_of_a_new_year_are_known_and_counted(tmp_path):
    clips = find_clips(writing.write_evaluation_data(tmp_path, 2027, 40))
    assert guess_year(clips) == YearGuess(years=(2027,), reason="machines, sections and names")
    rows = count_rows(clips, guess_year(clips))
    assert [(row.machine_type, row.section, row.n_clips, row.n_expected) for row in rows] == [
        ("Lathe", "00", 40, 40),
        ("Mixer", "00", 40, 40),
        ("Mixer", "01", 40, 40),
    ]


@pytest.mark.usefixtures("next_year")
def test_results_of_a_new_year_are_evaluated_by_its_rule(tmp_path):
    writing.write_results(tmp_path / "run", machine_type="Mixer", section="01")
    truth = writing.write_ground_truth(tmp_path / "truth", ("Mixer",), ("01",))
    ranking = evaluate(tmp_path / "run", [truth], EvaluationSettings(year=2027))
    assert ranking.evaluations[0].rule == "per domain"


@pytest.mark.usefixtures("next_year")
def test_archives_and_meta_files_of_a_new_year_have_its_names(tmp_path):
    names = archive_names(2027, RecordKind.EVAL)
    assert names == {"Mixer": "eval_data_Mixer_test.zip", "Lathe": "eval_data_Lathe_test_r3.zip"}
    check_machines(2027, [RecordKind.DEV], ["Kettle"])
    meta = writing.write_meta(tmp_path / "m.yaml", 2027, auc_all=70.0)
    assert check_meta(meta, 2027) == []
    assert "auc_all" in meta.read_text()


@pytest.mark.usefixtures("next_year")
def test_the_command_line_knows_a_new_year(run, tmp_path):
    writing.write_submission(tmp_path, 2027, 40)
    assert run("submission", "check", tmp_path, "--year", "2027")[0] == 0
    status, _, err = run("submission", "check", tmp_path, "--year", "2028")
    assert (status, "2020<=x<=2027" in err) == (2, True)


def test_an_unknown_year_and_machine_are_refused_with_the_known_ones():
    with pytest.raises(DataError, match=r"year: got 2019, expected one of 2020, .*, 2026"):
        find_year(2019)
    with pytest.raises(DataError, match="'Kettle': not in the dev and train data of 2026"):
        check_machines(2026, [RecordKind.DEV, RecordKind.TRAIN], ["Kettle"])


def test_years_that_promise_different_numbers_promise_none(tmp_path):
    clips = find_clips(writing.write_evaluation_data(tmp_path, 2023, 5))
    kinds = {row.n_expected for row in count_rows(clips, YearGuess(years=(2022, 2021), reason=""))}
    assert kinds == {None}
    assert {row.n_expected for row in count_rows(clips, YearGuess(years=(2022,), reason=""))} == {
        200
    }


def test_machines_that_were_renamed_in_other_numbers_are_promised_those():
    promised = YEARS[2023].n_clips_of("grinder")
    assert promised["test", "source", "normal"] == 107
    assert promised["test", "target", "anomaly"] == 30
    assert promised["train", "source", "normal"] == 990
    assert YEARS[2023].n_clips_of("fan")["test", "source", "normal"] == 50
