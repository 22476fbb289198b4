import json
from dataclasses import replace

import pytest
from made_outcomes import explained_prediction

from dcase_classic.errors import DataError
from dcase_classic.io.results.prediction_rows import read_predictions
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.report.predictions import predictions_rows

WINDOWS = [
    explained_prediction("long.wav", start_s=0.0, end_s=2.0),
    explained_prediction("long.wav", start_s=1.0, end_s=3.0, explanation=None),
]
LOST = Prediction(path=explained_prediction("b.wav").path, machine_type=None, reason="is silent")


@pytest.fixture
def written(tmp_path):
    def write(rows, form="json"):
        path = tmp_path / f"rows.{form}"
        path.write_text(rows if isinstance(rows, str) else predictions_rows(rows, form), "utf-8")
        return path

    return write


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_predict_printed_is_read_back(written, form):
    rows = [explained_prediction(), LOST, *WINDOWS]
    assert read_predictions(written(rows, form)) == rows


def test_whether_the_nearest_normal_is_there_is_looked_up(written, tmp_path):
    normal = tmp_path / "n.wav"
    normal.write_bytes(b"x")
    row = explained_prediction()
    nearest = replace(row.explanation.nearest_normal, path=normal)
    row = replace(row, explanation=replace(row.explanation, nearest_normal=nearest))
    (read,) = read_predictions(written([row]))
    assert read.explanation.nearest_normal.is_there
    nowhere = replace(nearest, path=None)
    row = replace(row, explanation=replace(row.explanation, nearest_normal=nowhere))
    (read,) = read_predictions(written([row]))
    assert read.explanation.nearest_normal == nowhere


@pytest.mark.parametrize("text", ["", "{", "[1e999", "nothing", "[" * 9999, "[NaN]", "\n\n"])
def test_what_is_no_such_json_is_refused_in_a_line(written, text):
    with pytest.raises(DataError, match="expected the output of") as caught:
        read_predictions(written(text))
    assert "\n" not in str(caught.value)


def test_rows_that_do_not_say_why_are_refused(written):
    with pytest.raises(DataError, match=r"does not say why .* --json --why"):
        read_predictions(written([explained_prediction(explanation=None)]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "a\0b"}, "expected a path"),
        ({"nearest_normal": ""}, "expected a path"),
        ({"odd": 1}, "unknown key"),
        ({"severity": None}, "or none"),
        ({"decision": 2}, "a decision of 0 or 1"),
        ({"p_value": 1.5}, "p_value in"),
        ({"severity": 1e300}, "number up to"),
        ({"severity": "inf"}, "number up to"),
        ({"start_s": 1.0}, "expected a range"),
        ({"start_s": -1.0, "end_s": 2.0}, "expected a range"),
        ({"start_s": 1.0, "end_s": 1.05}, "expected a range"),
        ({"why": [{"aspect": "peaks", "share": 1.0, "band_hz": [1.0]}]}, "got 1 numbers"),
        ({"why": [{"aspect": "peaks", "share": 1.0, "rate_hz": [3.0, 2.0]}]}, "expected a range"),
        ({"why": [{"aspect": "peaks", "share": 1.0, "direction": "odd"}]}, "expected one of"),
        ({"why": [{"aspect": "peaks", "share": 1e300}]}, "number up to"),
        ({"families": [{"family": "a", "aspect": "peaks"}]}, "'share' is missing"),
        ({"p_value_is_extrapolated": 3}, "true or false"),
    ],
)
def test_a_value_that_predict_does_not_print_is_refused_with_its_row(written, change, words):
    rows = json.loads(predictions_rows([explained_prediction(), explained_prediction()], "json"))
    rows[1] |= change
    with pytest.raises(DataError, match=f"row 2.*{words}") as caught:
        read_predictions(written(json.dumps(rows)))
    assert "\n" not in str(caught.value)
