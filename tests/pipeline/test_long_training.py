"""Long recordings of a healthy machine: windows of them are learned from like recordings."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic import AnomalyDetector
from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError, ConfigError, DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.outcomes.fits import Recalibrated
from dcase_classic.pipeline.explain import explain
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.maintain import add_normals, recalibrate
from dcase_classic.pipeline.page import PageSettings
from dcase_classic.pipeline.page_models import models_page
from dcase_classic.pipeline.predict import Inquiry, predict
from dcase_classic.records import Span
from dcase_classic.report.own_words import learned_lines
from dcase_classic.report.page.sounds import SoundCoding
from dcase_classic.report.result_rows import fitted_row, recalibrated_lines

RATE_HZ = 16000
CONFIG = load_preset("knn")
WINDOWS = CONFIG.in_windows(2.0)
KEY = ("pump", "00")
TOO_FEW = "too few to tell which do not fit the others: it takes 10"


def sounds(n_pieces, *, seed, seconds=2.0):
    """Pieces of normal sound, in a row."""
    rng = np.random.default_rng(seed)
    return np.concatenate([machine_sound(rng, seconds=seconds) for _ in range(n_pieces)])


def write_sounds(path, n_pieces, *, seed, seconds=2.0):
    return write_wav(path, sounds(n_pieces, seed=seed, seconds=seconds))


def fit_own(places, models, config=WINDOWS, **options):
    (fitted,) = fit(normal_clips(find_own_clips(places), "pump"), models, config, **options)
    return fitted


def model_of(models):
    return load_model(models, *KEY).model


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A recording of 30 pieces of 2 s."""
    root = tmp_path_factory.mktemp("long")
    return write_sounds(root / "healthy.wav", 30, seed=1)


@pytest.fixture(scope="module")
def models(long):
    fit_own([long], long.parent / "models")
    return long.parent / "models"


@pytest.mark.uncounted
def test_windows_are_learned_from_as_recordings_of_their_own_would_be(long, models, tmp_path):
    samples, _ = soundfile.read(long, dtype="int16")
    for number, start in enumerate(range(0, len(samples), 2 * RATE_HZ)):
        write_wav(tmp_path / "cut" / f"{number:02d}.wav", samples[start : start + 2 * RATE_HZ])
    fit_own([tmp_path / "cut"], tmp_path / "models")
    cut, whole = model_of(tmp_path / "models"), model_of(models)
    np.testing.assert_array_equal(whole.held_out_scores, cut.held_out_scores)
    assert whole.threshold == cut.threshold
    assert whole.lengths == cut.lengths


