import base64
import hashlib
import json
import re
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_outcomes import labelled_scores, make_evaluation
from pages import data_in
from sounds import RATE_HZ, tone, waveform

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.evaluation.metrics import means, section_metrics
from dcase_classic.evaluation.rates import decision_intervals
from dcase_classic.outcomes.evaluations import Evaluation
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import (
    Direction,
    Explanation,
    FamilyShare,
    NearestNormal,
    Reason,
)
from dcase_classic.report.evaluation_text import interval_text, percent
from dcase_classic.report.page.challenge import ShownSystem, challenge_plain
from dcase_classic.report.page.document import Page, page_html
from dcase_classic.report.page.pictures import Picture, png_of
from dcase_classic.report.page.recordings import (
    Day,
    Portrayal,
    ShownRecording,
    recordings_plain,
    verdict,
)
from dcase_classic.report.page.sounds import SoundCoding, common_gain, encode
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.front_end import log_mel_of

HOSTILE = [
    "<script>alert(1)</script>.wav",
    '"><img src=x onerror=alert(1)>.wav',
    "a\nb\u2028c.wav",
    "\u202egpj.wav",
    "</script><!--.wav",
    "n" * 400 + ".wav",
    "'&amp;`${x}$style.wav",
]
AXES = Axes(spectrum=SpectrumConfig(), sample_rate_hz=RATE_HZ)


