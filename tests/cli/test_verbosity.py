import logging
import re
import shutil

import click
import numpy as np
import pytest
import soundfile
import writing
from conftest import machine_sound, write_machine, write_wav

from dcase_classic.cli import _VERBS, _group
from dcase_classic.cli.verbosity import add_verbosity
from dcase_classic.config import load_preset
from dcase_classic.log import LOGGER


def leaves(command):
    if isinstance(command, click.Group):
        return [leaf for below in command.commands.values() for leaf in leaves(below)]
    return [command]


@pytest.mark.parametrize("verb", _VERBS)
def test_every_verb_has_both_options_once(verb):
    command = _group.get_command(click.Context(_group), verb)
    add_verbosity(command)
    for leaf in leaves(command):
        names = [option.name for option in leaf.params]
        assert (names.count("verbose"), names.count("quiet")) == (1, 1)


def test_quiet_prints_results_and_what_was_lost_and_verbose_what_is_done(
    run, own_data, fitted, tmp_path
):
    bad = write_wav(own_data / "fan" / "test" / "section_00_source_test_normal_0009.wav",
                    np.zeros(16000))  # fmt: skip
    options = ("score", own_data, "--models", fitted, "-o", tmp_path, "--machine", "fan")
    usual, quiet, verbose = (run(*options, *more) for more in ((), ("-q",), ("-v",)))
    assert {status for status, _, _ in (usual, quiet, verbose)} == {3}
    assert usual[1] == quiet[1] == verbose[1]
    assert "results are in" in usual[2]
    assert quiet[2].splitlines() == [line for line in usual[2].splitlines() if str(bad) in line]
    assert "fan section 00: 7 recordings, 1 without a score" in verbose[2]
    assert "fan section 00: 7 recordings" not in usual[2]
    assert LOGGER.level == logging.NOTSET
    assert [type(handler) for handler in LOGGER.handlers] == [logging.NullHandler]


@pytest.mark.uncounted
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_log_tells_what_a_run_decides_and_where_its_time_goes(run, data, tmp_path, n_jobs):
    models = ("--models", tmp_path / "models", "-j", n_jobs)
    learn = ("fit", data, *models, "--preset", "knn", "--set", "seed=3")
    err = run(*learn, "-v")[2]
    assert "settings: preset knn, file none, changes seed=3; views mfcc_1s\n" in err
    assert "fan section 00 train: 0 in the cache" in err
    assert (
        f"pump section 00 train: 15 to do, {'1 process' if n_jobs == 1 else '2 processes'}" in err
    )
    for what in ("fan section 00 train: 12 recordings", "fan section 00: fitting"):
        assert f"{what} took " in err
    assert "pump section 00: kept, it was fitted with these settings" in run(*learn, "-v")[2]
    clips = data / "dev_data" / "raw" / "pump" / "test"
    usual, some, all_ = (run("predict", clips, *models, *more) for more in ((), ("-v",), ("-vv",)))
    assert usual[1] == some[1] == all_[1]
    assert "pump section 00: threshold" in some[2]
    assert "levels of training -" in some[2]
    assert "pump section 00: scoring took " in some[2]
    clip = min(clips.iterdir())
    for what in ("scored by the model of pump section 00", "computed in ", "2.20 s, 16000 Hz, 1 ch",
                 "decoded as plain PCM_16"):  # fmt: skip
        assert f"{clip}: {what}" not in some[2]
        assert all_[2].count(f"{clip}: {what}") == 1


def test_the_log_tells_which_library_decodes(run, data, fitted, tmp_path):
    clip = min((data / "dev_data" / "raw" / "fan" / "test").iterdir())
    flac = write_wav(tmp_path / "a.flac", soundfile.read(clip)[0])
    err = run("predict", flac, "--models", fitted, "--machine", "fan", "-vv")[2]
    assert f"{flac}: decoded by libsndfile from PCM_16" in err


def drop_a_misfit(home):
    noise = 0.3 * np.random.default_rng(1).normal(size=35200)
    write_wav(home / "normal" / "day 0" / "hiss.wav", noise)
    return (*LEARN, home / "normal", "--drop-misfits"), "do(es)? not fit .* left out$"


def copy_a_recording(home):
    shutil.copy(home / "normal" / "day 0" / "rec0.wav", home / "normal" / "copy.wav")
    return (*LEARN, home / "normal"), "1 copy of another recording is left out"


def silence_a_window(home):
    samples = machine_sound(np.random.default_rng(1), seconds=20)
    samples[8 * 16000 : 10 * 16000] = 0
    healthy = write_wav(home / "healthy.wav", samples)
    return (*LEARN, healthy, "--window", "2"), "flagged .*1 of 10 windows is left out"


def misplace_a_recording(home):
    write_machine(home / "data" / "fan", n_target=0, n_test=0)
    write_wav(home / "data" / "fan" / "train" / "deep" / "deeper.wav", np.ones(16000))
    return ("fit", home / "data", "--preset", "knn"), "1 recording left out, not directly in"


def lose_a_known_recording(home):
    from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
    from dcase_classic.pipeline.fit import fit

    fit(normal_clips(find_own_clips([home / "normal"]), "pump"), home / "m", load_preset("knn"))
    (home / "normal" / "day 0" / "rec0.wav").unlink()
    return ("fit", "--add", home / "today" / "good.wav"), "1 recording is gone and left out"


def leave_out_a_score(home):
    truth = writing.write_ground_truth(home / "truth")
    writing.write_results(home / "run", writing.hidden_names()[1:])
    return ("evaluate", home / "run", "--truth", truth, "--skip-missing"), "left out 1 clip"


LEARN = ("fit", "--preset", "knn", "--name", "pump", "--normal")
LOSSES = [
    *(drop_a_misfit, copy_a_recording, silence_a_window, misplace_a_recording),
    *(lose_a_known_recording, leave_out_a_score),
]


@pytest.mark.uncounted
@pytest.mark.parametrize("lose", LOSSES)
def test_what_was_not_used_is_told_to_who_wants_results_only(run, sounds, tmp_path, lose):
    home = shutil.copytree(sounds, tmp_path / "home")
    line, told = lose(home)
    models = () if line[0] == "evaluate" else ("--models", home / "m")
    err = run(*line, *models, "-q")[2]
    assert len(err.splitlines()) == 1, err
    assert re.search(told, err)


def test_both_at_once_are_refused(run):
    status, _, err = run("info", "-v", "-q")
    assert status == 2
    assert "-v and -q exclude each other" in err


def test_the_log_tells_of_models_that_were_written(run, data, tmp_path):
    options = ("fit", data, "--models", tmp_path, "--preset", "knn", "--machine", "fan")
    _, _, err = run(*options, "--verbose")
    assert f"wrote {tmp_path / 'fan_section_00.joblib'}, threshold" in err
