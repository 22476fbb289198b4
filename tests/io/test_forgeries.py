import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from forgeries import FORGERIES, edit_manifest

RUNNER = Path(__file__).parents[1] / "forge_runner.py"
OTHER = "fan_section_00.joblib"


@pytest.fixture(scope="module")
def good(fitted, tmp_path_factory):
    """Models of which the manifest names that which is forged only: it is read for every one."""
    folder = tmp_path_factory.mktemp("good") / "models"
    shutil.copytree(fitted, folder)
    (folder / OTHER).unlink()
    edit_manifest(folder, lambda manifest: manifest["models"].pop(OTHER))
    return folder


@pytest.fixture(scope="module")
def outcomes(fitted, good, tmp_path_factory):
    """What came of each forgery."""
    folders = {}
    for number, (name, forge) in enumerate(FORGERIES.items()):
        folder = tmp_path_factory.mktemp(f"forged{number}") / "models"
        shutil.copytree(good, folder)
        (folder / OTHER).hardlink_to(fitted / OTHER)  # no forgery writes to it
        forge(folder)
        folders[name] = str(folder)
    root = str(RUNNER.parents[1])
    done = subprocess.run(
        [sys.executable, RUNNER, *folders.values(), good],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    results = json.loads(done.stdout)
    return {name: results[folder] for name, folder in folders.items()} | {
        "good": results[str(good)]
    }


def test_a_good_folder_is_loaded_by_the_harness(outcomes):
    assert outcomes["good"]["said"] == "loaded"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_folder_is_refused_in_one_line_and_executes_nothing(outcomes, name):
    outcome = outcomes[name]
    assert outcome["said"].startswith("ArtifactError: "), outcome
    assert "\n" not in outcome["said"]
    assert len(outcome["said"]) < 1000
    assert not outcome["owned"]
    assert outcome["status"] == 0
    assert outcome["peak_mb"] < 200
    assert outcome["cpu_s"] < 5
