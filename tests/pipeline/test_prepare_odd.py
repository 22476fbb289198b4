"""What lies in and below the folders of ``prepare`` and should not, and what is bad in them."""

import csv
import shutil

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.own_clips import survey_own_clips
from dcase_classic.pipeline.prepare import prepare


@pytest.fixture
def recordings(tmp_path):
    """Two training and two test clips of a machine, of two segments each."""
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for number in range(2):
            name = f"section_00_source_{split}_normal_{number:04d}_vel_3.wav"
            write_wav(tmp_path / "raw" / "pump" / split / name, machine_sound(rng))
    return tmp_path / "raw"


@pytest.fixture
def prepared(run, recordings, tmp_path):
    assert run("prepare", recordings, tmp_path / "out")[0] == 0
    return tmp_path / "out"


def machines_in(out):
    with (out / "index.csv").open(newline="") as file:
        return {row["machine_type"] for row in csv.DictReader(file)}


def test_segments_below_the_recordings_are_not_taken_for_recordings(run, tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for number in range(3):
            write_wav(tmp_path / "raw/pump" / split / f"{number}.wav", machine_sound(rng))
    alone = find_clips(tmp_path / "raw")
    out = tmp_path / "raw" / "cut"
    assert [run("prepare", tmp_path / "raw", out)[0] for _ in range(2)] == [0, 0]
    assert find_clips(tmp_path / "raw") == alone
    err = run("fit", tmp_path / "raw", "--models", tmp_path / "m")[2]
    assert "12 recordings left out, neither for training nor for tests, such as" in err
    own = survey_own_clips(tmp_path / "raw")
    assert (len(own.clips), len(own.left_out.set_aside)) == (6, 12)


def test_a_prepared_folder_is_no_folder_of_recordings(run, prepared, tmp_path):
    advice = "give the recordings that it was made of"
    message = f"a prepared folder already; {advice}"
    with pytest.raises(DataError, match=message):
        prepare(prepared, tmp_path / "again")
    status, _, err = run("fit", "--normal", prepared, "--name", "a", "--models", tmp_path)
    assert (status, advice in err) == (2, True)
    shutil.move(prepared, tmp_path / "above" / "out")
    with pytest.raises(DataError, match=r"holds no recordings but the parts in .*above/out"):
        find_clips(tmp_path / "above")


def test_a_machine_without_a_good_recording_keeps_no_other_from_being_prepared(
    run, recordings, tmp_path
):
    out, bad = tmp_path / "out", recordings / "fan" / "test" / "section_00_0000.wav"
    write_wav(bad, machine_sound(np.random.default_rng()))
    assert run("prepare", recordings, out)[0] == 0
    bad.write_bytes(b"")
    shutil.rmtree(recordings / "pump" / "test")
    status, text, err = run("prepare", recordings, out)
    assert (status, f"{bad}: empty file" in err) == (2, True)
    assert text.splitlines()[1].split() == ["pump", "train", "2", "2", "4", "-"]
    assert machines_in(out) == {"pump"}
    assert not list((out / "audio_segments" / "fan" / "test").iterdir())


@pytest.mark.parametrize("place", ["fan/train/a\nb.wav", "a\nb/train/fan.wav"])
def test_a_name_that_no_index_can_hold_is_left_out(run, recordings, tmp_path, place):
    out, sound = tmp_path / "out", machine_sound(np.random.default_rng())
    write_wav(recordings / place, sound)
    write_wav(recordings / "fan" / "train" / "c.wav", sound)
    err = run("prepare", recordings, out)[2]
    assert "holds characters that are not shown; rename it" in err
    assert run("prepare", recordings, out, "--verify")[1].startswith("10 segments")


def test_force_mends_an_index_that_is_damaged(run, recordings, prepared):
    (prepared / "index.csv").write_text("machine\n")
    status, _, err = run("prepare", recordings, prepared)
    assert (status, "prepare it again, with --force" in err) == (2, True)
    assert run("prepare", recordings, prepared, "--force")[0] == 0
    assert run("prepare", recordings, prepared, "--verify")[1].startswith("8 segments")


@pytest.fixture
def two_machines(run, recordings, tmp_path):
    shutil.copytree(recordings / "pump", recordings / "fan")
    assert run("prepare", recordings, tmp_path / "out")[0] == 0
    return tmp_path / "out"


def test_force_for_one_machine_loses_no_other(run, recordings, two_machines):
    options = ("prepare", recordings, two_machines, "--force", "--machine", "fan")
    status, text, _ = run(*options)
    assert (status, text.splitlines()[1].split()[:4]) == (0, ["fan", "test", "2", "2"])
    assert machines_in(two_machines) == {"fan", "pump"}
    status, _, err = run(*options, "--segment-seconds", "2")
    message = "holds pump of other settings, too; prepare all machines, or name another folder"
    assert (status, message in err) == (2, True)
    assert run("prepare", recordings, two_machines, "--verify")[0] == 0


def test_machines_that_are_gone_are_kept_and_told(run, recordings, two_machines):
    shutil.rmtree(recordings / "fan")
    told = f"{two_machines} also holds fan test, fan train: prepared before, and not in"
    assert told in run("prepare", recordings, two_machines)[2]
    assert told not in run("prepare", recordings, two_machines, "--machine", "pump")[2]
    assert machines_in(two_machines) == {"fan", "pump"}


def test_force_leaves_no_segment_of_other_settings(run, recordings, two_machines):
    shutil.rmtree(recordings / "fan")
    options = ("--force", "--segment-seconds", "2")
    assert run("prepare", recordings, two_machines, *options)[0] == 0
    assert len(list(two_machines.rglob("index=*"))) == 2 * 4
    assert machines_in(two_machines) == {"pump"}
