from pathlib import Path

from dcase_classic.challenge.expected_counts import count_rows
from dcase_classic.challenge.which_year import YearGuess
from dcase_classic.records import Clip, Domain, Label, Split

TRAIN = (Split.TRAIN, Domain.SOURCE, Label.NORMAL)
TEST = (Split.TEST, Domain.TARGET, Label.ANOMALY)
HIDDEN = (Split.TEST, None, None)


def counts(*kinds, years=(2023,), machine_type="fan"):
    """What is counted of one clip of every kind, by kind: clips there are and promised."""
    clips = [
        Clip(path=Path(f"{number}.wav"), machine_type=machine_type, section="00", split=split,
             domain=domain, label=label)
        for number, (split, domain, label) in enumerate(kinds)
    ]  # fmt: skip
    rows = count_rows(clips, YearGuess(years=years, reason=""))
    return {(row.split, row.domain, row.label): (row.n_clips, row.n_expected) for row in rows}


def test_what_is_there_stands_beside_what_the_year_promises():
    assert counts(TRAIN)["train", "source", "normal"] == (1, 990)


def test_a_kind_that_is_missing_is_promised_where_another_of_its_split_is_there():
    assert counts(TRAIN)["train", "target", "normal"] == (0, 10)
    assert ("test", "source", "normal") not in counts(TRAIN)


def test_hidden_and_labelled_test_clips_are_not_promised_together():
    assert counts(HIDDEN) == {("test", None, None): (1, 200)}
    assert ("test", None, None) not in counts(TEST)


def test_years_that_promise_the_same_count_as_one():
    assert counts(TRAIN, years=(2023, 2024)) == counts(TRAIN)


def test_years_that_differ_promise_nothing():
    assert counts(TRAIN, years=(2020, 2023)) == {("train", "source", "normal"): (1, None)}


def test_recordings_of_no_year_are_counted_without_promise():
    assert counts(TRAIN, TRAIN, years=()) == {("train", "source", "normal"): (2, None)}


def test_training_clips_come_first_and_normal_ones_before_anomalies():
    normal = (Split.TEST, Domain.TARGET, Label.NORMAL)
    assert list(counts(TEST, normal, TRAIN, years=())) == [
        ("train", "source", "normal"), ("test", "target", "normal"), ("test", "target", "anomaly")
    ]  # fmt: skip
