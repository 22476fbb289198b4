"""Recordings of siblings train nowhere: what is wrong with them is told where they are given."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.io.manifest import read_manifest

pytestmark = pytest.mark.uncounted


@pytest.fixture
def fit_with(run, sounds, tmp_path):
    """Fit the machine beside a sibling, with the default or with other settings."""

    def fit(*options):
        models = ("--models", tmp_path / "models", "--sibling", tmp_path / "pump8", "--force")
        few_folds = ("--set", "calibration.n_folds=3")
        return run(
            "fit", "--normal", sounds / "normal", "--name", "pump7", *models, *few_folds, *options
        )

    return fit


@pytest.fixture
def sibling(tmp_path):
    rng = np.random.default_rng(13)
    for number in range(5):
        write_wav(tmp_path / "pump8" / f"{number}.wav", machine_sound(rng, is_target=True))
    return tmp_path / "pump8"


def test_a_recording_of_a_sibling_that_cannot_be_used_stops_the_run_or_is_named(fit_with, sibling):
    (sibling / "bad.wav").write_text("no sound")
    status, _, err = fit_with()
    assert (status, "bad.wav: cannot be decoded" in err) == (2, True)
    status, _, err = fit_with("--on-error", "skip")
    assert (status, "skipped " in err, "bad.wav: cannot be decoded" in err) == (3, True, True)
    assert "pump7: told from pump8" in err


def test_an_odd_recording_of_a_sibling_is_named(fit_with, sibling):
    write_wav(sibling / "short.wav", machine_sound(np.random.default_rng(2), seconds=0.6))
    status, _, err = fit_with()
    assert (status, "short.wav: 0.60 s long instead of 2.20 s" in err) == (0, True)


def test_a_sibling_that_is_the_machine_itself_is_refused(fit_with, sibling, sounds):
    shutil.copy(sounds / "normal" / "day 0" / "rec0.wav", sibling / "same.wav")
    status, _, err = fit_with()
    assert status == 2
    assert "same.wav: of the sibling pump8, but a copy of " in err


@pytest.mark.usefixtures("sibling")
def test_siblings_that_the_settings_do_not_ask_for_are_said_to_change_nothing(fit_with):
    status, _, err = fit_with("--preset", "knn")
    assert status == 0
    assert "pump7: siblings change nothing: no view of these settings asks for them" in err


def test_siblings_that_are_gone_are_said_where_recordings_are_added(
    run, fit_with, sibling, tmp_path
):
    assert fit_with()[0] == 0
    shutil.rmtree(sibling)
    new = write_wav(tmp_path / "new.wav", machine_sound(np.random.default_rng(3)))
    status, _, err = run("fit", "--add", new, "--models", tmp_path / "models")
    assert status == 0
    assert f"5 recordings are gone and left out: {sibling / '0.wav'}" in err
    assert "told from" not in err


def test_a_model_that_is_brought_back_is_told_from_the_siblings_that_it_had(
    run, fit_with, sibling, sounds, tmp_path
):
    models = tmp_path / "models"

    def known():
        return read_manifest(models)["pump7", "00"]

    fit_with()
    before = known()
    _, scores, _ = run("predict", sounds / "normal", "--models", models, "--csv")
    shutil.move(sibling, tmp_path / "gone")
    rng = np.random.default_rng(3)
    for number in range(12):  # more than the normal ones: most have two channels
        sound = machine_sound(rng)
        write_wav(tmp_path / "more" / f"{number}.wav", np.column_stack([sound, sound]))
    run("fit", "--add", tmp_path / "more", "--models", models)
    assert (known().siblings, known().recordings.n_channels) == ((), 2)
    assert run("recalibrate", "--undo", "--models", models)[0] == 0
    assert known() == before
    assert run("predict", sounds / "normal", "--models", models, "--csv")[:2] == (0, scores)


def test_a_change_that_did_not_keep_siblings_and_format_is_taken_back_with_those_there_are(
    fit_with, sibling, tmp_path
):
    fit_with()
    assert sibling.is_dir()
    entry = read_manifest(tmp_path / "models")["pump7", "00"]
    step = replace(entry.step(), siblings=None, recordings=None)
    assert replace(entry, revision=1, history=(step,)).undone() == entry


def test_recordings_of_a_sibling_recalibrate_nothing(run, fit_with, sibling, tmp_path):
    fit_with()
    for number in range(5, 10):
        shutil.copy(sibling / "0.wav", sibling / f"{number}.wav")
    status, _, err = run("recalibrate", sibling, "--models", tmp_path / "models")
    assert status == 2
    assert "0.wav: is a recording of pump8, which the model is told from" in err
