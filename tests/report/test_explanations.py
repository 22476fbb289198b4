import json
from dataclasses import replace
from pathlib import Path

import pytest

from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import (
    Direction,
    Explanation,
    FamilyShare,
    NearestNormal,
    Reason,
)
from dcase_classic.report.explanations import explanation_sentence, explanations_text
from dcase_classic.report.predictions import predictions_rows

LOUD = Reason(
    aspect="spectrum",
    share=8.7,
    band_hz=(2890.0, 3310.0),
    from_s=4.0,
    to_s=4.5,
    direction=Direction.LOUDER,
    excess_db=9.0,
    is_beyond_all=True,
)
LEFT = Reason(aspect="spectrum", share=1.1)
USUAL = Reason(aspect="movement", share=0.2)
EXPLANATION = Explanation(
    anomaly_score=10.0,
    why=(LOUD, LEFT, USUAL),
    families=(
        FamilyShare(family="mfcc_1s", aspect="spectrum", share=9.8),
        FamilyShare(family="movement", aspect="movement", share=0.2),
        FamilyShare(family="rhythm", aspect="rhythm", share=0.0),
    ),
    nearest_normal=NearestNormal(position=3, path=Path("/d/a.wav"), is_there=True),
)
SCORED = Prediction(
    path=Path("b.wav"),
    machine_type="fan",
    anomaly_score=10.0,
    threshold=2.0,
    decision=1,
    explanation=EXPLANATION,
)


def sentence(*why, score=10.0, threshold=2.0, families=()):
    return explanation_sentence(
        Explanation(
            anomaly_score=score,
            why=why,
            families=families,
            nearest_normal=NearestNormal(position=0),
        ),
        threshold,
    )


def test_one_sentence_says_what_where_when_how_much_and_what_is_as_usual():
    assert explanation_sentence(EXPLANATION, 2.1) == (
        "louder than any normal between 2.9 and 3.3 kHz around 4.0-4.5 s (87 % of the score); "
        "movement and rhythm as usual; nearest normal: a.wav"
    )


@pytest.mark.parametrize(("threshold", "words"), [(2.1, "movement and rhythm"), (1.9, "rhythm")])
def test_what_is_as_usual_adds_hardly_anything_to_what_is_normal(threshold, words):
    assert f"score); {words} as usual" in explanation_sentence(EXPLANATION, threshold)


def test_a_nearest_normal_is_told_with_its_folder_where_its_name_is_not_enough():
    nearest = replace(EXPLANATION.nearest_normal, name="mon/a.wav")
    told = explanation_sentence(replace(EXPLANATION, nearest_normal=nearest), 2.0)
    assert told.endswith("nearest normal: mon/a.wav")


def test_a_nearest_normal_that_is_gone_is_said_to_be():
    gone = replace(EXPLANATION, nearest_normal=NearestNormal(position=3, path=Path("/d/a.wav")))
    assert explanation_sentence(gone, 2.0).endswith("nearest normal: a.wav (not there any more)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_beyond_all": False}, "louder than usual"),
        ({"direction": Direction.QUIETER}, "quieter than any normal"),
        ({"direction": Direction.MISSING}, "missing between"),
        (
            {"direction": Direction.MORE_REGULAR, "rate_hz": (11.0, 14.2)},
            "beats at 11.0-14.2 Hz more than any normal between",
        ),
        (
            {"direction": Direction.LESS_REGULAR, "rate_hz": (11.0, 14.2), "is_beyond_all": False},
            "beats at 11.0-14.2 Hz less than usual between",
        ),
        (
            {"direction": Direction.FASTER, "rate_hz": (11.0, 14.2)},
            "beats faster than any normal, now at 11.0-14.2 Hz between",
        ),
        ({"direction": Direction.SLOWER, "rate_hz": (1.0, 2.0)}, "beats slower than any normal"),
        ({"direction": Direction.MISSING, "rate_hz": (0.8, 0.8)}, "a beat is missing between"),
        ({"direction": Direction.MISSING, "rate_hz": (4.0, 4.0)}, "beats are missing between"),
        ({"direction": Direction.EXTRA, "rate_hz": (0.8, 0.8)}, "a beat too many between"),
        ({"direction": Direction.LATE, "rate_hz": (0.8, 0.8)}, "a beat comes late between"),
        ({"is_all_the_time": True}, "between 2.9 and 3.3 kHz all the time"),
        ({"band_hz": (101.0, 222.0)}, "between 100 and 220 Hz around"),
        ({"band_hz": None}, "louder than any normal around 4.0-4.5 s"),
    ],
)
def test_every_difference_has_its_words(change, words):
    assert words in sentence(replace(LOUD, **change))


def test_of_a_normal_recording_nothing_is_said_to_be_farther_than_any_normal():
    assert sentence(LOUD, score=2.0).startswith("louder than usual between")
    assert sentence(LOUD, score=2.1).startswith("louder than any normal between")


