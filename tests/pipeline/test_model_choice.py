import shutil
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest

from dcase_classic import Stream, load
from dcase_classic.errors import ArtifactError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.pipeline.model_choice import choose_model
from dcase_classic.records import Clip, Split

KEYS = [("pump7", "00"), ("pump8", "00"), ("Lüfter", "00")]


def clip(path):
    return Clip(path=Path(path), machine_type="", section="", split=Split.TEST)


@pytest.mark.parametrize(
    ("path", "machine"),
    [
        ("a.wav", "pump7"),
        ("./days/a.wav", "pump7"),
        ("../pump8/a.wav", "pump8"),
        ("/plant/" + normalize("NFD", "Lüfter") + "/a.wav", "Lüfter"),
    ],
)
def test_the_folders_above_tell_the_machine_from_wherever_it_is_asked(
    tmp_path, monkeypatch, path, machine
):
    (tmp_path / "pump7").mkdir()
    monkeypatch.chdir(tmp_path / "pump7")
    assert choose_model(clip(path), KEYS) == (machine, "00")


def test_a_folder_beside_tells_nothing(tmp_path, monkeypatch):
    (tmp_path / "pump7").mkdir()
    monkeypatch.chdir(tmp_path / "pump7")
    assert "no folder of its path" in str(choose_model(clip("../a.wav"), KEYS))


def test_a_sibling_has_no_model():
    sibling = replace(clip("pump7/a.wav"), section="pump9", is_sibling=True)
    assert "a.wav: of the sibling pump9, which has no model" in str(choose_model(sibling, KEYS))


@pytest.mark.uncounted
def test_a_machine_is_the_same_however_the_system_writes_its_name(run, own_data, tmp_path):
    typed, stored = "Lüfter", normalize("NFD", "Lüfter")
    (own_data / "fan").rename(own_data / stored)
    models, results = ("--models", tmp_path / "m"), ("-o", tmp_path / "r")
    assert run("fit", own_data, "--machine", typed, "--preset", "knn", *models)[0] == 0
    assert run("score", own_data, "--machine", stored, *models, *results)[0] == 0
    assert [path.name for path in (tmp_path / "r").iterdir() if path.is_dir()] == [typed]
    rows = [f"{path},{stored}" for path in (own_data / stored / "train").iterdir()]
    (tmp_path / "list.csv").write_text("\n".join(["path,machine_type", *rows]))
    own = ("--list", tmp_path / "list.csv", "--preset", "knn", "--models", tmp_path / "own")
    assert run("fit", *own)[0] == 0
    clip = min((own_data / stored / "test").iterdir())
    assert run("predict", clip, "--machine", stored, "--models", tmp_path / "own")[0] == 0


@pytest.mark.uncounted
def test_a_model_is_the_same_however_its_name_is_written(run, fitted, tmp_path):
    typed, stored = "Lüfter", normalize("NFD", "Lüfter")
    models = shutil.copytree(fitted, tmp_path / "models")
    assert run("models", "rename", models, "fan", stored)[0] == 0
    assert ("Lüfter", "00") in read_manifest(models)
    load(models, stored).save(models, machine_type=stored, overwrite=True)
    assert load(models, typed).model_.machine_type == typed
    assert Stream.load(models, stored).window_s > 0
    listening = ("watch", tmp_path, "--models", models, "--once", "--dry-run")
    assert run(*listening, "--machine", stored)[0] == 0
    with pytest.raises(ArtifactError, match="no model of '7', there is"):
        load(models, 7)
    assert run("models", "show", models, stored)[0] == 0
    assert run("models", "remove", models, f"{stored}/00")[0] == 0