def page_of(*names):
    rows = [Prediction(path=Path(name), machine_type=name, reason=f"odd: {name}") for name in names]
    shown = [ShownRecording(rows=[row], portrayal=None, day=None) for row in rows]
    return page_html(Page(title="<b>", overview="", recordings=recordings_plain(shown)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_and_never_markup(name):
    html, plain = page_of(name), page_of("a.wav")
    for letter in "<>":
        assert html.count(letter) == plain.count(letter)
    (row,) = data_in(html)["recordings"]
    shown = row["name"]
    assert shown.isprintable()
    assert len(shown) <= 310
    assert "\u202e" not in shown


def test_the_policy_admits_the_script_and_the_style_of_the_page_and_nothing_from_elsewhere():
    html = page_of("a.wav")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert (parts["img-src"], parts["media-src"]) == ("data:", "data:")
    for kind, tag in (
        ("script-src", r"<script>(.*?)</script>"),
        ("style-src", r"<style>(.*?)</style>"),
    ):
        content = re.search(tag, html, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts[kind] == f"'sha256-{digest}'"
    assert not re.search(r"(src|href)=[\"']https?:", html)
    assert "<title>&lt;b&gt;</title>" in html


def decoded(png):
    """Width, height and the levels of a PNG that one IDAT holds."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + content
        )
        chunks[kind], at = content, at + 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not lines[:, 0].any()
    assert len(chunks[b"PLTE"]) % 3 == 0
    assert lines.max() < len(chunks[b"PLTE"]) // 3
    return lines[:, 1:]


def test_a_picture_holds_what_it_was_given():
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(decoded(png_of(levels)), levels)


@pytest.mark.parametrize("seconds", [0.2, 4.0, 40.0])
def test_a_tone_is_a_bright_line_at_its_height_beside_its_tick(seconds):
    frames = log_mel_of(waveform(tone(2000, seconds)), AXES.spectrum)
    picture = Picture.from_frames(frames, AXES, start_s=0.0, duration_s=seconds)
    levels = decoded(picture.png)
    assert levels.shape[0] <= 64
    assert levels.shape[1] <= 320
    brightest = int(levels.mean(axis=1).argmax())
    height = {text: place for place, text in picture.hz}["2 kHz"]
    assert 1 - (brightest + 0.5) / len(levels) == pytest.approx(height, abs=0.03)
    assert 1 < len(picture.seconds) <= 9
    assert picture.seconds[0] == (0.0, "0 s")


def test_ticks_of_a_later_part_are_those_of_the_recording():
    frames = log_mel_of(waveform(tone(2000)), AXES.spectrum)
    picture = Picture.from_frames(frames, AXES, start_s=10.5, duration_s=4.0)
    assert picture.seconds[0] == (pytest.approx(0.125), "11 s")


@pytest.mark.parametrize(("wanted", "kind"), [(SoundCoding.OGG, "OGG"), (SoundCoding.WAV, "WAV")])
@pytest.mark.parametrize("rate_hz", [16000, 22050])
def test_sound_is_what_it_was(wanted, kind, rate_hz):
    clip = replace(waveform(tone(440, 2.0)), sample_rate_hz=rate_hz)
    sound = encode(clip, gain=2.0, start_s=3.0, wanted=wanted)
    samples, heard_hz = soundfile.read(BytesIO(sound.content))
    assert soundfile.info(BytesIO(sound.content)).format == kind
    assert len(samples) / heard_hz == pytest.approx(32000 / rate_hz, abs=0.03)
    assert np.abs(samples).max() == pytest.approx(0.6, abs=0.1)
    assert (sound.start_s, sound.duration_s) == (3.0, 32000 / rate_hz)


def test_sounds_that_are_compared_have_one_gain():
    soft, loud = waveform([0.1, -0.1]), waveform([0.3, -0.2])
    assert common_gain(soft, loud) == pytest.approx(3.0)
    assert common_gain(waveform([0.0])) == 1.0


REASON = Reason(
    aspect="spectrum", share=3.0, band_hz=(1000.0, 2000.0), from_s=1.0, to_s=2.0,
    direction=Direction.LOUDER, is_beyond_all=True,
)  # fmt: skip
EXPLANATION = Explanation(
    anomaly_score=4.0,
    why=(REASON, Reason(aspect="spectrum", share=1.0)),
    families=(FamilyShare(family="mfcc", aspect="spectrum", share=4.0),),
    nearest_normal=NearestNormal(position=0, path=Path("/n/normal.wav"), is_there=True),
)
SCORED = Prediction(
    path=Path("/d/a.wav"), machine_type="fan", anomaly_score=4.0, threshold=2.0, severity=200.0,
    p_value=0.01, p_value_is_extrapolated=False, decision=1, explanation=EXPLANATION,
)  # fmt: skip


def portrayal():
    clip = waveform(tone(1500))
    frames = log_mel_of(clip, AXES.spectrum)
    sound = encode(clip, wanted=SoundCoding.OGG)
    return Portrayal(
        picture=Picture.from_frames(frames, AXES, start_s=0.0, duration_s=4.0),
        axes=AXES,
        n_bands=frames.shape[1],
        start_s=0.0,
        duration_s=4.0,
        sound=sound,
        nearest_sound=sound,
    )


def test_a_reason_is_marked_where_it_is():
    day = Day(date="2026-01-02", source="its name")
    (row,) = recordings_plain([ShownRecording(rows=[SCORED], portrayal=portrayal(), day=day)])
    left, right, bottom, top = row["why"][0]["box"]
    assert (left, right) == (0.25, 0.5)
    ticks = {text: place for place, text in row["picture"]["hz"]}
    assert bottom == pytest.approx(ticks["1 kHz"], abs=1e-3)
    assert top == pytest.approx(ticks["2 kHz"], abs=1e-3)
    assert row["why"][0]["text"].startswith("Louder than any normal between 1.0 and 2.0 kHz")
    assert len(row["why"]) == 1
    assert row["audio"]["src"].startswith("data:audio/ogg;base64,")
    assert row["nearest"]["name"] == "normal.wav"
    assert row["date"] == "2026-01-02"


def test_the_worst_comes_first_and_what_has_no_score_last():
    lost = Prediction(path=Path("lost.wav"), machine_type=None, reason="silent")
    mild = replace(SCORED, path=Path("mild.wav"), severity=10.0, decision=0, explanation=None)
    shown = [ShownRecording(rows=[row], portrayal=None, day=None) for row in (lost, mild, SCORED)]
    rows = recordings_plain(shown)
    assert [row["name"] for row in rows] == ["a.wav", "mild.wav", "lost.wav"]
    assert [row["id"] for row in rows] == [0, 1, 2]
    assert rows[2]["verdict"] == "Not scored: silent"
    assert rows[1]["verdict"] == "Normal, severity 10 (threshold 100)."
    close = replace(SCORED, explanation=None, severity=99.7, decision=0)
    assert verdict(close) == "Normal, severity 99.7 (threshold 100)."
    noted = replace(SCORED, explanation=None, reason="the most typical of 30 recordings")
    assert verdict(noted).endswith("(threshold 100): the most typical of 30 recordings.")
    assert rows[1]["nearest"] is None


def test_a_long_recording_is_judged_by_its_worst_window_and_keeps_all_as_bars():
    windows = [
        replace(SCORED, start_s=float(i), end_s=i + 2.0, severity=float(i % 50), explanation=None)
        for i in range(500)
    ]
    windows[333] = replace(SCORED, start_s=333.0, end_s=335.0)
    (row,) = recordings_plain([ShownRecording(rows=windows, portrayal=None, day=None)])
    assert row["severity"] == 200.0
    assert "from 333.0 to 335.0 s" in row["verdict"]
    assert len(row["windows"]) <= 240
    assert [333.0, 335.0, 200.0, 1] in row["windows"]


def test_recordings_of_one_name_and_of_several_machines_are_told_apart():
    rows = [
        replace(SCORED, path=Path("d/mon/0900.wav"), machine_type="fan", explanation=None),
        replace(SCORED, path=Path("d/tue/0900.wav"), machine_type="pump", severity=150.0),
        replace(SCORED, path=Path("d/tue/1000.wav"), machine_type=None, severity=120.0),
    ]
    shown = [ShownRecording(rows=[row], portrayal=None, day=None) for row in rows]
    told = recordings_plain(shown)
    assert [row["name"] for row in told] == ["mon/0900.wav", "tue/0900.wav", "1000.wav"]
    assert told[0]["verdict"] == "fan: anomaly, severity 200 (threshold 100)."
    assert told[1]["verdict"].startswith("pump: anomaly, severity 150")
    assert told[2]["verdict"].startswith("Anomaly, severity 120")
    assert recordings_plain(shown[:1])[0]["verdict"] == "Anomaly, severity 200 (threshold 100)."


def test_what_cannot_be_placed_has_no_mark_and_what_has_no_oddity_says_so():
    calm = replace(EXPLANATION, why=(Reason(aspect="spectrum", share=4.0),))
    unknown = replace(calm, nearest_normal=NearestNormal(position=0))
    row = replace(SCORED, explanation=unknown)
    assert verdict(row) == "Anomaly, severity 200 (threshold 100): nothing stands out."
    everywhere = replace(EXPLANATION, why=(replace(REASON, band_hz=None),))
    (plain,) = recordings_plain(
        [
            ShownRecording(
                rows=[replace(SCORED, explanation=everywhere)], portrayal=portrayal(), day=None
            )
        ]
    )
    assert plain["why"][0]["box"] is None
    (lost,) = recordings_plain([ShownRecording(rows=[row], portrayal=None, day=None)])
    assert lost["nearest"] is None


def test_scores_stand_beside_their_truth_with_the_threshold_between_the_decisions():
    labelled = labelled_scores()
    rule = MetricRule.SHARED_ANOMALIES
    section = section_metrics(labelled, rule)
    section = replace(section, intervals=decision_intervals(section.counts))
    evaluation = Evaluation(
        system="ours", year=None, rule=str(rule), sections=(section,), machines={},
        totals=means([section]), official_score=0.6, official_score_ci95=(0.5, 0.7),
        official_replicates=None, warnings=(),
    )  # fmt: skip
    key = labelled.machine_type, labelled.section
    p_values = {key: np.linspace(0.1, 1, len(labelled.anomaly_scores))}
    shown = ShownSystem(evaluation=evaluation, labelled=[labelled], p_values=p_values)
    plain = challenge_plain([shown], None, [], ["odd <name>"])
    (system,) = plain["systems"]
    assert system["official"] == ["60.00", " (50.0-70.0)"]
    (own,) = system["sections"]
    assert own["scores"] == labelled.anomaly_scores.tolist()
    assert own["is_anomaly"] == labelled.is_anomaly.astype(int).tolist()
    crossed = replace(shown, labelled=[replace(labelled, is_decided=~labelled.is_decided)])
    plain_crossed = challenge_plain([crossed], None, [], [])
    assert plain_crossed["systems"][0]["sections"][0]["threshold"] is None
    decided = labelled.anomaly_scores[labelled.is_decided]
    passed = labelled.anomaly_scores[~labelled.is_decided]
    assert passed.max() < own["threshold"] < decided.min()
    for key in ("false_alarm_rate_source", "f1_target"):
        value, interval = system["rows"][0]["values"][key]
        assert value == percent(section.values[key])
        assert interval == interval_text(section.intervals[key]) != ""
    assert ["auc_source", "AUC source"] in system["keys"]
    json.dumps(plain, allow_nan=False)


def test_a_machine_is_written_so_that_its_name_turns_no_text_around():
    name, shown = "fan\u202e", "fan\\u202e"
    labelled = replace(labelled_scores(), machine_type=name)
    section = section_metrics(labelled, MetricRule.SHARED_ANOMALIES)
    evaluation = replace(make_evaluation(), sections=(section,))
    plain = challenge_plain([ShownSystem(evaluation=evaluation, labelled=[labelled])], None, [], [])
    (system,) = plain["systems"]
    assert [row["machine"] for row in (*system["rows"], *system["sections"])] == [shown, shown]


@pytest.mark.parametrize("highest", [1e-12, 1.7e308])
def test_scores_of_any_scale_are_shown_as_they_are(highest):
    labelled = labelled_scores()
    scores = labelled.anomaly_scores / labelled.anomaly_scores.max() * highest
    labelled = replace(labelled, anomaly_scores=scores, is_decided=scores == highest)
    shown = ShownSystem(evaluation=make_evaluation(), labelled=[labelled])
    (own,) = challenge_plain([shown], None, [], [])["systems"][0]["sections"]
    assert own["scores"] == labelled.anomaly_scores.tolist()
    json.dumps(own, allow_nan=False)


def test_without_decisions_domains_or_p_values_the_charts_have_none():
    labelled = replace(labelled_scores(), is_decided=None, is_target=None)
    section = section_metrics(labelled, MetricRule.PER_SECTION)
    evaluation = Evaluation(
        system="ours", year=2020, rule="", sections=(section,), machines={},
        totals=means([section]), official_score=None, official_score_ci95=None,
        official_replicates=None, warnings=(),
    )  # fmt: skip
    plain = challenge_plain([ShownSystem(evaluation=evaluation, labelled=[labelled])], None, [], [])
    (own,) = plain["systems"][0]["sections"]
    assert own["threshold"] is own["is_target"] is own["p_values"] is None
    assert plain["systems"][0]["official"] is None
