import json
from dataclasses import replace
from pathlib import Path

import pytest

from dcase_classic.outcomes.examinations import CountRow, Examination
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip, Finding, Split
from dcase_classic.report.examination import examination_json, examination_text

COUNT = {"machine_type": "fan", "section": "00", "split": "test", "n_clips": 7}
KNOWN = CountRow(domain="source", label="normal", n_expected=50, **COUNT)
HIDDEN = CountRow(domain=None, label=None, n_expected=None, **COUNT)
FINDING = Finding.error(Path("a.wav"), "empty", advice="copy it again", kind="bad file")
CLIP = Clip(path=Path("data/fan/test/section_00_0000.wav"), machine_type="fan", section="00",
            split=Split.TEST)  # fmt: skip


def examined(**changes):
    fields = {
        "data": Path("data"),
        "years": (2023,),
        "year_reason": "names",
        "clips": (CLIP,),
        "is_deep": False,
        "counts": (KNOWN, HIDDEN),
        "findings": (FINDING,),
        "left_out": LeftOut(),
    }
    return Examination(**(fields | changes))


def test_what_the_names_hide_and_no_year_promises_is_marked():
    rows = [line.split() for line in examination_text(examined()).splitlines()]
    assert ["fan", "00", "test", "source", "normal", "7", "50"] in rows
    assert ["fan", "00", "test", "?", "?", "7", "-"] in rows


@pytest.mark.parametrize(
    ("is_deep", "how"), [(False, "headers only, --deep reads all samples"), (True, "all samples")]
)
def test_findings_stand_above_a_last_line_that_says_how_far_one_looked(is_deep, how):
    finding, last = examination_text(examined(is_deep=is_deep)).splitlines()[-2:]
    assert finding == "error: bad file: a.wav: empty; copy it again"
    assert last == f"1 recording ({how}), 1 finding"


def test_recordings_of_ones_own_are_counted_without_words_of_the_challenge():
    text = examination_text(examined(clips=(replace(CLIP, is_own=True),) * 3, years=()))
    assert text.splitlines()[:3] == ["machine  recordings", "fan               3", ""]


@pytest.mark.parametrize(("years", "year"), [((2023,), 2023), ((2023, 2024), None), ((), None)])
def test_json_has_a_year_only_where_a_single_one_fits(years, year):
    plain = json.loads(examination_json(examined(years=years)))
    assert (plain["year"], plain["years"]) == (year, list(years))


def test_json_has_counts_with_null_for_what_is_not_known():
    plain = json.loads(examination_json(examined()))
    assert plain["sections"][1] == COUNT | {"domain": None, "label": None, "n_expected": None}


def test_json_has_the_parts_of_every_finding():
    (finding,) = json.loads(examination_json(examined()))["findings"]
    assert finding == {
        "severity": "error", "kind": "bad file", "path": "a.wav", "problem": "empty",
        "advice": "copy it again",
    }  # fmt: skip
