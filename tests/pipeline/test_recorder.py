"""What recorders do to clips, from end to end: gains, lengths, long recordings."""

import csv
import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav
from threadpoolctl import threadpool_info

from dcase_classic.api import load
from dcase_classic.config import load_preset
from dcase_classic.config.specs import Spec
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import predict
from dcase_classic.run import Run
from dcase_classic.sound.features import EXTRACTORS, LogMelStats

pytestmark = pytest.mark.uncounted

SECONDS = 2.2


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Recordings of one level and one length, and sounds to be judged."""
    root = tmp_path_factory.mktemp("recorder")
    rng = np.random.default_rng(2)
    for index in range(14):
        write_wav(root / "normal" / f"{index}.wav", machine_sound(rng))
    return root


@pytest.fixture(scope="module")
def sounds():
    rng = np.random.default_rng(3)
    return [machine_sound(rng) for _ in range(4)], machine_sound(rng, is_anomaly=True)


def fitted_on(own, name, **changes):
    config = replace(load_preset("knn"), **changes)
    clips = normal_clips(find_own_clips([own / "normal"]), "pump")
    fit(clips, own / name, config, run=Run(n_jobs=1))
    return own / name


@pytest.fixture(scope="module")
def steady(own):
    """A model of views that ignore the level."""
    return fitted_on(own, "steady")


@pytest.fixture(scope="module")
def keeping(own):
    """A model of a view that keeps the level."""
    (view,) = load_preset("knn").views
    return fitted_on(own, "keeping", views=(replace(view, level="keep"),))


def judged(path, samples, models, **options):
    return predict(write_wav(path, samples), models, **options)


@pytest.mark.parametrize(("gain_db", "word"), [(-12, "softer"), (12, "louder")])
def test_a_gain_changes_no_score_of_a_steady_machine_and_is_named(
    tmp_path, steady, sounds, gain_db, word
):
    samples = sounds[0][0]
    (before,) = judged(tmp_path / "a.wav", samples, steady)
    (after,) = judged(tmp_path / "b.wav", samples * 10 ** (gain_db / 20), steady)
    assert before.reason is None
    assert after.anomaly_score == pytest.approx(before.anomaly_score, abs=0.05)  # 16 bit
    said = f"12.0 dB {word} than any training clip (gain or distance changed?), scored by"
    assert said in after.reason


def test_where_the_level_is_evidence_a_clip_outside_is_scored_as_recorded(
    tmp_path, keeping, sounds
):
    samples = sounds[0][0]
    (before,) = judged(tmp_path / "a.wav", samples, keeping)
    (flagged,) = judged(tmp_path / "b.wav", 4 * samples, keeping)
    (adjusted,) = judged(tmp_path / "b.wav", 4 * samples, keeping, out_of_range="adjust")
    (refused,) = judged(tmp_path / "b.wav", 4 * samples, keeping, out_of_range="refuse")
    assert (before.decision, flagged.decision) == (0, 1)
    assert flagged.reason == "12.0 dB louder than any training clip (gain or distance changed?)"
    assert adjusted.anomaly_score == pytest.approx(before.anomaly_score, abs=0.05)
    assert adjusted.reason.endswith("scored at the nearest level of training")
    assert refused.anomaly_score is None
    assert refused.reason.startswith("12.0 dB louder than any training clip; set gain")


def test_of_a_steady_machine_views_that_keep_the_level_say_of_one_outside_what_they_say_inside(
    tmp_path, own, sounds
):
    (view,) = load_preset("knn").views
    keeping = replace(view, name="level", group="level", level="keep")
    fusion = Spec("gate", (("impulsive", "level"),))
    models = fitted_on(own, "both", views=(view, keeping), fusion=fusion)
    (louder, softer) = (
        judged(tmp_path / "a.wav", sounds[0][0] * gain, models)[0] for gain in (4, 0.25)
    )
    (before,) = judged(tmp_path / "a.wav", sounds[0][0], models)
    for other in (louder, softer):
        assert other.anomaly_score == pytest.approx(before.anomaly_score, abs=0.05)  # 16 bit
        assert other.reason.endswith("scored at the nearest level of training")


@pytest.mark.parametrize("channel", [0, "difference"])
def test_both_channels_are_adjusted_alike(tmp_path, sounds, channel):
    pairs = np.column_stack((sounds[0][0], 0.5 * sounds[0][1]))
    for index in range(4):
        write_wav(tmp_path / "normal" / f"{index}.wav", np.roll(pairs, 100 * index, axis=0))
    audio = replace(load_preset("knn").audio, channel=channel)
    clips = normal_clips(find_own_clips([tmp_path / "normal"]), "pump")
    fit(clips, tmp_path / "m", replace(load_preset("knn"), audio=audio))
    (before,) = judged(tmp_path / "a.wav", pairs, tmp_path / "m")
    (after,) = judged(tmp_path / "b.wav", 0.25 * pairs, tmp_path / "m")
    assert "softer" in after.reason
    assert after.anomaly_score == pytest.approx(before.anomaly_score, abs=0.1)  # 16 bit


def test_settings_decide_what_happens_to_other_levels(tmp_path, own, sounds):
    level = replace(load_preset("knn").level, out_of_range="refuse")
    models = fitted_on(own, "refusing", level=level)
    (row,) = judged(tmp_path / "a.wav", 4 * sounds[0][0], models)
    assert row.decision is None


def test_much_shorter_clips_are_refused_and_shorter_ones_named(tmp_path, steady, sounds):
    samples = sounds[0][0]
    half, short, shorter = (
        judged(tmp_path / "a.wav", samples[: int(share * len(samples))], steady)[0]
        for share in (0.49, 0.6, 0.7)
    )
    assert half.decision is None
    assert half.reason == "too short, 1.08 s long instead of 2.20 s; record as long as in training"
    assert (short.decision, short.reason) == (0, "1.32 s long instead of 2.20 s")
    assert (shorter.decision, shorter.reason) == (0, None)


def test_a_clip_of_less_than_one_and_a_half_times_the_length_is_one_clip(tmp_path, steady, sounds):
    samples = np.concatenate(sounds[0])
    (row,) = judged(tmp_path / "a.wav", samples[: int(1.49 * SECONDS * 16000)], steady)
    assert (row.start_s, row.end_s) == (None, None)
    rows = judged(tmp_path / "a.wav", samples[: int(1.5 * SECONDS * 16000)], steady)
    assert [row.start_s for row in rows] == pytest.approx([0.0, 0.55, 1.1])


@pytest.fixture
def long(tmp_path, sounds):
    """9.9 s of normal sound; 2.2 s from 3.3 s on are of another kind."""
    normal, anomaly = sounds
    (tmp_path / "long").mkdir()
    samples = np.concatenate((*normal, normal[0][:17600]))
    samples[52800:88000] = anomaly
    return write_wav(tmp_path / "long" / "long.wav", samples)


def test_a_long_recording_has_a_row_for_each_window_and_the_fault_is_placed(long, steady):
    rows = predict(long, steady)
    assert [row.start_s for row in rows] == pytest.approx([0.55 * step for step in range(15)])
    assert all(row.end_s - row.start_s == pytest.approx(SECONDS) for row in rows)
    overlaps = [min(row.end_s, 5.5) - max(row.start_s, 3.3) for row in rows]
    assert all(row.decision for row, s in zip(rows, overlaps, strict=True) if s > SECONDS / 3)
    assert not any(row.decision for row, s in zip(rows, overlaps, strict=True) if s < SECONDS / 9)


def test_a_window_is_scored_like_a_clip_of_its_own(long, steady, tmp_path):
    samples, _ = soundfile.read(long, dtype="int16")
    soundfile.write(tmp_path / "alone.wav", samples[17600 : 17600 + 35200], 16000)
    (alone,) = predict(tmp_path / "alone.wav", steady)
    assert predict(long, steady)[2].anomaly_score == pytest.approx(alone.anomaly_score, abs=1e-6)


@dataclass(frozen=True, slots=True)
class Counting(LogMelStats):
    """Statistics that write down how many threads may make them."""

    def extract(self, frames):
        N_THREADS.extend(pool["num_threads"] for pool in threadpool_info())
        return super(Counting, self).extract(frames)


N_THREADS = []


def test_every_window_is_computed_and_explained_by_one_thread(own, tmp_path, sounds, monkeypatch):
    monkeypatch.setitem(EXTRACTORS, "counting", Counting)
    (view,) = load_preset("knn").views
    models = fitted_on(
        own, "counting", views=(replace(view, features=(Spec("counting"),), scaling=Spec("none")),)
    )
    N_THREADS.clear()
    samples = np.tile(np.concatenate(sounds[0]), 9)
    assert len(judged(tmp_path / "long.wav", samples, models)) == 141
    assert set(N_THREADS) == {1}
    N_THREADS.clear()
    load(models).explain([tmp_path / "long.wav"])
    assert set(N_THREADS) == {1}


@pytest.mark.parametrize("hop_share", [0.5, 1.0])
def test_the_hop_of_windows_is_a_setting(long, own, hop_share):
    windows = replace(load_preset("knn").windows, hop_share=hop_share)
    models = fitted_on(own, f"hop {hop_share}", windows=windows)
    steps = np.diff([row.start_s for row in predict(long, models)])
    np.testing.assert_allclose(steps[:-1], hop_share * SECONDS, atol=1e-6)


def test_a_window_that_is_silent_or_of_another_level_is_told_in_its_own_row(long, steady, tmp_path):
    samples, _ = soundfile.read(long)
    samples[:35200] = 0
    samples[105600:140800] *= 0.1
    rows = judged(tmp_path / "a.wav", samples, steady)
    assert rows[0].decision is None
    assert rows[0].reason.startswith("silent")
    assert "softer" in rows[12].reason
    assert [row.start_s for row in rows] == sorted(row.start_s for row in rows)


def test_a_file_has_the_score_of_its_highest_window_and_this_is_said(
    run, tmp_path, long, steady, sounds
):
    samples, _ = soundfile.read(long)
    samples[:35200] = 0
    samples[105600:140800] *= 0.1
    test = tmp_path / "data" / "pump" / "test"
    write_wav(test / "long.wav", samples)
    write_wav(test / "short.wav", sounds[0][0])
    options = ("--models", steady, "-o", tmp_path / "out", "--p-values")
    status, _, err = run("score", tmp_path / "data", *options)
    assert status == 0
    note = "1 recording is longer than those of training: scored in windows of 2.2 s, of which"
    assert note in err
    with (tmp_path / "out" / "pump" / "p_values_pump_section_00.csv").open() as file:
        (row, _) = csv.DictReader(file)
    windows = [row for row in predict(test / "long.wav", steady) if row.decision is not None]
    highest = max(window.anomaly_score for window in windows)
    assert float(row["anomaly_score"]) == pytest.approx(highest, abs=1e-6)
    with (tmp_path / "out" / "flagged.csv").open() as file:
        (flagged,) = csv.DictReader(file)
    said = "longer than in training, scored as the highest of its 15 windows; "
    assert flagged["reason"].startswith(said)
    assert "windows are odd, the first at" in flagged["reason"]
    assert "1 of 15 windows is without score, the first at 0 s: silent" in flagged["reason"]


def test_a_long_recording_that_is_damaged_has_no_score_at_all(long, steady):
    content = long.read_bytes()
    long.write_bytes(content[:-20000])
    (row,) = predict(long, steady)
    assert row.decision is None
    assert "truncated" in row.reason


def test_a_long_recording_without_one_usable_window_is_left_out(tmp_path, steady):
    (row,) = judged(tmp_path / "a.wav", np.zeros(16000 * 10), steady)
    assert row.decision is None
    assert row.reason.startswith("silent")


def test_many_windows_are_the_same_as_few(tmp_path, steady, sounds):
    """More than travel from a worker, of a file that is not decoded at once."""
    samples = np.tile(np.concatenate(sounds[0]), 9)
    path = write_wav(tmp_path / "a.wav", samples)
    assert path.stat().st_size > 2**20
    rows = predict(path, steady, run=Run(n_jobs=1))
    assert len(rows) == 141
    n_period = 16  # of windows, since four sounds repeat
    scores = [row.anomaly_score for row in rows]
    np.testing.assert_allclose(scores[n_period:], scores[:-n_period], atol=1e-3)


def test_a_large_file_of_usual_length_is_one_clip(tmp_path, steady, sounds):
    stereo = np.repeat(np.column_stack([sounds[0][0]] * 2), 3, axis=0)  # 48 kHz
    soundfile.write(tmp_path / "a.wav", np.column_stack([stereo] * 2), 48000, subtype="FLOAT")
    assert (tmp_path / "a.wav").stat().st_size > 2**20
    (row,) = predict(tmp_path / "a.wav", steady)
    assert row.start_s is None


def test_results_as_text_and_json_place_the_windows(run, long, steady):
    text = run("predict", "--models", steady, long)[1]
    assert f"{long} from 3.3 to 5.5 s" in text
    rows = json.loads(run("predict", "--models", steady, long, "--json")[1])
    assert rows[6]["start_s"] == pytest.approx(3.3)


def test_the_option_of_the_command_refuses_other_levels(run, tmp_path, steady, sounds):
    path = write_wav(tmp_path / "a.wav", 4 * sounds[0][0])
    options = ("--models", steady, path)
    assert run("predict", *options)[0] == 0
    status, out, _ = run("predict", *options, "--out-of-range", "refuse")
    assert status == 3
    assert "12.0 dB louder" in out


def test_doctor_names_levels_and_lengths_that_a_model_does_not_know(run, tmp_path, steady, sounds):
    test = tmp_path / "data" / "pump" / "test"
    for name, samples in {
        "a.wav": sounds[0][0],
        "loud.wav": 4 * sounds[0][1],
        "tiny.wav": sounds[0][2][:9000],
        "long.wav": np.concatenate(sounds[0]),
    }.items():
        write_wav(test / name, samples)
    options = ("doctor", tmp_path / "data", "--models", steady, "--json")
    findings = json.loads(run(*options)[1])["findings"]
    said = {(row["path"].rpartition("/")[2], row["problem"]) for row in findings}
    loud = "12.0 dB louder than any training clip (gain or distance changed?), scored by what"
    assert any(name == "loud.wav" and problem.startswith(loud) for name, problem in said)
    assert ("tiny.wav", "too short, 0.56 s long instead of 2.20 s") in said


def test_training_clips_of_many_lengths_make_a_range(tmp_path, sounds):
    normal = sounds[0]
    for index, seconds in enumerate((1.2, 1.4, 1.6, 1.8, 2.0, 2.2) * 2):
        samples = np.roll(normal[index % 4], 50 * index)
        write_wav(tmp_path / "normal" / f"{index}.wav", samples[: int(seconds * 16000)])
    clips = normal_clips(find_own_clips([tmp_path / "normal"]), "pump")
    fit(clips, tmp_path / "m", load_preset("knn"))
    long = np.concatenate(normal)
    (whole,) = judged(tmp_path / "a.wav", long[: int(3.2 * 16000)], tmp_path / "m")
    (shorter,) = judged(tmp_path / "b.wav", long[: int(0.9 * 16000)], tmp_path / "m")
    assert (whole.start_s, shorter.reason) == (None, None)
    assert len(judged(tmp_path / "c.wav", long[: int(3.4 * 16000)], tmp_path / "m")) > 1


def test_a_run_that_stops_at_errors_stops_at_a_refused_level(tmp_path, steady, sounds):
    path = write_wav(tmp_path / "a.wav", 4 * sounds[0][0])
    with pytest.raises(DataError, match="12.0 dB louder"):
        predict(path, steady, out_of_range="refuse", run=Run(on_error="fail"))
