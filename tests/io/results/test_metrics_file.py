import json

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.results.metrics_file import read_metrics
from dcase_classic.outcomes.evaluations import Means

FAN = {
    "machine_type": "fan",
    "arithmetic_mean": {"auc": 0.75, "pauc": None},
    "harmonic_mean": {"auc": 0.5, "pauc": 1},
}

SECTIONS = [{"machine_type": "fan", "section": number} for number in ("00", "01", "02")]
RULE = {"rule": "shared anomalies", "year": None, "warnings": []}


def write(path, sections, rule=RULE):
    path.write_text(json.dumps({"machines": [FAN], "sections": sections} | rule))
    return read_metrics(path)


def test_the_means_of_every_machine_are_read_back(tmp_path):
    path = tmp_path / "metrics.json"
    table = {"machines": [FAN, FAN | {"machine_type": "pump"}], "sections": SECTIONS} | RULE
    path.write_text(json.dumps(table))
    metrics = read_metrics(path)
    assert (metrics.rule, metrics.sections) == (RULE["rule"], {"fan": {"00", "01", "02"}})
    means = metrics.means
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
        json.dumps({"machines": [FAN], "sections": SECTIONS}),
        json.dumps({"machines": [FAN], "sections": [{"machine_type": "fan"}]} | RULE),
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
        read_metrics(path)
    assert (refused.value.path, "evaluate --json" in refused.value.advice) == (path, True)


def test_whole_machines_of_the_development_set_are_taken(tmp_path):
    write(tmp_path / "metrics.json", SECTIONS).check_development_set(2022)


@pytest.mark.parametrize(
    ("sections", "year", "words"),
    [
        ([{"machine_type": "fan", "section": "03"}], 2022, "fan: metrics of sections 03, expected"),
        (SECTIONS[:2], 2022, "metrics of sections 00, 01, expected 00, 01, 02"),
        (SECTIONS, 2023, "metrics of sections 00, 01, 02, expected 00; evaluate the development"),
        ([{"machine_type": "Vacuum", "section": "00"}], 2023, "sections 00, expected none"),
        (SECTIONS[:1], 2024, "metrics of 2023; evaluate the development set of 2024"),
        (SECTIONS, 2021, "made by the rule 'shared anomalies', that of 2021 is 'per domain'"),
    ],
)
def test_other_sections_and_rules_are_refused(tmp_path, sections, year, words):
    rule = RULE | {"year": 2023} if year == 2024 else RULE  # both have these machines
    metrics = write(tmp_path / "metrics.json", sections, rule)
    with pytest.raises(DataError, match=words):
        metrics.check_development_set(year)
