"""Forged folders through the whole command: nothing executed, no traceback, no made-up score."""

import shutil

import numpy as np
import pytest
from forgeries import FORGERIES, edit_manifest, edit_tree

NAME = "pump_section_00.joblib"
SAMPLE = [
    "in a good file: GLOBAL and REDUCE",
    "joblib: a call alone",
    "an array of objects",
    "model: a threshold that is NaN",
    "manifest: a section that leaves the folder",
    "a model that is a pipe",
]


def settings(**changed):
    def change(manifest):
        config = manifest["models"][NAME]["config"]
        for name, value in changed.items():
            table, _, key = name.partition("__")
            config[table][key] = value

    return lambda folder: edit_manifest(folder, change)


def overflow(tree):
    scaling = tree["views"][0]["folds"][0]["model"]["scaling"]
    scaling["standardise"]["inverse_std"] = np.full_like(
        scaling["standardise"]["inverse_std"], 1e18
    )
    scaling["directions"] = np.full_like(scaling["directions"], 1e18)


FORGED = {
    **{name: FORGERIES[name] for name in SAMPLE},
    "other bands": settings(spectrum__n_mels=1024),
    "memory for all bands": settings(spectrum__n_mels=2**31 - 1),
    "the highest rate": settings(audio__sample_rate_hz=10**9),
    "no time between segments": lambda folder: edit_manifest(
        folder, lambda m: m["models"][NAME]["config"]["views"][0].update(segment_hop_s=1e-12)
    ),
}
# Only a signature could tell these from good ones; they must not do more than score.
PLAUSIBLE = {
    "large numbers": lambda folder: edit_tree(folder, overflow),
    "the longest frames": settings(spectrum__n_fft=2**15, spectrum__hop_samples=2**15),
}


@pytest.fixture
def call(run, data, tmp_path, monkeypatch):
    """What ``score`` or ``predict`` says with the models in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)
    clip = min((data / "dev_data" / "raw" / "pump" / "test").iterdir())
    more = {
        "score": (data, "--machine", "pump", "--output", tmp_path / "results", "--jobs", 1),
        "predict": (clip, "--machine", "pump"),
    }
    return lambda verb: run(verb, *more[verb], "--models", tmp_path / "models")


@pytest.mark.uncounted
@pytest.mark.parametrize("verb", ["score", "predict"])
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_folder_ends_in_one_line(call, fitted, tmp_path, verb, name):
    FORGED[name](shutil.copytree(fitted, tmp_path / "models"))
    status, out, err = call(verb)
    assert status == 2
    assert len(out.splitlines()) <= 1  # the names of the columns
    line = err.strip().splitlines()[-1]
    assert line.startswith("dcase-classic: ")
    assert "Traceback" not in err
    assert len(line) < 1000
    assert not (tmp_path / "owned").exists()
    assert not list(tmp_path.glob("results/**/*.csv"))


@pytest.mark.parametrize("name", PLAUSIBLE)
def test_a_plausible_forgery_gives_a_number_and_nothing_else(call, fitted, tmp_path, name):
    PLAUSIBLE[name](shutil.copytree(fitted, tmp_path / "models"))
    status, out, _ = call("predict")
    assert status == 0
    assert np.isfinite(float(out.splitlines()[1].split()[1]))
