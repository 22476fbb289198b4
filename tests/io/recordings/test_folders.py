"""Every walk accounts for every file, follows links, and never runs in a circle."""

import errno
import os
import sys

import numpy as np
import pytest
from conftest import machine_sound, write_wav
from writing import touch

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips, survey_clips, with_left_out
from dcase_classic.io.recordings.folders import read_folder, walk
from dcase_classic.io.recordings.own_clips import find_own_clips, survey_own_clips
from dcase_classic.report.overview import left_out_lines

SYSTEM = ["@eaDir", ".Trash-1000", ".snapshot", "#recycle", "__MACOSX", "lost+found",
          "$RECYCLE.BIN", "System Volume Information"]  # fmt: skip


def names(clips):
    return [clip.path.name for clip in clips]


def rest(root):
    return left_out_lines(with_left_out(survey_clips(root), root).left_out)


@pytest.mark.parametrize("name", SYSTEM)
def test_system_folders_are_not_entered(tmp_path, name):
    touch(tmp_path / "fan" / "train", "a.wav")
    touch(tmp_path / name / "fan" / "train", "b.wav")
    assert names(find_clips(tmp_path)) == ["a.wav"]
    assert names(find_own_clips([tmp_path])) == ["a.wav"]


def test_a_folder_named_like_a_recording_is_none(tmp_path):
    touch(tmp_path / "fan" / "train", "a.wav")
    touch(tmp_path / "fan" / "train" / "x.wav", "b.txt")
    assert names(find_clips(tmp_path)) == ["a.wav"]
    assert names(find_own_clips([tmp_path])) == ["a.wav"]


def test_linked_folders_are_followed_and_keep_their_own_names(tmp_path):
    touch(tmp_path / "store" / "machine 17" / "train", "a.wav")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pump").symlink_to(tmp_path / "store" / "machine 17")
    (clip,) = find_clips(tmp_path / "data")
    assert (clip.machine_type, clip.path.name) == ("pump", "a.wav")
    assert find_clips(tmp_path / "data" / "pump")[0].machine_type == "pump"
    assert names(find_own_clips([tmp_path / "data"])) == ["a.wav"]


def test_a_link_back_is_entered_once(tmp_path):
    touch(tmp_path / "fan" / "train", "a.wav")
    (tmp_path / "fan" / "back").symlink_to(tmp_path)
    (tmp_path / "fan" / "self").symlink_to("self")
    assert names(find_clips(tmp_path)) == ["a.wav"]
    assert names(find_own_clips([tmp_path])) == ["a.wav"]
    assert len(list(walk(tmp_path))) == 3


def test_a_recording_that_is_a_broken_link_is_not_forgotten(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "b.wav").symlink_to("gone.wav")
    assert names(find_own_clips([tmp_path])) == ["a.wav", "b.wav"]


def test_files_of_a_data_set_that_are_not_used_are_counted_by_kind(tmp_path):
    touch(tmp_path / "fan", "attributes_00.csv", "readme.md")
    touch(tmp_path / "fan" / "train", "a.wav", "a.txt", "b.txt", "._a.wav", "list")
    touch(tmp_path / "fan" / "train" / "deep", "b.wav")
    touch(tmp_path / "fan" / "supplemental", "c.wav", "d.wav")
    touch(tmp_path / "fan" / "test", "e.wav")
    touch(tmp_path / "fan" / "test_rename", "f.wav")
    assert names(find_clips(tmp_path)) == ["f.wav", "a.wav"]
    fan = tmp_path / "fan"
    assert rest(tmp_path) == [
        (
            "1 recording left out, not directly in a folder train or test, "
            f"such as {fan}/train/deep/b.wav"
        ),
        (
            "3 recordings left out, neither for training nor for tests, "
            f"such as {fan}/supplemental/c.wav"
        ),
        "5 files were no recordings: 1 .md, 2 .txt, 1 hidden, 1 without extension",
    ]


def test_nothing_is_said_where_all_files_are_used(tmp_path):
    touch(tmp_path / "fan" / "train", "a.wav")
    assert rest(tmp_path) == []


def test_what_needs_pyav_is_counted_with_the_cure_where_it_is_absent(tmp_path, monkeypatch):
    touch(tmp_path, "a.wav", "b.m4a")
    monkeypatch.setitem(sys.modules, "av", None)
    assert left_out_lines(survey_own_clips([tmp_path]).left_out) == [
        "1 file was no recording: 1 .m4a; pip install 'dcase_classic[av]' to read them"
    ]


