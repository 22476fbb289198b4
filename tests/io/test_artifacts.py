import hashlib
import json
import os
import pickle
import shutil

import joblib
import numpy as np
import pytest

from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import Artifact, load_model, save_model
from dcase_classic.io.manifest import MANIFEST, ModelEntry, read_manifest
from dcase_classic.io.restricted import dump, load
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.fusion import FUSIONS
from dcase_classic.model.scalings import SCALINGS


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


def edit_manifest(models, change):
    path = models / MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_a_loaded_model_scores_like_the_saved_one(fitted, models):
    artifact = load_model(fitted, "pump", "00")
    save_model(models, artifact)
    again = load_model(models, "pump", "00")
    np.testing.assert_array_equal(again.model.held_out_scores, artifact.model.held_out_scores)
    assert again.config == load_preset("default")


def test_the_manifest_is_strict_json_and_says_what_the_models_are(fitted):
    def refuse(constant):
        raise AssertionError(constant)

    manifest = json.loads((fitted / MANIFEST).read_text(), parse_constant=refuse)
    entry = manifest["models"]["pump_section_00.joblib"]
    assert [held_out["domain"] for held_out in entry["held_out"]] == ["source", "target"]
    assert [held_out["n_clips"] for held_out in entry["held_out"]] == [12, 3]
    assert all(0 <= held_out["n_alarms"] <= 3 for held_out in entry["held_out"])
    assert sorted(entry["group_weights"]) == ["impulsive", "steady"]
    assert -2 < entry["peakiness"] < 3
    assert "scikit-learn" in manifest["versions"]


def test_a_folder_without_models_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"no manifest\.json in it"):
        read_manifest(tmp_path)


def test_an_unknown_machine_is_named_with_the_known_ones(models):
    with pytest.raises(
        ArtifactError, match="no model of valve section 00, there is fan section 00"
    ):
        load_model(models, "valve", "00")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(schema=99), "got schema 99, expected 4"),
        (lambda m: m["versions"].update(dcase_classic="99.1.0"), "made with dcase_classic 99.1.0"),
        (lambda m: m["versions"].pop("dcase_classic"), "made with dcase_classic None"),
        (lambda m: m.pop("models"), "the key 'models' is missing"),
        (lambda m: m.update(models=[1]), "models: got .1., expected a table"),
        (
            lambda m: m["models"].update(other=m["models"]["pump_section_00.joblib"]),
            "models: other",
        ),
    ],
)
def test_a_manifest_of_another_version_or_damaged_is_refused(models, change, message):
    edit_manifest(models, change)
    with pytest.raises(ArtifactError, match=message):
        load_model(models, "pump", "00")


ENTRY_KEYS = sorted(ModelEntry.__slots__)


@pytest.mark.parametrize("key", ENTRY_KEYS)
def test_an_entry_without_a_key_is_refused_in_a_line_that_names_file_and_key(models, key):
    edit_manifest(models, lambda m: m["models"]["pump_section_00.joblib"].pop(key))
    with pytest.raises(ArtifactError) as refused:
        load_model(models, "pump", "00")
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{models / MANIFEST}: damaged (")
    assert f"pump_section_00.joblib: the key {key!r} is missing" in line


@pytest.mark.parametrize("key", ENTRY_KEYS)
def test_an_entry_with_a_wrong_value_is_refused_in_a_line_that_names_file_and_key(models, key):
    edit_manifest(models, lambda m: m["models"]["pump_section_00.joblib"].update({key: [{}]}))
    with pytest.raises(ArtifactError) as refused:
        load_model(models, "pump", "00")
    (line,) = str(refused.value).splitlines()
    assert f"{MANIFEST}: damaged (manifest: models: pump_section_00.joblib: {key}" in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda e: e["held_out"][0].pop("n_alarms"),
            r"held_out\[0\]: the key 'n_alarms' is missing",
        ),
        (lambda e: e["held_out"][0].update(domain="sauce"), "got 'sauce', expected one of source"),
        (
            lambda e: e["group_weights"].update(steady="much"),
            "steady: got 'much', expected a number",
        ),
        (lambda e: e["recordings"].pop("coding"), "recordings: the key 'coding' is missing"),
        (lambda e: e["config"].pop("seed"), "config: some keys are missing"),
        (lambda e: e.update(threshold="high"), "threshold: got 'high', expected a number"),
    ],
)
def test_what_stands_below_an_entry_is_checked_too(models, change, message):
    edit_manifest(models, lambda m: change(m["models"]["pump_section_00.joblib"]))
    with pytest.raises(ArtifactError, match=message):
        read_manifest(models)


def test_a_manifest_that_is_no_json_is_refused(models):
    (models / MANIFEST).write_text("{")
    with pytest.raises(ArtifactError, match="damaged"):
        read_manifest(models)


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
        save_model(models, escaping)