def test_small_reasons_are_told_only_where_there_is_no_other():
    small = replace(LOUD, share=0.1, band_hz=(100.0, 200.0))
    assert sentence(LOUD, small).count("louder") == 1
    assert sentence(small) == (
        "louder than any normal between 100 and 200 Hz around 4.0-4.5 s (1 % of the score)"
    )


def test_no_more_than_the_score_is_told_in_parts_of_it():
    second = replace(LOUD, share=2.0, band_hz=(100.0, 200.0))
    loud, quiet = (sentence(replace(LOUD, share=share), second) for share in (9.0, 90.0))
    assert "(90 % of the score); louder" in loud
    assert loud.endswith("(10 % of the score)")
    assert "(all of the score); louder" in quiet
    assert quiet.endswith("around 4.0-4.5 s")


def test_an_aspect_that_a_told_reason_is_about_is_not_called_usual():
    names = ("peaks", "spectrum", "rhythm", "movement")
    families = tuple(FamilyShare(family=name, aspect=name, share=-1.0) for name in names)
    from_movement = replace(LOUD, aspect="movement")  # which lost most without it
    always = replace(from_movement, is_all_the_time=True)
    beating = replace(always, direction=Direction.LESS_REGULAR, rate_hz=(1.0, 2.0))
    for reason, usual in (
        (from_movement, "spectrum and rhythm"),
        (always, "peaks and rhythm"),
        (beating, "peaks and spectrum"),
    ):
        assert sentence(reason, families=families).endswith(f"; {usual} as usual")


def test_a_score_below_usual_ones_has_no_shares_in_percent():
    assert sentence(LOUD, score=-1.0) == (
        "louder than usual between 2.9 and 3.3 kHz around 4.0-4.5 s"
    )


def test_a_first_reason_that_adds_nothing_is_told_if_no_normal_clip_has_it():
    small, none = (replace(LOUD, share=share) for share in (0.01, -0.01))
    assert "(less than 1 % of the score)" in sentence(small, score=10.0)
    assert sentence(none, score=10.0) == (
        "louder than any normal between 2.9 and 3.3 kHz around 4.0-4.5 s (the score is as high "
        "without it)"
    )
    usual = replace(none, is_beyond_all=False)
    assert sentence(usual, score=10.0).startswith("nothing stands out")


def test_nothing_is_said_to_stand_out_where_nothing_does():
    family = FamilyShare(family="mfcc_1s", aspect="spectrum", share=-1.0)
    assert sentence(LEFT, score=-1.0, families=(family,)) == (
        "nothing stands out; spectrum as usual"
    )


def test_people_get_the_sentence_and_the_families_of_each_recording():
    lost = Prediction(path=Path("c.wav"), machine_type=None, reason="no such file")
    normal = replace(SCORED, decision=0)
    lines = explanations_text([SCORED, lost, normal]).splitlines()
    assert lines[0] == "b.wav: anomaly, score 10.0000, threshold 2.0000"
    assert lines[1].startswith("  louder than any normal")
    assert lines[2].split() == ["+9.80", "mfcc_1s", "(spectrum)"]
    assert lines[5] == "c.wav: not scored (no such file)"
    assert lines[6].startswith("b.wav: normal")


def test_json_holds_what_the_sentence_says_and_csv_stays_as_it_is():
    (plain,) = json.loads(predictions_rows([SCORED], "json"))
    assert plain["summary"] == explanation_sentence(EXPLANATION, SCORED.threshold)
    assert plain["nearest_normal"] == "/d/a.wav"
    assert plain["nearest_normal_is_there"] is True
    assert plain["why"][0] == {
        "aspect": "spectrum", "share": 8.7, "band_hz": [2890.0, 3310.0], "from_s": 4.0,
        "to_s": 4.5, "is_all_the_time": False, "direction": "louder", "excess_db": 9.0,
        "rate_hz": None, "is_beyond_all": True,
    }  # fmt: skip
    assert plain["why"][1]["band_hz"] is None
    assert sum(reason["share"] for reason in plain["why"]) == pytest.approx(10.0)
    assert "explanation" not in plain
    assert "explanation" not in predictions_rows([SCORED], "csv").splitlines()[0]


def test_json_of_an_unknown_nearest_normal_is_null_and_rates_are_lists():
    beat = replace(LOUD, direction=Direction.MORE_REGULAR, rate_hz=(11.0, 14.2))
    unknown = replace(EXPLANATION, why=(beat,), nearest_normal=NearestNormal(position=3))
    (plain,) = json.loads(predictions_rows([replace(SCORED, explanation=unknown)], "json"))
    assert plain["nearest_normal"] is None
    assert plain["why"][0]["rate_hz"] == [11.0, 14.2]
