"""The main job on real recordings; the bounds are those that the project promises."""

import csv
import json

import pytest

pytestmark = pytest.mark.shared

TOYCAR = "data/dcase2023t2/dev_data/raw"
VALVE = "data/valve_source/dev_data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


def judge(run, data, folder, preset):
    models, results = folder / "models" / preset, folder / "results" / preset
    assert run("fit", data, "--preset", preset, "--models", models)[0] == 0
    assert run("score", data, "--models", models, "--output", results)[0] == 0
    status, out, err = run("evaluate", results, "--truth", data, "--json", "--no-intervals")
    assert status == 0, err
    return json.loads(out), results


@pytest.mark.parametrize(("preset", "bound"), [("default", 0.55), ("gmm", 0.5), ("iforest", 0.5)])
def test_toycar_is_judged_better_than_chance(run, shared, folder, preset, bound):
    report, _ = judge(run, shared / TOYCAR, folder, preset)
    assert report["official_score"] >= bound


def test_toycar_raises_few_false_alarms_in_the_source_domain(run, shared, folder):
    _, results = judge(run, shared / TOYCAR, folder, "default")
    with next(results.rglob("decision_result_*.csv")).open(newline="") as file:
        rows = list(csv.reader(file))
    decisions = [int(decision) for name, decision in rows if "source_test_normal" in name]
    assert len(decisions) == 50
    assert sum(decisions) <= 10


def test_a_machine_without_a_target_domain_is_judged_without_it(run, shared, folder):
    report, _ = judge(run, shared / VALVE, folder, "default")
    (section,) = report["sections"]
    assert section["auc_target"] is None
    assert 0 <= section["auc_source"] <= 1
