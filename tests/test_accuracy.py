"""What the presets reach on real recordings, and the benchmark that measures it."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "accuracy.py"
TOY_CAR, VALVE = "data/dcase2023t2/dev_data/raw", "data/valve_source/dev_data"


def measure(roots, folder, *options):
    """The rows of the benchmark by configuration and machine."""
    path = folder / "accuracy.csv"
    command = [sys.executable, SCRIPT, *roots, "--csv", path, *options]
    subprocess.run(command, check=True, capture_output=True)
    with path.open(newline="") as file:
        return {(row["configuration"], row["machine"]): row for row in csv.DictReader(file)}


def test_the_benchmark_compares_configurations_with_intervals(data, tmp_path):
    rows = measure([data], tmp_path, "--preset", "knn", "--preset", "iforest")
    assert list(rows) == [(p, m) for p in ("knn", "iforest") for m in ("fan", "pump", "mean")]
    row = rows["iforest", "pump"]
    assert float(row["h_low"]) <= float(row["h"]) <= float(row["h_high"])
    assert float(row["difference_low"]) <= float(row["difference"]) <= float(row["difference_high"])
    assert row["alarms_source"].endswith("/3")


@pytest.fixture(scope="module")
def on_real_recordings(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("accuracy")
    valve = measure([shared / VALVE], folder, "--preset", "classic")
    return valve | measure([shared / TOY_CAR], folder)


# The bars of the plain presets are what they reached with the level of the recorder in their
# features (.610, .582, .576), less a third of the half width of their 95 % intervals.
@pytest.mark.shared
@pytest.mark.parametrize(
    ("preset", "machine", "bar"),
    [
        ("classic", "ToyCar", 0.58),
        ("classic", "valve", 0.85),
        ("knn", "ToyCar", 0.594),
        ("gmm", "ToyCar", 0.566),
        ("iforest", "ToyCar", 0.56),
    ],
)
def test_a_preset_reaches_its_bar(on_real_recordings, preset, machine, bar):
    assert float(on_real_recordings[preset, machine]["h"]) >= bar


@pytest.mark.shared
def test_the_threshold_holds_on_new_normal_recordings_of_the_source(on_real_recordings):
    n_alarms, n_normals = on_real_recordings["classic", "ToyCar"]["alarms_source"].split("/")
    assert n_normals == "50"
    assert 2 <= int(n_alarms) <= 9
