"""A change of models that is ended at any file leaves what was, or what it makes."""

import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest

from dcase_classic import load
from dcase_classic.config import load_preset
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest
from dcase_classic.pipeline import maintain
from dcase_classic.pipeline.fit import fit, iter_fit
from dcase_classic.run import Run

pytestmark = pytest.mark.uncounted

CHANGES = {
    "recalibrate": lambda models: maintain.recalibrate(
        (), models, machine_type="pump", false_alarms=0.3
    ),
    "undo": lambda models: maintain.undo(models, machine_type="pump"),
    "rename": lambda models: maintain.rename_machine(models, "pump", "pump7"),
    "remove": lambda models: maintain.remove_models(models, "pump"),
    "replace": lambda models: load(models, "fan").save(models, machine_type="pump", overwrite=True),
}
MOST_STEPS = 20


def what_is_there(models):
    """The thresholds of all models, each of which can be read."""
    entries = read_manifest(models)
    for key, entry in entries.items():
        assert load_model(models, *key).model.threshold == entry.threshold
    return {key: entry.threshold for key, entry in entries.items()}


@pytest.fixture(scope="module")
def fitted_plainly(data, tmp_path_factory):
    """Models that are loaded in no time: they are loaded after every step."""
    models = tmp_path_factory.mktemp("plain")
    fit(data, models, load_preset("knn"))
    return models


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_ended_at_any_file_is_whole_or_not_there(fitted_plainly, tmp_path, name):
    start = shutil.copytree(fitted_plainly, tmp_path / "start")
    maintain.recalibrate((), start, machine_type="pump", false_alarms=0.2)
    done = shutil.copytree(start, tmp_path / "done")
    CHANGES[name](done)
    right = [what_is_there(start), what_is_there(done)]
    assert right[0] != right[1]
    seen = []
    for step in range(MOST_STEPS):
        models = shutil.copytree(start, tmp_path / f"step_{step}")
        if not is_ended(CHANGES[name], models, step):
            break
        seen.append(what_is_there(models))
        assert seen[-1] in right
    assert what_is_there(models) == right[1]
    assert len(seen) >= 2
    assert right[0] in seen


def test_a_forced_fit_that_is_left_alone_loses_no_model(fitted_plainly, data, tmp_path):
    models = shutil.copytree(fitted_plainly, tmp_path / "models")
    before = what_is_there(models)
    fits = iter_fit(data, models, "gmm", is_forced=True, run=Run(n_jobs=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dcase_classic.pipeline.fit.add_entry", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            next(fits)
    assert what_is_there(models) == before
    assert len(list(iter_fit(data, models, "gmm", is_forced=True, run=Run(n_jobs=1)))) == 2
    assert what_is_there(models).keys() == before.keys()
    assert len(list(models.glob("*.joblib"))) == 2


def is_ended(change, models, step):
    """Make the change and end it before its n-th renaming or removal of a file."""
    n_done = 0

    def counted(function):
        def call(path, *arguments, **options):
            nonlocal n_done
            if path.parent == models and path.name != ".lock":
                if n_done == step:
                    raise KeyboardInterrupt
                n_done += 1
            return function(path, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        try:
            change(models)
        except KeyboardInterrupt:
            return True
    return False
