import logging

import click
import numpy as np
import pytest
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


def test_both_at_once_are_refused(run):
    status, _, err = run("info", "-v", "-q")
    assert status == 2
    assert "-v and -q exclude each other" in err


def test_the_log_tells_of_models_that_were_written(run, data, tmp_path):
    options = ("fit", data, "--models", tmp_path, "--preset", "knn", "--machine", "fan")
    _, _, err = run(*options, "--verbose")
    assert f"wrote {tmp_path / 'fan_section_00.joblib'}, threshold" in err
