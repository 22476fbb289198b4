from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from dcase_classic.cli import _group


def offered(*line, incomplete=""):
    complete = ShellComplete(_group, {}, "dcase-classic", "_DCASE_CLASSIC_COMPLETE")
    return [item.value for item in complete.get_completions([*map(str, line)], incomplete)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_presets_are_offered():
    assert offered("fit", "--preset") == ["default", "classic", "gmm", "iforest", "knn"]
    assert offered("config", "show", "--preset", incomplete="k") == ["knn"]


def test_settings_are_offered_as_far_as_they_are_chosen():
    assert "views.peak_density.level=" in offered("fit", "--set")
    keys = offered("fit", "--preset", "knn", "--set", incomplete="views.mfcc_1s.det")
    assert keys == ["views.mfcc_1s.detector=", "views.mfcc_1s.detector.n_neighbors="]
    Path("mine.toml").write_text("audio = 3")
    assert offered("config", "show", "mine.toml", "--set") == []


def test_machines_of_the_data_or_of_the_models_are_offered(data, fitted):
    assert offered("fit", data, "--machine") == ["fan", "pump"]
    assert offered("score", data, "--machine", incomplete="p") == ["pump"]
    assert offered("predict", "--models", fitted, "--machine") == ["fan", "pump"]


def test_nothing_is_offered_where_nothing_can_be_read(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    assert offered("predict", "--models", tmp_path, "--machine") == []
    assert offered("predict", "--machine") == []
    assert offered("score", "missing", "--machine") == []
