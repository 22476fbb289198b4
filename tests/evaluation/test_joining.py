import numpy as np
import pytest

from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.evaluation.joining import SectionResult, SectionTruth, join, name_problems

KEY = ("fan", "03")
TRUTH = SectionTruth(
    is_anomaly={"a.wav": False, "b.wav": True, "c.wav": True},
    is_target={"a.wav": True, "b.wav": False, "c.wav": True},
    labelled_names={"normal_a.wav": "a.wav"},
)


def result(scores, decisions=None):
    return SectionResult(anomaly_scores=scores, decisions=decisions)


SCORES = {"c.wav": 3.0, "a.wav": 1.0, "b.wav": 2.0}


def test_rows_of_any_order_are_joined_by_name():
    decisions = {"b.wav": 0.0, "a.wav": 0.0, "c.wav": 1.0}
    labelled, warnings = join(KEY, result(SCORES, decisions), TRUTH, needs_domains=True)
    assert labelled.anomaly_scores.tolist() == [1.0, 2.0, 3.0]
    assert labelled.is_anomaly.tolist() == [False, True, True]
    assert labelled.is_target.tolist() == [True, False, True]
    assert labelled.is_decided.tolist() == [False, False, True]
    assert warnings == []


def test_domains_and_decisions_that_are_not_needed_are_none():
    labelled, _ = join(KEY, result(SCORES), SectionTruth(is_anomaly=TRUTH.is_anomaly),
                       needs_domains=False)  # fmt: skip
    assert labelled.is_target is None
    assert labelled.is_decided is None


def test_domains_that_the_truth_does_not_tell_are_an_error_where_they_are_needed():
    truth = SectionTruth(is_anomaly=TRUTH.is_anomaly, is_target={"a.wav": True, "b.wav": True})
    with pytest.raises(DataError, match=r"fan section 03: .* the domain of c\.wav; expected"):
        join(KEY, result(SCORES), truth, needs_domains=True)


def refused(scores, **options):
    with pytest.raises(SubmissionError) as raised:
        join(KEY, result(scores), TRUTH, needs_domains=True, **options)
    return raised.value


def test_missing_and_unknown_rows_are_named_with_the_way_out():
    both = refused({"a.wav": 1.0, "x.wav": 1.0})
    assert both.problem == "fan section 03: 2 missing rows: b.wav, c.wav; 1 unknown row: x.wav"
    assert both.advice == ""  # nothing is gained by skipping
    missing = refused({"a.wav": 1.0})
    assert missing.advice == "--skip-missing leaves clips without a score out"


@pytest.mark.parametrize("skip_missing", [False, True])
def test_rows_whose_names_have_another_ending_are_told_by_it(skip_missing):
    scores = {"a.flac": 1.0, "b.flac": 2.0, "c.wav": 3.0}
    advice = refused(scores, skip_missing=skip_missing).advice
    assert advice == "rows end in .flac, the truth in .wav: rename them"


def test_an_unknown_row_is_no_reason_to_skip_missing_ones():
    assert refused(SCORES | {"x.wav": 1.0}).advice == ""


def test_the_same_problem_in_scores_and_decisions_is_said_once():
    rows = {"a.wav": 1.0, "b.wav": 1.0}
    with pytest.raises(SubmissionError) as raised:
        join(KEY, result(rows, rows), TRUTH, needs_domains=True)
    assert raised.value.problem == "fan section 03: 1 missing row: c.wav"


def test_clips_without_a_score_can_be_left_out():
    labelled, warnings = join(
        KEY, result({"a.wav": 1.0, "c.wav": 3.0}), TRUTH, needs_domains=True, skip_missing=True
    )
    assert np.array_equal(labelled.anomaly_scores, [1.0, 3.0])
    assert warnings == ["fan section 03: left out 1 clip without a score: b.wav"]


def test_labelled_names_are_led_back_to_those_of_the_truth():
    rows = {"normal_a.wav": 1.0, "b.wav": 2.0, "c.wav": 3.0}
    labelled, warnings = join(KEY, result(rows), TRUTH, needs_domains=True)
    assert labelled.anomaly_scores.tolist() == [1.0, 2.0, 3.0]
    assert warnings == ["fan section 03: 1 labelled names were matched with hidden ones"]
    with pytest.raises(SubmissionError, match=r"two rows for a\.wav, one by its labelled name"):
        join(KEY, result(rows | {"a.wav": 1.0}), TRUTH, needs_domains=True)


def test_equal_sets_of_names_have_no_problem():
    assert name_problems({"a", "b"}, {"b", "a"}) == []
