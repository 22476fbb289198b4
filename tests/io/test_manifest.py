import json
import shutil
from dataclasses import fields, replace

import pytest
from writing import edit_manifest

from dcase_classic.errors import ArtifactError
from dcase_classic.io.manifest import MANIFEST, add_entry, read_manifest
from dcase_classic.io.model_entry import ModelEntry, Revision


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(schema=99), "got schema '99', expected 5 to 10"),
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
        read_manifest(models)


ENTRY_KEYS = sorted(ModelEntry.__slots__)


@pytest.mark.parametrize("key", ENTRY_KEYS)
def test_an_entry_without_a_key_is_refused_in_a_line_that_names_file_and_key(models, key):
    edit_manifest(models, lambda m: m["models"]["pump_section_00.joblib"].pop(key))
    with pytest.raises(ArtifactError) as refused:
        read_manifest(models)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{models / MANIFEST}: damaged (")
    assert f"pump_section_00.joblib: the key {key!r} is missing" in line


@pytest.mark.parametrize("key", ENTRY_KEYS)
def test_an_entry_with_a_wrong_value_is_refused_in_a_line_that_names_file_and_key(models, key):
    edit_manifest(models, lambda m: m["models"]["pump_section_00.joblib"].update({key: [{}]}))
    with pytest.raises(ArtifactError) as refused:
        read_manifest(models)
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


@pytest.mark.parametrize(
    ("key", "value"),
    [("sha256", "no hash"), ("n_bytes", 0), ("clips_sha256", "0"), ("revision", -1)],
)
def test_what_a_model_was_before_is_checked_as_what_it_is(models, key, value):
    def change(manifest):
        entry = manifest["models"]["pump_section_00.joblib"]
        before = {item.name: entry[item.name] for item in fields(Revision)} | {key: value}
        entry.update(history=[before], revision=1)

    edit_manifest(models, change)
    with pytest.raises(ArtifactError, match=rf"history\[0\].*{key}: got .* which no model has"):
        read_manifest(models)


def test_a_manifest_of_another_version_of_the_package_is_read(models):
    edit_manifest(models, lambda m: m["versions"].update(dcase_classic="99.1.0"))
    assert len(read_manifest(models)) == 2


def test_a_manifest_that_is_no_json_is_refused(models):
    (models / MANIFEST).write_text("{")
    with pytest.raises(ArtifactError, match="damaged"):
        read_manifest(models)


def test_an_entry_of_a_model_that_another_run_has_replaced_is_left_to_that_run(models):
    before = read_manifest(models)
    entry = before["pump", "00"]
    late = replace(entry, sha256="0" * 64, threshold=entry.threshold + 1)
    add_entry(models, late)
    assert read_manifest(models) == before
