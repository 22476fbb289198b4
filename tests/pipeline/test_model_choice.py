from pathlib import Path
from unicodedata import normalize

import pytest

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
