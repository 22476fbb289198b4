import hashlib
import os
import pickle
import shutil

import joblib
import numpy as np
import pytest
from writing import edit_manifest

from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import Artifact, load_model, write_model
from dcase_classic.io.manifest import add_entry
from dcase_classic.io.restricted import dump, load
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.fusion import FUSIONS
from dcase_classic.model.scalings import SCALINGS


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


def test_a_loaded_model_scores_like_the_saved_one(fitted, models):
    artifact = load_model(fitted, "pump", "00")
    add_entry(models, write_model(models, artifact))
    again = load_model(models, "pump", "00")
    np.testing.assert_array_equal(again.model.held_out_scores, artifact.model.held_out_scores)
    assert again.config == load_preset("default")


def test_an_unknown_machine_is_named_with_the_known_ones(models):
    with pytest.raises(
        ArtifactError, match="no model of valve section 00, there is fan section 00"
    ):
        load_model(models, "valve", "00")


def test_a_model_file_that_was_altered_is_refused(models):
    path = models / "pump_section_00.joblib"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match="SHA-256"):
        load_model(models, "pump", "00")


def test_a_missing_model_file_is_refused(models):
    (models / "pump_section_00.joblib").unlink()
    with pytest.raises(ArtifactError, match="the manifest names this file and it is missing"):
        load_model(models, "pump", "00")


class Malice:
    def __reduce__(self):
        return os.mkdir, ("owned",)


@pytest.mark.parametrize(
    "payload",
    [Malice(), [Malice()], np.array([Malice()], dtype=object), {"model": Malice()}],
    ids=["alone", "in a list", "in an array of objects", "in a dictionary"],
)
def test_a_forged_file_runs_no_code(tmp_path, monkeypatch, payload):
    monkeypatch.chdir(tmp_path)
    joblib.dump(payload, tmp_path / "forged.joblib")
    with pytest.raises(ArtifactError, match="not admitted"):
        load(tmp_path / "forged.joblib")
    assert not (tmp_path / "owned").exists()


def test_what_follows_the_pickle_is_never_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "forged.joblib").write_bytes(pickle.dumps(Malice()))
    with pytest.raises(ArtifactError, match="not admitted"):
        load(tmp_path / "forged.joblib")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("make", [*DETECTORS.values(), *SCALINGS.values(), *FUSIONS.values()])
def test_every_part_that_settings_can_choose_may_be_loaded(tmp_path, make):
    part = make()
    if hasattr(part, "fit"):
        rows = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
        part.fit(rows, np.arange(20) % 2)
    dump(part, tmp_path / "part.joblib")
    assert type(load(tmp_path / "part.joblib")) is type(part)


def test_a_file_that_is_no_model_is_refused(models):
    path = models / "pump_section_00.joblib"
    joblib.dump([1, 2, 3], path)

    def take_over(manifest):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest["models"][path.name]["sha256"] = digest

    edit_manifest(models, take_over)
    with pytest.raises(ArtifactError, match="holds list, expected a model"):
        load_model(models, "pump", "00")


@pytest.mark.parametrize("machine", ["../pump", "a/b", ".hidden", "a\nb", ""])
def test_a_machine_name_cannot_leave_the_folder(models, machine):
    artifact = load_model(models, "pump", "00")
    escaping = Artifact(
        machine_type=machine,
        section="00",
        config=artifact.config,
        model=artifact.model,
        training_digest="",
    )
    with pytest.raises(ArtifactError, match="cannot be a file name"):
        write_model(models, escaping)