@pytest.mark.uncounted
def test_no_sound_is_learned_from_twice(models, long, tmp_path):
    """What lies behind the last whole window is left out, on disk and in memory."""
    samples, _ = soundfile.read(long, dtype="int16")
    longer = np.concatenate([samples, samples[: 3 * RATE_HZ // 2]])
    write_wav(tmp_path / "healthy.wav", longer)
    fit_own([tmp_path / "healthy.wav"], tmp_path / "models")
    expected, on_disk = model_of(models), model_of(tmp_path / "models")
    np.testing.assert_array_equal(on_disk.held_out_scores, expected.held_out_scores)
    spans = read_manifest(tmp_path / "models")[KEY].training.spans
    assert (len(spans), spans[29]) == (30, Span(start_s=58.0, end_s=60.0))
    in_memory = AnomalyDetector(config=WINDOWS).fit([longer], sample_rate=RATE_HZ)
    assert in_memory.threshold_ == expected.threshold


def test_a_single_long_recording_is_taken_in_windows_of_ten_seconds(tmp_path):
    path = write_sounds(tmp_path / "healthy.wav", 5, seed=2, seconds=10.0)
    fitted = fit_own([path], tmp_path / "models", CONFIG)
    assert (fitted.window_s, fitted.unit) == (10.0, "window")
    lines = [line.text for line in learned_lines([fitted])]
    assert lines[0].startswith("pump: learned from 5 windows of 1 recording; expect ")
    assert "pump: 1 recording heard in windows of 10 s" in lines
    assert "pump: 1 recording can promise nothing about other recordings; it takes 10" in lines
    assert not fit_own([path], tmp_path / "models", CONFIG).is_new


def test_a_single_recording_of_three_windows_trains(tmp_path):
    path = write_sounds(tmp_path / "healthy.wav", 3, seed=2, seconds=10.0)
    assert fit_own([path], tmp_path / "models", CONFIG).alarms[0].n_clips == 3


@pytest.mark.parametrize("lengths_s", [[29.9], [20.0], [2.0, 2.0]])
def test_too_few_recordings_are_refused_with_what_helps(tmp_path, lengths_s):
    """A single one that is too short for three windows is one recording, as it was given."""
    for seed, seconds in enumerate(lengths_s):
        write_sounds(tmp_path / "normal" / f"{seed}.wav", 1, seed=seed, seconds=seconds)
    with pytest.raises(DataError, match="--window") as refused:
        fit_own([tmp_path / "normal"], tmp_path / "models", CONFIG)
    assert f"training clips: got {len(lengths_s)}, expected at least 3" in refused.value.problem
    assert refused.value.advice == "record more, or --window SECONDS learns shorter pieces"
    shorter = fit_own([tmp_path / "normal"], tmp_path / "models", CONFIG.in_windows(0.9))
    assert shorter.alarms[0].n_clips > 3


def test_a_model_of_windows_finds_a_fault(models, tmp_path):
    rng = np.random.default_rng(3)
    normal, fault = (machine_sound(rng, seconds=2.0, is_anomaly=odd) for odd in (False, True))
    decisions = [
        predict(write_wav(tmp_path / f"{name}.wav", sound), models)[0].decision
        for name, sound in {"normal": normal, "fault": fault}.items()
    ]
    assert decisions == [0, 1]


def test_other_windows_ask_for_another_model(long, models):
    with pytest.raises(ArtifactError, match="other settings"):
        fit_own([long], models, CONFIG.in_windows(3.0))


def test_several_long_recordings_are_sessions(tmp_path):
    for index in range(3):
        write_sounds(tmp_path / "normal" / f"{index}.wav", 8, seed=index)
    write_sounds(tmp_path / "normal" / "short.wav", 1, seed=9)
    fitted = fit_own([tmp_path / "normal"], tmp_path / "models")
    (alarms,) = fitted.alarms
    assert (alarms.n_clips, alarms.n_sessions) == (25, 4)
    assert (fitted.session_source, fitted.is_for_new_sessions) == ("recordings", True)
    training = read_manifest(tmp_path / "models")[KEY].training
    assert training.spans[7] == Span(start_s=14.0, end_s=16.0)
    assert training.spans[24] is None
    assert training.position("0.wav from 14.0 to 16.0 s") == 7
    assert training.position("short.wav") == 24


def test_days_tell_sessions_rather_than_recordings(tmp_path):
    for day in ("2024-01-30", "2024-01-31"):
        write_sounds(tmp_path / "normal" / f"{day}.wav", 8, seed=1)
        write_sounds(tmp_path / "normal" / f"{day}-b.wav", 8, seed=2)
    assert fit_own([tmp_path / "normal"], tmp_path / "models").session_source == "days in names"


@pytest.mark.uncounted
def test_long_recordings_that_are_learned_from_as_wholes_are_named(tmp_path):
    for index in range(3):
        write_sounds(tmp_path / "normal" / f"{index}.wav", 1, seed=index, seconds=60.0)
    fitted = fit_own([tmp_path / "normal"], tmp_path / "models", CONFIG)
    assert fitted.window_s is None
    assert fitted.notes[0].startswith("recordings of 60 s are learned from as wholes, in which")
    given = fit_own([tmp_path / "normal"], tmp_path / "given", CONFIG.at_length(60.0))
    assert given.notes == (TOO_FEW,)


def test_windows_that_are_asked_for_in_vain_are_told(tmp_path):
    for index in range(4):
        write_sounds(tmp_path / "normal" / f"{index}.wav", 1, seed=index, seconds=2.5)
    fitted = fit_own([tmp_path / "normal"], tmp_path / "models")
    assert fitted.window_s is None
    in_vain = "no recording is 3 s long: all are learned from as wholes"
    assert fitted.notes == (in_vain, TOO_FEW)


def test_a_silent_window_is_left_out_and_told(tmp_path):
    samples = sounds(20, seed=1)
    samples[8 * RATE_HZ : 10 * RATE_HZ] = 0
    path = write_wav(tmp_path / "healthy.wav", samples)
    fitted = fit_own([path], tmp_path / "models")
    assert sum(alarms.n_clips for alarms in fitted.alarms) == 19
    (flagged,) = fitted.flagged
    assert flagged.flags[-1].startswith("1 of 20 windows is left out, the first at 8 s: silent")
    told = [{"path": str(path), "flags": "; ".join(flagged.flags)}]
    assert fitted_row(fitted)["flagged"] == told
    changed = Recalibrated(
        title="pump",
        threshold_before=1.0,
        fitted=replace(fitted, flagged=()),
        flagged=fitted.flagged,
    )
    assert json.loads([*recalibrated_lines(changed, "json")][-1].text)["flagged"] == told


@pytest.mark.uncounted
def test_what_does_not_fit_is_named_by_its_place(tmp_path):
    samples = sounds(30, seed=1)
    rng = np.random.default_rng(5)
    samples[24 * RATE_HZ : 26 * RATE_HZ] = machine_sound(rng, seconds=2.0, is_anomaly=True)
    path = write_wav(tmp_path / "healthy.wav", samples)
    fitted = fit_own([path], tmp_path / "models")
    assert fitted.misfits[0].name == "healthy.wav from 24.0 to 26.0 s"
    (said,) = [line.text for line in learned_lines([fitted]) if "not fit" in line.text]
    n_named = sum(misfit.is_named for misfit in fitted.misfits)
    assert said.startswith(f"pump: {n_named} of 30 windows do not fit the others: healthy.wav from")
    drop = replace(WINDOWS, misfits=replace(WINDOWS.misfits, drop=True))
    dropped = fit_own([path], tmp_path / "dropped", drop)
    assert sum(alarms.n_clips for alarms in dropped.alarms) == 30 - n_named
    recordings = models_page(
        tmp_path / "models", PageSettings(n_audio=1, sound=SoundCoding.WAV)
    ).recordings
    shown, verdicts = recordings[0], " ".join(item["verdict"] for item in recordings)
    assert "the most typical of 30 windows of healthy.wav" in verdicts
    assert "from 24.0 to 26.0 s: does not fit the others" in shown["verdict"]
    assert shown["windows"][0][:2] == [24.0, 26.0]
    assert shown["audio"]["length"] == pytest.approx(60.0, abs=0.1)  # what lies around it, too


def test_the_nearest_normal_is_a_window(models, tmp_path):
    path = write_sounds(tmp_path / "today.wav", 1, seed=7)
    ((row,),) = explain(Inquiry(clips=find_own_clips(path), models=models))
    nearest = row.explanation.nearest_normal
    assert nearest.path.name == "healthy.wav"
    assert nearest.span.end_s - nearest.span.start_s == 2.0


@pytest.mark.uncounted
def test_models_of_windows_learn_and_are_recalibrated_from_long_recordings(long, tmp_path):
    fit_own([long], tmp_path / "models")
    more = write_sounds(tmp_path / "more.wav", 10, seed=8)
    added = add_normals(more, tmp_path / "models")
    assert (added.window_s, added.alarms[0].n_clips) == (2.0, 40)
    serviced = write_sounds(tmp_path / "serviced.wav", 12, seed=9)
    changed = recalibrate(serviced, tmp_path / "models")
    assert changed.fitted.alarms[0].n_clips == 12
    assert changed.fitted.session_source == "recordings"
    assert read_manifest(tmp_path / "models")[KEY].n_learned == 2  # recordings, in 40 windows
    few = write_sounds(tmp_path / "few.wav", 4, seed=10)
    with pytest.raises(DataError, match="got 4 windows, expected 10 or more"):
        recalibrate(few, tmp_path / "models")


def test_parts_of_windows_tell_what_shorter_recordings_do(models):
    assert model_of(models).length is not None


def test_a_long_array_trains_too():
    detector = AnomalyDetector(preset="knn").fit(
        sounds(4, seed=1, seconds=10.0), sample_rate=RATE_HZ
    )
    normal = sounds(1, seed=2, seconds=10.0)
    assert detector.predict([normal], sample_rate=RATE_HZ).tolist() == [1]


@pytest.mark.uncounted
def test_sessions_of_windows_do_not_depend_on_what_recordings_are_called(tmp_path):
    waveforms = [sounds(2, seed=seed) for seed in range(12)]
    paths = [tmp_path / f"{number:02d}.wav" for number in range(12)]
    for path, waveform in zip(paths, waveforms, strict=True):
        soundfile.write(path, waveform, RATE_HZ, subtype="FLOAT")
    named, counted = AnomalyDetector(config=WINDOWS), AnomalyDetector(config=WINDOWS)
    waveforms = [soundfile.read(path, dtype="float32")[0] for path in paths]
    named.fit(paths)
    counted.fit(waveforms, sample_rate=RATE_HZ)  # "array 10" comes before "array 2"
    assert named.score_samples(paths).tolist() == counted.score_samples(paths).tolist()


@pytest.mark.parametrize("length_s", [0.0, 0.0001, np.inf, np.nan, -1, "2"])
@pytest.mark.parametrize("settings", [CONFIG.at_length, CONFIG.in_windows])
def test_a_length_that_no_recording_has_is_refused(settings, length_s):
    with pytest.raises(ConfigError, match=r"^training_s: got .*, expected 0\.001 or more$"):
        settings(length_s)
