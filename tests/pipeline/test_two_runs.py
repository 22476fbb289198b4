"""Several runs at once into one folder, as real processes."""

import csv
import subprocess
import sys

import pytest
from conftest import write_machine

pytestmark = pytest.mark.uncounted

MACHINES = ("bearing", "fan", "gearbox", "pump")


def run_all(commands):
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "dcase_classic", *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    ended = [run.communicate() for run in runs]
    return [(run.returncode, err) for run, (_, err) in zip(runs, ended, strict=True)]


def skipped_paths(folder):
    with (folder / "skipped.csv").open() as file:
        return {row["path"] for row in csv.DictReader(file)}


def test_runs_into_one_folder_lose_nothing(run, tmp_path):
    data, models, out = (tmp_path / name for name in ("data", "models", "out"))
    bad = set()
    for number, machine_type in enumerate(MACHINES):
        write_machine(data / machine_type, n_source=6, n_target=0, n_test=1, seed=number)
        silent = data / machine_type / "test" / "section_00_source_test_normal_0009.wav"
        silent.write_bytes(b"")
        bad.add(str(silent))
    options = ["--preset", "knn", "--models", models]
    fits = [["fit", data, *options, "--machine", machine] for machine in MACHINES]
    assert [status for status, _ in run_all(fits)] == [0] * 4
    assert run("fit", data, *options)[1].count(" kept") == 4

    scores = [
        ["score", data, "--models", models, "-o", out, "--machine", machine] for machine in MACHINES
    ]
    assert [status for status, _ in run_all(scores)] == [3] * 4
    assert skipped_paths(out) == bad
    assert {path.name for path in out.iterdir()} == {*MACHINES, "skipped.csv", "run.json"}

    prepared = tmp_path / "prepared"
    cuts = [["prepare", data, prepared, "--machine", machine] for machine in MACHINES]
    assert [status for status, _ in run_all(cuts)] == [3] * 4
    assert run("prepare", data, prepared, "--verify")[1].startswith("64 segments")
    status, _, err = run("fit", prepared, "--preset", "knn", "--models", tmp_path / "other")
    assert status == 0, err