def test_what_needs_pyav_is_found_where_it_is_there(tmp_path):
    pytest.importorskip("av", reason="needs PyAV")
    touch(tmp_path, "a.wav", "b.m4a")
    assert names(find_own_clips([tmp_path])) == ["a.wav", "b.m4a"]


@pytest.mark.parametrize("suffix", ["aiff", "aif", "w64", "caf", "au", "opus", "WAV"])
def test_every_container_is_found_in_folders(tmp_path, suffix):
    touch(tmp_path / "fan" / "train", f"a.{suffix}")
    assert len(find_clips(tmp_path)) == len(find_own_clips([tmp_path])) == 1


def test_a_folder_that_cannot_be_read_is_named_and_does_not_stop(tmp_path):
    touch(tmp_path / "a", "a.wav")
    touch(tmp_path / "b", "b.wav")
    (tmp_path / "a").chmod(0)
    error = read_folder(tmp_path / "a").error
    (tmp_path / "a").chmod(0o700)
    if error is None:
        pytest.skip("this user may read everything")
    assert "folder cannot be read (permission denied)" in str(error)


def test_a_folder_that_is_gone_is_named(tmp_path):
    folder = read_folder(tmp_path / "gone")
    assert str(folder.error).endswith(
        "folder cannot be read (no such file or directory); check its rights"
    )
    assert [entry.error is not None for entry in walk(tmp_path / "gone")] == [True]


def test_two_noise_levels_of_mimii_are_two_data_sets(tmp_path):
    for home in ("6_dB_fan", "0_dB_fan"):
        touch(tmp_path / home / "fan" / "id_00" / "normal", *(f"{i:08d}.wav" for i in range(8)))
        touch(tmp_path / home / "fan" / "id_00" / "abnormal", "00000000.wav", "00000001.wav")
    clips = find_clips(tmp_path)
    assert {clip.machine_type for clip in clips} == {"6_dB_fan", "0_dB_fan"}
    assert len(clips) == 20
    drawn = [
        {clip.name for clip in clips if clip.machine_type == machine and clip.split == "test"}
        for machine in ("6_dB_fan", "0_dB_fan")
    ]
    assert drawn[0] == drawn[1]  # the same recordings, at another noise
    (alone,) = {clip.machine_type for clip in find_clips(tmp_path / "6_dB_fan")}
    assert alone == "fan"


def test_noise_levels_of_other_names_are_put_before_the_machine(tmp_path):
    for home in ("6dB", "-6dB"):
        touch(tmp_path / home / "pump" / "id_02" / "normal", "00000000.wav")
    machines = {clip.machine_type for clip in find_clips(tmp_path)}
    assert machines == {"6dB_pump", "-6dB_pump"}


@pytest.mark.uncounted
def test_what_was_left_out_is_said_by_every_verb_that_walks(run, own_data, tmp_path, fitted):
    (own_data / "fan" / "train" / "notes.txt").touch()
    said = "1 file was no recording: 1 .txt"
    machine = ("--machine", "fan")
    assert said in run("fit", own_data, "--models", tmp_path / "m", *machine, "--preset", "knn")[2]
    assert said in run("score", own_data, "--models", fitted, "-o", tmp_path / "out", *machine)[2]
    assert said in run("doctor", own_data)[1]
    assert said in run("predict", own_data / "fan", "--models", fitted)[2]
    normal = ("fit", "--normal", own_data / "fan" / "train", "--name", "x", "--preset", "knn")
    assert said in run(*normal, "--models", tmp_path / "own")[2]


def test_a_linked_machine_is_prepared_too(run, tmp_path):
    write_wav(tmp_path / "store" / "train" / "a.wav", machine_sound(np.random.default_rng(0)))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pump").symlink_to(tmp_path / "store")
    status, out, err = run("prepare", tmp_path / "data", tmp_path / "out")
    assert status == 0, err
    assert out.splitlines()[1].split()[0] == "pump"


@pytest.mark.parametrize("find", [find_clips, lambda root: find_own_clips([root])])
def test_where_the_only_folder_cannot_be_read_that_is_said(tmp_path, monkeypatch, find):
    touch(tmp_path / "fan" / "train", "a.wav")
    scandir = os.scandir

    def refuse(path):
        if path == tmp_path / "fan":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"fan: folder cannot be read \(permission denied\)"):
        find(tmp_path)
