import subprocess
import sys

from conftest import ROOT


def test_the_classic_second_step_writes_the_plain_names(data, tmp_path):
    command = [sys.executable, ROOT / "scripts" / "main.py", "--data", data, "--preset", "knn"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    names = sorted(path.name for path in (tmp_path / "results" / "pump").iterdir())
    assert names == ["anomaly_score_pump_section_00.csv", "decision_result_pump_section_00.csv"]
    assert (tmp_path / "models" / "manifest.json").is_file()


def test_a_missing_data_folder_is_one_line_and_status_2(tmp_path):
    command = [sys.executable, ROOT / "scripts" / "main.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "data/raw: no such folder" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
