import csv
import errno
import os
import shutil

import numpy as np
import pytest
from conftest import write_wav


def test_names_of_copies_cannot_break_a_line_or_turn_it(run, own_data, tmp_path):
    folder = own_data / "pump" / "train"
    clips = sorted(folder.iterdir())
    for number, name in enumerate(["a\nb.wav", "c\u202ed.wav", *map("{}.wav".format, range(5))]):
        shutil.copy(clips[number], folder / name)
    options = ("--name", "pump", "--models", tmp_path / "models", "--preset", "knn")
    status, _, err = run("fit", "--normal", folder, *options)
    assert status == 0, err
    assert all(line.isprintable() for line in err.splitlines())
    assert err.count("7 copies of other recordings are left out: ") == 1
    assert " of a\\nb.wav, " in err
    assert " and 2 more\n" in err


def test_a_name_that_looks_like_a_colour_is_whole_in_rows(run, sounds, fitted, tmp_path):
    clip = tmp_path / "in" / "a\x1b[31mred\x1b[0m.wav"
    clip.parent.mkdir()
    shutil.copy(min((sounds / "today").iterdir()), clip)
    predict = ("predict", clip.parent, "--models", fitted, "--machine", "pump", "--csv")
    status, out, err = run(*predict)
    assert status == 0, err
    (row,) = csv.DictReader(out.splitlines())
    assert row["path"] == str(clip)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("predict {sound} --models m --report {sound}", "page"),
        ("evaluate r --report {sound}", "page"),
        ("report rows.json -o {sound}", "page"),
        ("watch {sound} --models m --dry-run --report {sound}", "page"),
        ("watch {sound} --models m --prometheus {sound}", "file of metrics"),
    ],
)
def test_no_page_and_no_metrics_take_the_place_of_something_else(run, tmp_path, line, kind):
    sound = write_wav(tmp_path / "a.wav", np.zeros(100))
    before = sound.read_bytes()
    status, out, err = run(*line.format(sound=sound).split())
    assert (status, out) == (2, "")
    assert f"a.wav is no {kind}, and would be replaced" in err
    assert sound.read_bytes() == before


@pytest.mark.parametrize(
    "line", ["predict {sound} --models m --report {page}", "report rows.json -o {page}"]
)
def test_a_page_that_cannot_be_written_is_told_of_before_the_work(run, tmp_path, line):
    sound = write_wav(tmp_path / "a.wav", np.zeros(100))
    status, out, err = run(*line.format(sound=sound, page=sound / "page.html").split())
    assert (status, out) == (2, "")
    assert f"{sound}: not a directory" in err


def test_a_page_takes_the_place_of_an_earlier_one(run, fitted, tmp_path):
    page = tmp_path / "page.html"
    page.touch()
    for _ in range(2):
        status, _, err = run("report", "--models", fitted, "-o", page, "--report-audio", "0")
        assert status == 0, err
    assert page.read_text("utf-8").startswith("<!doctype html>")
    page.write_text("<html>another's")
    assert run("report", "--models", fitted, "-o", page)[0] == 2


def test_a_folder_that_cannot_be_read_is_told_or_ends_the_run(
    run, sounds, fitted, tmp_path, monkeypatch
):
    shutil.copytree(sounds, tmp_path / "in")
    scandir = os.scandir

    def refuse(path):
        if path == tmp_path / "in" / "today":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    predict = ("predict", tmp_path / "in", "--models", fitted, "--machine", "pump")
    for more in ((), ("-q",)):
        status, out, err = run(*predict, *more)
        assert status == 3, err
        assert "rec0.wav" in out
        assert "today: folder cannot be read (permission denied); check its rights" in err
    status, out, err = run(*predict, "--on-error", "fail")
    assert (status, out) == (2, "")
    assert "today: folder cannot be read (permission denied); check its rights" in err
