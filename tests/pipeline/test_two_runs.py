"""Several runs at once into one folder, as real processes."""

import csv
import json
import subprocess
import sys

import pytest
from conftest import write_machine

pytestmark = pytest.mark.uncounted

MACHINES = ("bearing", "fan", "gearbox", "pump")


# what takes long to import is there before the processes part, so that they begin together
RUN_ALL = """
import json, os, sys
import soundfile
from dcase_classic.cli import fit, main, prepare, score
from dcase_classic.pipeline import fit, prepare, score, settings

def status(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

for commands in json.loads(sys.argv[1]):
    processes = []
    for command in commands:
        processes.append(os.fork())
        if not processes[-1]:
            main(command)  # ends the process
    print([status(process) for process in processes], file=sys.stderr)
"""


def run_all(*groups):
    """The exit status of commands: those of a group run at once, each in its own process."""
    words = json.dumps(groups, default=str)
    call = [sys.executable, "-c", RUN_ALL, words]
    ended = subprocess.run(call, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("[")]


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
    scores = [
        ["score", data, "--models", models, "-o", out, "--machine", machine] for machine in MACHINES
    ]
    prepared = tmp_path / "prepared"
    cuts = [["prepare", data, prepared, "--machine", machine] for machine in MACHINES]
    assert run_all(fits, scores, cuts) == [[0] * 4, [3] * 4, [3] * 4]

    assert run("fit", data, *options)[1].count(" kept") == 4
    assert skipped_paths(out) == bad
    assert {path.name for path in out.iterdir()} == {*MACHINES, "skipped.csv", "run.json"}
    assert run("prepare", data, prepared, "--verify")[1].startswith("64 segments")
    status, _, err = run("fit", prepared, "--preset", "knn", "--models", tmp_path / "other")
    assert status == 0, err
