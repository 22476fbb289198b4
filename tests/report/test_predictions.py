import csv
import json
from pathlib import Path

from dcase_classic.outcomes import Prediction
from dcase_classic.report.predictions import predictions_csv, predictions_json, predictions_text

SCORED = Prediction(
    path=Path("a.wav"), machine_type="fan", anomaly_score=1.25, p_value=0.04, decision=1
)
ODD = Prediction(path=Path("b.wav"), machine_type=None, reason="no model fits it")


def test_people_get_one_line_per_recording_with_the_reason_where_there_is_no_score():
    header, scored, odd = predictions_text([SCORED, ODD]).splitlines()
    assert header.split() == ["decision", "score", "p", "recording"]
    assert scored.split() == ["anomaly", "1.2500", "0.0400", "a.wav"]
    assert odd.split(maxsplit=4) == ["not", "scored", "-", "-", "b.wav (no model fits it)"]
    assert header.index("recording") == scored.index("a.wav") == odd.index("b.wav")


def test_json_and_csv_hold_the_same_values_by_the_same_keys():
    plain = json.loads(predictions_json([SCORED, ODD]))
    rows = list(csv.DictReader(predictions_csv([SCORED, ODD]).splitlines()))
    assert plain[0] == {"path": "a.wav", "machine_type": "fan", "anomaly_score": 1.25,
                        "p_value": 0.04, "decision": 1, "reason": None}  # fmt: skip
    assert plain[1]["anomaly_score"] is None
    for row, entry in zip(rows, plain, strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in entry.items()}
