import csv
import json

import pandas as pd
import pytest

from dcase_classic.outcomes.evaluations import OURS, Comparison, PairedDifference
from dcase_classic.report.comparison import comparison_json, comparison_text
from dcase_classic.report.rows import frame_rows, rows_text

KEYS = ("auc", "auc_source", "auc_target", "pauc", "official_score")
WORDS = ("machine_type", "section", "mean", "system", "mark", "source")
ROWS = [
    ("fan", "00", "", "mine", OURS, "", {"auc_source": 0.75, "pauc": 0.5}),
    ("fan", "00", "", "baseline", "A", "page 3",
     {"auc_source": 0.625, "pauc": 0.55, "auc_source_difference": 0.125, "pauc_difference": -0.05}),
    ("", "", "harmonic", "mine", OURS, "", {"auc_source": 0.7, "official_score": 0.6}),
    ("", "", "harmonic", "baseline", "A", "page 3", {"official_score": 0.5}),
]  # fmt: skip


def compared(*pairs):
    rows = pd.DataFrame([dict(zip(WORDS, row, strict=False)) | row[-1] for row in ROWS])
    columns = [*WORDS, *KEYS, *(f"{key}_difference" for key in KEYS)]
    return Comparison(
        year=2023, subset="evaluation", rows=rows.reindex(columns=columns), pairs=pairs,
        warnings=("left out: x",),
    )  # fmt: skip


def pair(**changes):
    fields = {"first": "a", "second": "b", "difference": 0.0123, "interval": (0.001, 0.02)}
    return PairedDifference(**(fields | changes))


def test_a_place_is_named_once_and_its_systems_stand_below_each_other():
    lines = comparison_text(compared()).splitlines()
    mine, baseline = (line.split() for line in lines if "75.00" in line or "62.50" in line)
    assert mine == ["fan", "00", "mine", "75.00", "50.00", "ours"]
    assert baseline == ["baseline", "62.50", "(+12.50)", "55.00", "(-5.00)", "A"]


def test_values_that_no_row_has_get_no_column_and_means_are_of_all():
    text = comparison_text(compared())
    assert "AUC target" not in text
    assert "all      harm. mean" in text


def test_published_rows_have_their_source_and_own_ones_none():
    legend = comparison_text(compared()).partition("sources (")[2]
    assert "A baseline: page 3" in legend
    assert "mine" not in legend


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "a minus b: +1.23 (+0.10 to +2.00), more than noise"),
        ({"interval": (-0.001, 0.02)}, "a minus b: +1.23 (-0.10 to +2.00), not more than noise"),
        ({"interval": None, "reason": "none was"}, "a minus b: +1.23, no interval: none was"),
    ],
)
def test_a_difference_of_own_runs_is_judged_by_its_interval(changes, said):
    assert said in comparison_text(compared(pair(**changes))).splitlines()


def test_csv_holds_every_column_not_rounded_and_empty_where_there_is_no_value():
    rows = list(csv.DictReader(rows_text(frame_rows(compared().rows), "csv").splitlines()))
    assert [row["system"] for row in rows] == ["mine", "baseline", "mine", "baseline"]
    assert rows[1]["auc_source_difference"] == "0.125"
    assert rows[0]["auc_source_difference"] == rows[0]["auc_target"] == ""


def test_json_holds_rows_with_null_where_there_is_no_value_and_the_pairs():
    plain = json.loads(comparison_json(compared(pair(), pair(interval=None))))
    assert (plain["year"], plain["set"], plain["warnings"]) == (2023, "evaluation", ["left out: x"])
    row = plain["rows"][2]
    assert row["auc_target"] is row["auc_source_difference"] is None
    assert {key: value for key, value in row.items() if value is not None} == {
        "machine_type": "", "section": "", "mean": "harmonic", "system": "mine", "mark": "ours",
        "source": "", "auc_source": 0.7, "official_score": 0.6,
    }  # fmt: skip
    known, unknown = plain["paired_differences"]
    assert known["official_score_difference_ci95"] == [0.001, 0.02]
    assert (known["is_more_than_noise"], unknown["is_more_than_noise"]) == (True, None)
