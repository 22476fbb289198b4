"""What people are told of recordings that nobody has prepared."""

import shutil

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav


def write_days(root, *, n_days=3, n_each=4, gains=None):
    rng = np.random.default_rng(4)
    for day in range(n_days):
        for number in range(n_each):
            sound = machine_sound(rng) * (gains or {}).get(day, 1.0)
            write_wav(root / f"day {day}" / f"{day}{number}.wav", sound)
    return root


def fit(run, root, models, *options, expected=0):
    line = ("fit", "--normal", root, "--name", "pump", "--models", models, "--preset", "knn")
    status, _, err = run(*line, *options)
    assert status == expected, err
    return err


def test_a_day_of_another_gain_is_said(run, tmp_path):
    err = fit(run, write_days(tmp_path / "a", gains={2: 8.0}), tmp_path / "m")
    assert "pump: day 2 is 18 dB louder than all other recordings (another gain or distance?" in err
    err = fit(run, write_days(tmp_path / "b", n_days=2, gains={1: 0.1}), tmp_path / "n")
    assert err.count("20 dB louder than all other recordings") == 1
    err = fit(run, write_days(tmp_path / "c"), tmp_path / "o")
    assert "than all other recordings" not in err


@pytest.mark.uncounted
def test_where_few_recordings_tell_no_misfits_and_none_is_dropped_that_is_said(run, tmp_path):
    err = fit(run, write_days(tmp_path / "a", n_days=2), tmp_path / "m")
    assert "pump: too few to tell which do not fit the others: it takes 10" in err
    err = fit(run, write_days(tmp_path / "b", n_each=5), tmp_path / "n", "--drop-misfits")
    assert "none was found that does not fit the others; none is left out" in err


def test_of_windows_it_is_said_how_many_are_above_and_that_days_are_not_known(run, tmp_path):
    rng = np.random.default_rng(5)
    for number in range(4):
        write_wav(tmp_path / "long" / f"{number}.wav", machine_sound(rng, seconds=12.0))
    err = fit(run, tmp_path / "long", tmp_path / "m", "--window", "2")
    assert "nothing is promised about another day" in err
    _, out, _ = run("predict", "--models", tmp_path / "m", tmp_path / "long" / "0.wav")
    total = out.splitlines()[-1]
    assert total.endswith("windows above the threshold)")
    _, shown, _ = run("models", "show", tmp_path / "m")
    assert "recordings, nothing tells days" in shown


def test_files_that_hold_no_sound_say_nothing_of_the_usual_length(run, tmp_path):
    for number in range(12):
        write_wav(tmp_path / "a" / f"empty {number}.wav", np.zeros(0))
    write_days(tmp_path / "a", n_days=2)
    err = fit(run, tmp_path / "a", tmp_path / "m", "--on-error", "skip", expected=3)
    assert err.count("holds no samples") == 12


@pytest.mark.parametrize("window", ["nan", "inf", "0", "0.0001"])
def test_a_window_of_no_length_is_refused(run, tmp_path, window):
    line = ("fit", "--normal", tmp_path, "--name", "pump", "--models", tmp_path / "m")
    status, _, err = run(*line, "--window", window)
    assert (status, "Invalid value for '--window'" in err) == (2, True), err


def test_what_is_odd_is_told_with_the_reasons(run, fitted, tmp_path):
    soft = write_wav(tmp_path / "soft.wav", 0.05 * machine_sound(np.random.default_rng(6)))
    _, out, _ = run("explain", "--models", fitted, "--machine", "pump", soft)
    assert "dB softer than any training clip" in out.splitlines()[1]


def test_what_the_model_was_fitted_on_is_said(run, tmp_path):
    days = write_days(tmp_path / "a", n_days=2)
    fit(run, days, tmp_path / "m")
    other = write_wav(tmp_path / "other.wav", machine_sound(np.random.default_rng(9)))
    _, out, _ = run("predict", "--models", tmp_path / "m", days / "day 0" / "00.wav", other)
    first, second = out.splitlines()[1:3]
    assert "the model was fitted on it: score and p tell nothing" in first
    assert "fitted on it" not in second


def test_what_the_model_was_fitted_on_is_said_of_results_too(run, data, tmp_path):
    tests = tmp_path / "data" / "pump" / "test"
    tests.mkdir(parents=True)
    trained = sorted(data.rglob("pump/train/*.wav"))[:4]
    for number, path in enumerate(trained):
        shutil.copy(path, tests / f"section_00_source_test_normal_{number:04}.wav")
    run("fit", "--normal", tests, "--name", "pump", "--models", tmp_path / "m")
    write_wav(
        tests / "section_00_source_test_normal_0009.wav", machine_sound(np.random.default_rng(3))
    )
    arguments = ("--models", tmp_path / "m", "--output", tmp_path / "results")
    status, _, err = run("score", tmp_path / "data", *arguments)
    assert status == 0
    told = "4 recordings are some that the model was fitted on, whose scores tell nothing: section_"
    assert told in err
    assert "0009" not in err


@pytest.mark.uncounted
def test_recalibrate_names_what_is_odd(run, fitted, tmp_path):
    models = shutil.copytree(fitted, tmp_path / "models")
    rng = np.random.default_rng(8)
    for number in range(12):
        write_wav(tmp_path / "new" / f"{number}.wav", machine_sound(rng))
    sound, rate_hz = soundfile.read(tmp_path / "new" / "3.wav")
    soundfile.write(tmp_path / "new" / "3.wav", np.clip(100 * sound, -1, 1), rate_hz)
    status, _, err = run("recalibrate", tmp_path / "new", "--models", models, "--machine", "pump")
    assert status == 0, err
    assert any("3.wav" in line and "clipped" in line for line in err.splitlines())


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_to_verify_has_no_rows(run, own_data, tmp_path, form):
    status, _, err = run("prepare", own_data, tmp_path / "out", "--verify", form)
    assert status == 2
    assert "has nothing to say with --verify" in err


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        (("audio.sample_rate_hz=48000",), True),
        (("audio.sample_rate_hz=96000",), True),  # the recordings hold no more than 24 kHz
        (("audio.sample_rate_hz=48000", "spectrum.highest_hz=22800"), False),
        (("audio.sample_rate_hz=48000", "spectrum.fmax_hz=8000"), False),
        (("spectrum.highest_hz=4000",), False),
    ],
)
def test_a_rate_that_is_hardly_heard_is_told_with_what_hears_it(run, tmp_path, settings, is_told):
    rng = np.random.default_rng(6)
    for number in range(3):
        path = tmp_path / "a" / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, 0.1 * rng.standard_normal(48_000), 48_000)
    options = [word for setting in settings for word in ("--set", setting)]
    err = fit(run, tmp_path / "a", tmp_path / "m", *options)
    told = "pump: of the 24000 Hz that recordings hold, 7600 Hz are heard; --set spectrum."
    assert (f"{told}highest_hz=22800 hears more" in err) == ("are heard; " in err) == is_told
