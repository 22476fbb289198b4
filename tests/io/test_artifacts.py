import hashlib
import shutil
from dataclasses import replace

import joblib
import numpy as np
import pytest
from conftest import with_few_folds
from writing import edit_manifest

from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import Artifact, checked_content, load_model, write_model
from dcase_classic.io.learned_clips import read_learned_clips
from dcase_classic.io.manifest import MANIFEST, add_entry, read_manifest
from dcase_classic.io.plain_bytes import dump_plain


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


def test_a_loaded_model_scores_like_the_saved_one(fitted, models):
    artifact = load_model(fitted, "pump", "00")
    add_entry(models, write_model(models, artifact))
    again = load_model(models, "pump", "00")
    np.testing.assert_array_equal(again.model.held_out_scores, artifact.model.held_out_scores)
    assert again.config == with_few_folds(load_preset("default")).at_length(2.2)


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


def test_a_file_that_is_no_model_is_refused(models):
    path = models / "pump_section_00.joblib"
    dump_plain([1, 2, 3], path)

    def take_over(manifest):
        content = path.read_bytes()
        entry = manifest["models"][path.name]
        entry.update(sha256=hashlib.sha256(content).hexdigest(), n_bytes=len(content))

    edit_manifest(models, take_over)
    with pytest.raises(ArtifactError, match="model: got 'list', expected the keys training_rows"):
        load_model(models, "pump", "00")


def test_joblib_gives_everybody_the_tree_of_a_model(models):
    tree = joblib.load(models / "pump_section_00.joblib")
    assert tree["views"][0]["kind"] == load_preset("default").views[0].name
    assert tree["views"][0]["folds"][0]["model"]["scaling"]["kind"] == "whiten"
    assert tree["held_out_scores"].shape == (15,)


def test_writing_a_model_again_gives_the_same_bytes(models):
    learned = read_learned_clips(models, read_manifest(models)["pump", "00"])
    artifact = replace(load_model(models, "pump", "00"), learned=learned)
    before = contents(models)
    add_entry(models, write_model(models, artifact))
    assert contents(models).keys() - before.keys() == {
        "pump_section_00.r1.joblib",
        "pump_section_00.r1.clips.json",
    }
    assert set(contents(models).values()) - {contents(models)[MANIFEST]} < set(before.values())
    add_entry(models, write_model(models, artifact))
    assert contents(models) == before


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_model_that_is_replaced_while_it_is_loaded_is_loaded_as_it_is_now(models, monkeypatch):
    other = replace(load_model(models, "fan", "00"), machine_type="pump")
    n_read = 0

    def late(*arguments):
        nonlocal n_read
        if not n_read:
            add_entry(models, write_model(models, other))
        n_read += 1
        return checked_content(*arguments)

    monkeypatch.setattr("dcase_classic.io.artifacts.checked_content", late)
    assert load_model(models, "pump", "00").model.threshold == other.model.threshold
    assert n_read == 2


def test_models_that_change_all_the_time_are_an_error(models, monkeypatch):
    versions = iter(range(100))
    monkeypatch.setattr("dcase_classic.io.manifest._version_of", lambda _: (next(versions),))
    (models / "pump_section_00.joblib").unlink()
    with pytest.raises(ArtifactError, match="is missing"):
        load_model(models, "pump", "00")


@pytest.mark.uncounted
@pytest.mark.parametrize("machine", ["../pump", "a/b", ".hidden", "a\nb", "", " pump", "pump "])
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
