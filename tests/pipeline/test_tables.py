"""What the verbs give back is a list, and the same as a table."""

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic import doctor, fit, load_preset, predict, prepare, score
from dcase_classic.outcomes.tables import Results


def test_models_have_a_row_for_each_domain(data, tmp_path):
    fitted = fit(data, tmp_path, load_preset("knn"))
    table = fitted.to_frame()
    assert table[["machine_type", "domain", "n_clips"]].to_numpy().tolist() == [
        ["fan", "source", 12],
        ["pump", "source", 12],
        ["pump", "target", 3],
    ]
    assert table["threshold"].tolist() == [fitted[0].threshold, *[fitted[1].threshold] * 2]
    assert (table["n_alarms"] / table["n_clips"]).tolist() == table["false_alarm_rate"].tolist()


def test_scores_have_a_row_for_each_clip_and_a_reason_where_there_is_none(
    own_data, fitted, tmp_path
):
    test = own_data / "fan" / "test"
    bad = write_wav(test / "section_00_source_test_normal_0009.wav", np.zeros(16000))
    clip = test / "section_00_source_test_normal_0000_speed_0.wav"
    write_wav(clip, np.column_stack([np.random.default_rng(0).normal(size=35200) * 0.1] * 2))
    scored = score(own_data, fitted, tmp_path, machines=["fan"])
    table = scored.to_frame().set_index("name")
    assert len(table) == 7
    assert table["reason"][bad.name].startswith("silent")
    assert np.isnan(table["anomaly_score"][bad.name])
    assert table["flags"][clip.name].startswith("2 channels instead of 1")
    scores = {row.name: row.severity for row in scored[0].result.scores}
    assert table["severity"].drop(bad.name).to_dict() == scores


def test_predictions_have_the_columns_of_json(own_data, fitted):
    table = predict(own_data / "fan" / "test", fitted).to_frame()
    assert list(table)[:4] == ["path", "machine_type", "anomaly_score", "threshold"]
    assert table["decision"].isin([0, 1]).all()


def test_prepared_clips_and_findings_are_tables(own_data, tmp_path):
    write_wav(own_data / "fan" / "test" / "section_00_source_test_normal_0009.wav", np.zeros(9))
    prepared = prepare(own_data, tmp_path).to_frame()
    assert prepared.groupby("machine_type")["n_skipped"].sum().tolist() == [1, 0]
    findings = doctor(own_data, is_deep=True).to_frame()
    assert list(findings) == ["severity", "kind", "path", "problem", "advice"]
    assert findings["severity"].iloc[0] == "error"


@pytest.mark.parametrize("results", [Results(), Results([])])
def test_no_results_are_an_empty_table(results):
    assert results.to_frame().empty
