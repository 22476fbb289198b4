import logging

import click
import numpy as np
import pytest
import soundfile
from conftest import write_wav

from dcase_classic.cli import _VERBS, _group
from dcase_classic.cli.verbosity import add_verbosity
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


def test_both_at_once_are_refused(run):
    status, _, err = run("info", "-v", "-q")
    assert status == 2
    assert "-v and -q exclude each other" in err


def test_the_log_tells_of_models_that_were_written(run, data, tmp_path):
    options = ("fit", data, "--models", tmp_path, "--preset", "knn", "--machine", "fan")
    _, _, err = run(*options, "--verbose")
    assert f"wrote {tmp_path / 'fan_section_00.joblib'}, threshold" in err
