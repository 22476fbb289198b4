import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.records import Label
from dcase_classic.report.predictions import predictions_rows, predictions_text

SCORED = Prediction(
    path=Path("a.wav"),
    machine_type="fan",
    anomaly_score=1.25,
    threshold=0.5,
    severity=161.2,
    p_value=0.04,
    p_value_is_extrapolated=False,
    decision=1,
)
ODD = Prediction(path=Path("b.wav"), machine_type=None, reason="no model fits it")


def test_people_get_one_line_per_recording_with_the_reason_where_there_is_no_score():
    header, scored, odd, _ = predictions_text([SCORED, ODD]).splitlines()
    assert header.split() == ["decision", "score", "threshold", "severity", "p", "recording"]
    assert scored.split() == ["anomaly", "1.2500", "0.5000", "161", "0.0400", "a.wav"]
    assert odd.split(maxsplit=6) == ["not", "scored", *"----", "b.wav (no model fits it)"]
    assert header.index("recording") == scored.index("a.wav") == odd.index("b.wav")


def test_a_p_value_of_a_fitted_tail_is_marked():
    tail = replace(SCORED, p_value=0.00032, p_value_is_extrapolated=True)
    assert predictions_text([tail]).splitlines()[1].split()[4] == "~3e-04"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([SCORED, ODD], "1 of 2 recordings raises an alarm; 1 without a score"),
        ([SCORED, SCORED], "1 of 1 recording raises an alarm"),  # two parts of one recording
        ([replace(SCORED, decision=0)], "0 of 1 recording raises an alarm"),
    ],
)
def test_the_last_line_counts_the_recordings_that_raise_an_alarm(rows, expected):
    assert predictions_text(rows).splitlines()[-1] == expected


def test_where_it_is_known_what_recordings_are_the_last_lines_tell_what_alarms_are_worth():
    severities = {"a": 20.0, "b": 130.0, "c": 90.0, "d": 250.0}
    rows = [
        Prediction(
            path=Path(name),
            machine_type="fan",
            anomaly_score=severity,
            threshold=100.0,
            severity=severity,
            p_value=0.1,
            decision=int(severity > 100),
        )
        for name, severity in severities.items()
    ]
    window = replace(rows[0], start_s=0.0, end_s=1.0, severity=10.0)
    lost = Prediction(path=Path("e"), machine_type="fan", reason="silent")
    labels = dict.fromkeys(map(Path, "ab"), Label.NORMAL)
    labels |= dict.fromkeys(map(Path, "cde"), Label.ANOMALY)
    lines = predictions_text([window, *rows, lost], labels).splitlines()
    assert lines[-4:] == [
        "2 of 5 recordings raise an alarm (0 of 1 window above the threshold); 1 without a score",
        "1 of 2 recordings known as normal raises an alarm (1 to 99 %)",
        "1 of 2 recordings known as anomaly raises an alarm (1 to 99 %)",
        "AUC 0.750: so often an anomaly is more severe than a normal recording",
    ]
    assert predictions_text(rows[:2], labels).splitlines()[-1].startswith("1 of 2 recordings known")
    assert predictions_text(rows).splitlines()[-1] == "2 of 4 recordings raise an alarm"


def test_json_and_csv_hold_the_same_values_by_the_same_keys():
    plain = json.loads(predictions_rows([SCORED, ODD], "json"))
    rows = list(csv.DictReader(predictions_rows([SCORED, ODD], "csv").splitlines()))
    assert plain[0] == {"path": "a.wav", "machine_type": "fan", "anomaly_score": 1.25,
                        "threshold": 0.5, "severity": 161.2, "p_value": 0.04,
                        "p_value_is_extrapolated": False, "decision": 1,
                        "reason": None, "start_s": None, "end_s": None}  # fmt: skip
    assert plain[1]["anomaly_score"] is None
    for row, entry in zip(rows, plain, strict=True):
        assert row == {key: "" if value is None else str(value) for key, value in entry.items()}
