import json
import subprocess
import sys
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
    assert offered("predict", "a.wav", "--models", fitted, "--machine") == ["fan", "pump"]


def test_models_are_offered_wherever_one_is_named(fitted, tmp_path):
    table = {"models": {str(n): {"machine_type": "pump", "section": f"0{n}"} for n in range(2)}}
    table["models"]["fan"] = {"machine_type": "fan", "section": "00"}
    models = tmp_path / "models"
    models.mkdir()
    (models / "manifest.json").write_text(json.dumps(table))
    for line in (
        ("models", "show", models),
        ("models", "rename", models),
        ("models", "remove", models),
        ("recalibrate", "--models", models, "--machine"),
        ("recalibrate", "new", "--models", models, "--machine"),
        ("watch", "in", "--models", models, "--machine"),
        ("fit", "--add", "new", "--models", models, "--name"),
    ):
        assert offered(*line) == ["fan", "pump", "pump/00", "pump/01"], line
        assert offered(*line, incomplete="pump/") == ["pump/00", "pump/01"]
    assert offered("explain", "x.wav", "--models", models, "--machine") == ["fan", "pump"]
    assert offered("models", "show", fitted) == ["fan", "pump"]
    Path("manifest.json").write_text((fitted / "manifest.json").read_text())
    assert offered("models", "show", ".") == ["fan", "pump"]


@pytest.mark.parametrize("text", ["[1]", "1", "null", '{"models": 3}', '{"models": {"a": 3}}',
                                                                "[" * 100_000, "\x00"])  # fmt: skip
def test_a_manifest_that_is_none_offers_nothing(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    assert offered("models", "show", tmp_path) == []
    assert offered("predict", "--models", tmp_path, "--machine") == []


def test_models_are_offered_without_slow_imports(fitted):
    code = (
        "import sys; from click.shell_completion import ShellComplete as S; "
        "from dcase_classic.cli import _group as g; "
        f"names = S(g, {{}}, 'd', '_D').get_completions(['models', 'show', {str(fitted)!r}], ''); "
        "print([name.value for name in names], sorted({'numpy', 'scipy'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "['fan', 'pump'] []\n"


def test_nothing_is_offered_where_nothing_can_be_read(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    assert offered("predict", "--models", tmp_path, "--machine") == []
    assert offered("predict", "--machine") == []
    assert offered("score", "missing", "--machine") == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("scoer",), "No such command 'scoer'. did you mean 'score'?"),
        (("xyzzy",), "No such command 'xyzzy'."),
        (("fit", "missing"), "does not exist"),
    ],
)
def test_a_close_verb_is_suggested(run, arguments, hint):
    status, _, err = run(*arguments)
    assert (status, hint in err) == (2, True)


def test_a_close_machine_is_suggested(run, data, fitted, tmp_path):
    for arguments in (
        ("fit", data, "--models", tmp_path / "models", "--machine", "pmup"),
        ("predict", data, "--models", fitted, "--machine", "pmup"),
    ):
        status, _, err = run(*arguments)
        assert (status, "did you mean 'pump'?" in err) == (2, True)


def test_the_year_can_be_given_where_a_message_speaks_of_it(run, data, tmp_path):
    options = ("--machine", "fan", "--year", "2023")
    err = run("fit", data, "--models", tmp_path / "models", "--preset", "knn", *options)[2]
    assert "year: 2023" in err
    assert "--year decides" not in err
    assert "year: 2023" in run("prepare", data, tmp_path / "prepared", *options)[2]
