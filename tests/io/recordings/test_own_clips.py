"""What two sources say of one recording has to be the same."""

import pytest
from conftest import write_wav

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.own_clips import (
    find_own_clips,
    normal_clips,
    read_clip_list,
    sibling_clips,
    with_own_names,
)
from dcase_classic.records import Split


@pytest.mark.parametrize(
    ("again", "message"),
    [
        ("a.wav,monday,source,", "a.wav: comes twice, with another domain; say one thing of it"),
        ("a.wav,friday,source,", "a.wav: comes twice, with another domain and session"),
        ("./a.wav,monday,,B", "a.wav: given as normal and as a recording of the sibling B"),
    ],
)
def test_a_file_of_which_two_things_are_said_is_refused(tmp_path, again, message):
    table = tmp_path / "a.csv"
    table.write_text(f"path,session,domain,sibling\na.wav,monday,target,\n{again}\n")
    with pytest.raises(DataError, match=message):
        normal_clips(read_clip_list(table, split=Split.TRAIN), "fan")


def test_a_machine_that_is_given_as_its_own_sibling_is_told_so(tmp_path):
    write_wav(tmp_path / "plant" / "pump7" / "a.wav", [0.1])
    clips = find_own_clips(tmp_path / "plant" / "pump7")
    message = "a.wav: given as normal and as a recording of the sibling plant; give it as one"
    with pytest.raises(DataError, match=message):
        normal_clips([*clips, *sibling_clips([tmp_path / "plant"])], "pump7")


def test_official_names_tell_attributes_and_names_of_ones_own_do_not():
    clips = find_own_clips("section_00_source_train_normal_0001_car_A1.wav")
    assert [clip.attributes for clip in clips] == ["car_A1"]
    (own,) = with_own_names(clips)
    assert (own.attributes, own.domain) == ("", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,section\n,\n\n", "list.csv: lists no recording; give one a line below the header"),
        ("path;section\na.wav;00\n", "got 'path;section', .* sibling; separate columns by commas"),
        ("path\tsection\na.wav\t00\n", "sibling; separate columns by commas"),
        ("", "sibling; separate columns by commas"),
        ("path,machine\na.wav,fan\n", "got 'path,machine', .* sibling$"),
    ],
)
def test_a_list_that_says_nothing_is_told_so(tmp_path, text, message):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_clip_list(tmp_path / "list.csv", split=Split.TEST)


def test_a_list_among_recordings_is_told_and_the_others_are_scored(run, data, fitted, tmp_path):
    (tmp_path / "list.csv").write_text("path\na.wav\n")
    clip = min((data / "dev_data" / "raw" / "pump" / "test").iterdir())
    given = ("--models", fitted, "--machine", "pump", "--csv")
    status, out, err = run("predict", clip, tmp_path / "list.csv", *given)
    assert (status, len(out.splitlines())) == (3, 3), err
    assert "cannot be decoded as audio" in out
    assert "a list is read by --list" in out


def test_samples_without_header_are_told_how_they_are_read(run, fitted, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.raw").write_bytes(bytes(64000))
    status, _, err = run("predict", "--models", fitted, tmp_path / "own")
    advice = "give --raw RATE:FORMAT:CHANNELS for samples without header, as in 1 file there"
    assert (status, err) == (
        2,
        f"dcase-classic: {tmp_path}/own: none of 1 file is a recording; {advice}\n",
    )
