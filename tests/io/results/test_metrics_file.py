import json

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.results.metrics_file import read_machine_means
from dcase_classic.outcomes.evaluations import Means

FAN = {
    "machine_type": "fan",
    "arithmetic_mean": {"auc": 0.75, "pauc": None},
    "harmonic_mean": {"auc": 0.5, "pauc": 1},
}


def test_the_means_of_every_machine_are_read_back(tmp_path):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"machines": [FAN, FAN | {"machine_type": "pump"}]}))
    means = read_machine_means(path)
    assert list(means) == ["fan", "pump"]
    assert means["fan"] == Means(
        arithmetic_mean={"auc": 0.75, "pauc": None}, harmonic_mean={"auc": 0.5, "pauc": 1}
    )


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[" * 100_000,
        "[0" + ",0" * 1_000_001 + "]",
        '{"machines": [{"machine_type": []}]}',
        "[]",
        "{}",
        json.dumps({"systems": []}),
        json.dumps({"machines": [{"machine_type": "fan", "arithmetic_mean": {}}]}),
        json.dumps({"machines": [FAN | {"harmonic_mean": [0.5]}]}),
        json.dumps({"machines": [FAN | {"harmonic_mean": {"auc": 61.5}}]}),
        json.dumps({"machines": [FAN | {"harmonic_mean": {"auc": "0.5"}}]}),
        json.dumps({"machines": [FAN | {"harmonic_mean": {"auc": float("nan")}}]}),
    ],
)
def test_anything_else_is_refused_in_one_line_that_names_the_file(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(DataError, match="not the metrics of one system") as refused:
        read_machine_means(path)
    assert (refused.value.path, "evaluate --json" in refused.value.advice) == (path, True)
