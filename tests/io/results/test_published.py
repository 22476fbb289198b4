import csv
from importlib import resources

import pytest

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.challenge.years import YEARS, Subset
from dcase_classic.evaluation.metrics import arithmetic_mean, harmonic_mean
from dcase_classic.io.results.published import KEYS, MARKS, published_results

AREAS = ("auc_source", "auc_target", "pauc")
ALL = [
    (year, part, row)
    for year in YEARS
    for part in Subset
    for _, row in published_results(year, part).iterrows()
]


def rows_of(year, part, system):
    return [row for _, row in published_results(year, part).iterrows() if row.system == system]


def values(row):
    return row[list(KEYS)].dropna().to_dict()


def test_every_row_of_the_table_is_read():
    text = (resources.files("dcase_classic") / "published" / "results.csv").read_text("utf-8")
    assert len(list(csv.DictReader(text.splitlines()))) == len(ALL) == 184


@pytest.mark.parametrize(("year", "part", "row"), ALL)
def test_every_row_names_a_place_of_its_year_a_mark_and_a_source(year, part, row):
    sections = YEARS[year].machines[part]
    assert row.machine_type in {"", *sections}
    assert row.section in {"", *sections.get(row.machine_type, ())}
    assert row.mark in MARKS
    assert row.source
    assert values(row)
    assert all(0.3 < value < 1 for value in values(row).values())
    has_domains = YEARS[year].metric_rule is MetricRule.SHARED_ANOMALIES
    assert set(values(row)) <= (set(AREAS) | {"official_score"} if has_domains else set(KEYS[::3]))


def test_no_place_of_a_system_is_listed_twice():
    places = [(y, p, row.system, row.machine_type, row.section, row["mean"]) for y, p, row in ALL]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("year", [2023, 2024, 2025])
@pytest.mark.parametrize("system", ["AE baseline (MSE)", "AE baseline (Mahalanobis)"])
def test_totals_of_the_baselines_follow_from_their_machines(year, system):
    *machines, total = rows_of(year, Subset.EVAL, system)
    assert {row.machine_type for row in machines} == set(YEARS[year].machines[Subset.EVAL])
    areas = [row[key] for row in machines for key in AREAS]
    assert total["official_score"] == pytest.approx(harmonic_mean(areas), abs=6e-5)
    for key in AREAS:
        mean = harmonic_mean([row[key] for row in machines])
        assert total[key] == pytest.approx(mean, abs=6e-5)


@pytest.mark.parametrize("part", Subset)
def test_means_of_2020_follow_from_their_sections(part):
    rows = rows_of(2020, part, "AE baseline")
    for machine_type in YEARS[2020].machines[part]:
        *sections, mean = [row for row in rows if row.machine_type == machine_type]
        for key in ("auc", "pauc"):
            expected = arithmetic_mean([row[key] for row in sections])
            # the samples of the evaluator are rounded in another run
            assert mean[key] == pytest.approx(expected, abs=1.5e-4)


@pytest.mark.parametrize(
    ("part", "system"),
    [
        (Subset.DEV, "Xiao_HEU-HIT_task2_1 (GWRP GMM)"),
        (Subset.EVAL, "Xiao_HEU-HIT_task2_1 (GWRP GMM)"),
        (Subset.EVAL, "Xiao_HEU-HIT_task2_2 (with SMOTE)"),
    ],
)
def test_totals_of_the_best_classical_systems_follow_from_their_machines(part, system):
    rows = rows_of(2022, part, system)
    (total,) = [row for row in rows if not row.machine_type]
    areas = [row[key] for row in rows if row.machine_type for key in AREAS]
    # machines are published with one decimal
    assert total["official_score"] == pytest.approx(harmonic_mean(areas), abs=5e-4)
