"""A short drive of every reader with changed files; ``scripts/fuzz.py`` drives them for hours."""

import json
import random
import subprocess
import sys

import pytest
from conftest import ROOT
from fuzz_targets import TARGETS

sys.path.append(str(ROOT / "scripts"))
import fuzz

N_INPUTS = 60


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_file_ends_in_a_value_or_in_an_error_of_the_package(name, tmp_path):
    assert (ROOT / "dcase_classic" / TARGETS[name].covers).is_file()
    target, rng = TARGETS[name], random.Random(name)  # noqa: S311 - changes, not secrets
    seeds = target.seeds(tmp_path)
    for content in seeds:
        target.try_bytes(content, tmp_path)
    for _ in range(N_INPUTS):
        target.try_bytes(fuzz.changed(rng.choice(seeds), rng), tmp_path)


def test_the_fuzzer_keeps_what_it_finds(tmp_path, monkeypatch):
    def read(path):
        return json.loads(path.read_bytes())  # ends in errors that are not the package's

    target = TARGETS["metrics"]
    monkeypatch.setitem(
        TARGETS,
        "metrics",
        type(target)(file_name="m.json", read=read, covers=target.covers, seeds=target.seeds),
    )
    (tmp_path / "inputs").mkdir()
    driver = fuzz.Driver("metrics", tmp_path)
    driver(b"{")
    driver(b"[")
    assert driver.n_inputs == 2
    assert {kind.split()[0] for kind in driver.findings} == {"JSONDecodeError"}
    assert (tmp_path / "finding0").read_bytes() == b"{"
    assert json.loads((tmp_path / "report.json").read_text())["findings"] == driver.findings


def test_the_fuzzer_says_what_it_did():
    command = [sys.executable, ROOT / "scripts" / "fuzz.py", "metrics", "--seconds", "0.1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "metrics: " in ended.stdout
    assert " 0 findings" in ended.stdout
    assert "lines of io/results/metrics_file.py" in ended.stdout
