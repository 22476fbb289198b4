import json
import subprocess
import sys

import pytest
import writing


@pytest.fixture
def truth(tmp_path):
    return writing.write_ground_truth(tmp_path / "truth")


def test_json_goes_to_standard_output_and_to_a_file(run, tmp_path, truth):
    writing.write_results(tmp_path / "run")
    file = tmp_path / "out" / "metrics.json"
    code, out, err = run("evaluate", tmp_path / "run", "--truth", truth, "--json", "--output", file)
    assert (code, err) == (0, "")
    assert json.loads(out)["sections"][0]["machine_type"] == "fan"
    assert file.read_text() == out


def test_the_results_that_are_read_are_not_replaced(run, tmp_path, truth):
    folder = writing.write_results(tmp_path / "run")
    scores = folder / "anomaly_score_fan_section_03_test.csv"
    before = scores.read_text()
    code, out, err = run("evaluate", folder, "--truth", truth, "-o", scores)
    assert (code, out, scores.read_text()) == (2, "", before)
    assert "is called as results are; name another" in err


def test_warnings_go_to_standard_error(run, tmp_path, truth):
    writing.write_results(tmp_path / "run")
    writing.write_results(tmp_path / "run", machine_type="pump")
    code, out, err = run("evaluate", tmp_path / "run", "--truth", truth, "--year", 2022)
    assert code == 0
    assert out.startswith("run: 2022, AUC rule: shared anomalies")
    foreign, left_out, part = err.splitlines(keepends=True)
    assert foreign == "warning: run: sections of the results that 2022 lacks: pump 03\n"
    assert left_out == "warning: run: results without truth, not evaluated: pump 03\n"
    said = "the official score is of 1 of 21 sections of the eval set of 2022"
    assert part == f"warning: run: {said}\n"


def test_an_error_is_one_line_and_exit_status_2(run, tmp_path, truth):
    code, out, err = run("evaluate", tmp_path / "nothing", "--truth", truth)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "nothing: no such folder; expected the output of 'dcase-classic score'" in err


def test_a_year_without_rule_is_wrong_usage(run, tmp_path):
    code, _, err = run("evaluate", tmp_path, "--year", 2019)
    assert code == 2
    assert "2019 is not in the range" in err


def test_a_ranking_with_a_bad_system_ends_with_exit_status_3(run, tmp_path, truth):
    writing.write_results(tmp_path / "teams" / "good")
    writing.write_results(tmp_path / "teams" / "bad", writing.hidden_names()[1:])
    code, out, err = run("evaluate", tmp_path / "teams", "--truth", truth)
    assert code == 3
    assert "1     good" in out
    assert f"not evaluated: bad: {tmp_path / 'teams' / 'bad'}: fan section 03: 1 missing row" in err


def test_evaluating_imports_nothing_slow(tmp_path, truth):
    writing.write_results(tmp_path / "run")
    script = (
        "import sys\n"
        "from dcase_classic.cli import main\n"
        "try:\n"
        f"    main(['evaluate', {str(tmp_path / 'run')!r}, '--truth', {str(truth)!r}])\n"
        "except SystemExit:\n"
        "    pass\n"
        "slow = {'sklearn', 'scipy', 'pandas', 'librosa', 'joblib'} & set(sys.modules)\n"
        "print(sorted(slow), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stderr == "[]\n"
