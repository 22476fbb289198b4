"""The main job on real recordings by the command line; more bounds are in test_accuracy.py."""

import csv
import json
from importlib import resources

import numpy as np
import pytest

pytestmark = [pytest.mark.shared, pytest.mark.uncounted]

TOYCAR = "data/dcase2023t2/dev_data/raw"
VALVE = "data/valve_source/dev_data"


@pytest.fixture(autouse=True)
def own_cache():
    """The cache of the session instead: the same recordings are read by every test."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


def fit_and_score(run, data, folder, *settings):
    models, results = folder / "models", folder / "results"
    assert run("fit", data, *settings, "--models", models)[0] == 0
    assert run("score", data, "--models", models, "--output", results)[0] == 0
    return results


def judge(run, data, folder, preset):
    results = fit_and_score(run, data, folder / preset, "--preset", preset)
    status, out, err = run("evaluate", results, "--truth", data, "--json", "--no-intervals")
    assert status == 0, err
    return json.loads(out), results


def read_column(results, pattern):
    with next(results.rglob(pattern)).open(newline="") as file:
        return {name: float(value) for name, value in csv.reader(file)}


@pytest.mark.long
def test_toycar_is_judged_better_than_chance(run, shared, folder):
    """Higher bars, and those of the other presets, are in `tests/test_accuracy.py`."""
    report, _ = judge(run, shared / TOYCAR, folder, "default")
    assert report["official_score"] >= 0.55


@pytest.mark.long
def test_toycar_raises_few_false_alarms_in_the_source_domain(run, shared, folder):
    _, results = judge(run, shared / TOYCAR, folder, "default")
    rows = read_column(results, "decision_result_*.csv")
    decisions = [decision for name, decision in rows.items() if "source_test_normal" in name]
    assert len(decisions) == 50
    assert sum(decisions) <= 10


def test_a_machine_without_a_target_domain_is_judged_without_it(run, shared, folder):
    report, _ = judge(run, shared / VALVE, folder, "default")
    (section,) = report["sections"]
    assert section["auc_target"] is None
    assert section["auc_source"] >= 0.9


def test_librosas_engine_on_the_same_frames_decides_as_the_fast_one(run, shared, folder, tmp_path):
    for split in ("train", "test"):
        for path in sorted((shared / TOYCAR / "ToyCar" / split).iterdir())[::4]:
            (tmp_path / "ToyCar" / split).mkdir(parents=True, exist_ok=True)
            (tmp_path / "ToyCar" / split / path.name).symlink_to(path)
    preset = resources.files("dcase_classic").joinpath("presets/knn.toml").read_text("utf-8")
    scores, decisions = [], []
    for engine in ("fast", "librosa"):
        settings = folder / f"{engine}.toml"
        chosen = preset.replace("[spectrum]\n", f'[spectrum]\nengine = "{engine}"\n', 1)
        settings.write_text(chosen, encoding="utf-8")
        results = fit_and_score(run, tmp_path, folder / engine, "--config", settings)
        scores.append(list(read_column(results, "anomaly_score_*.csv").values()))
        decisions.append(read_column(results, "decision_result_*.csv"))
    assert len(decisions[0]) == 50
    assert decisions[0] == decisions[1]
    # bands differ by up to 1e-3 dB, scores from -2.4 to 4.1 by 3e-5: not by nothing, nor by more
    np.testing.assert_allclose(*scores, atol=2e-4)
    assert scores[0] != scores[1]
