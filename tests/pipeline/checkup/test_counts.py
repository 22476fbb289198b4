from dataclasses import replace
from pathlib import Path

from dcase_classic.outcomes.examinations import CountRow
from dcase_classic.pipeline.checkup.counts import count_findings

DATA = Path("data")
TRAIN = CountRow(
    machine_type="fan", section="00", split="train", domain="source", label="normal",
    n_clips=990, n_expected=990,
)  # fmt: skip
TEST = replace(TRAIN, split="test", domain=None, label=None, n_clips=7, n_expected=None)


def test_counts_as_promised_or_without_promise_are_no_finding():
    assert list(count_findings(DATA, [TRAIN, TEST])) == []


def test_a_count_that_differs_is_said_with_both_numbers_and_the_known_words():
    (finding,) = count_findings(DATA, [TRAIN, replace(TEST, n_expected=200)])
    assert finding.problem == "fan section 00: 7 test clips, the year promises 200"
    assert finding.path == DATA


def test_a_section_of_test_clips_alone_cannot_be_fitted():
    missing = replace(TRAIN, section="01", n_clips=0, n_expected=None)
    (finding,) = count_findings(DATA, [TRAIN, TEST, missing, replace(TEST, section="01")])
    assert finding.problem == "fan section 01: no training clip"
