import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.attributes import attributes_of, pairs_of_tail, read_attributes
from dcase_classic.io.recordings.dataset import find_clips, parse_clip
from dcase_classic.records import Split

HEADER = "file_name,d1p,d1v,d2p,d2v"


def write_csv(folder, *lines, header=HEADER):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "attributes_00.csv"
    path.write_text("\n".join((header, *lines, "")))
    return path


def a_clip(folder, name):
    return parse_clip(folder / "train" / name, split=Split.TRAIN)


def attributes(folder, name):
    clip = a_clip(folder, name)
    return attributes_of([clip])[clip.path]


def test_opaque_names_get_their_attributes_from_the_csv(tmp_path):
    name = "section_00_source_train_normal_0000_spd1000_BckgA.wav"
    write_csv(tmp_path, f"BrushlessMotor/train/{name},spd,1000,Bckg,A")
    assert attributes(tmp_path, name) == (("spd", "1000"), ("Bckg", "A"))


def test_rows_without_folder_and_extension_are_joined_and_completed_from_the_name(tmp_path):
    write_csv(tmp_path, "section_00_source_train_normal_0001_mdl_B,mdl,B,,")
    name = "section_00_source_train_normal_0001_mdl_B_spd_2.wav"
    assert attributes(tmp_path, name) == (("mdl", "B"), ("spd", "2"))


def test_a_dot_in_an_attribute_is_no_extension(tmp_path):
    write_csv(tmp_path, "section_00_source_train_normal_0001_volt_3.0,volt,3.0,,")
    name = "section_00_source_train_normal_0001_volt_3.0.wav"
    assert attributes(tmp_path, name) == (("volt", "3.0"),)


def test_doubled_keys_are_kept(tmp_path):
    name = "section_00_source_train_normal_0000_mic_2_mic_1.wav"
    assert attributes(tmp_path, name) == (("mic", "2"), ("mic", "1"))


def test_a_further_column_of_names_and_short_rows_are_harmless(tmp_path):
    header = "file_name,file_name_with_attributes,d1p,d1v,d2p,d2v"
    stem = "section_00_source_train_normal_0000"
    write_csv(tmp_path, f"fan/train/{stem}.wav,{stem}_m-n_X.wav,m-n,X", "", header=header)
    assert attributes(tmp_path, f"{stem}_m-n_X.wav") == (("m-n", "X"),)


def test_concealed_and_unknown_attributes_are_empty(tmp_path):
    assert attributes(tmp_path, "section_00_source_train_normal_0000_noAttribute.wav") == ()
    assert attributes(tmp_path, "section_00_0000.wav") == ()


@pytest.mark.parametrize(
    ("tail", "pairs"),
    [("ac_0.03_", (("ac", "0.03"),)), ("mic_imp34dt05_mic_pos_A", ()), ("", ()), ("1_2", ())],
)
def test_a_tail_is_read_where_it_is_a_run_of_pairs(tail, pairs):
    assert pairs_of_tail(tail) == pairs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: expected the header"),
        (b"name,d1p\n", "line 1: expected the header"),
        (
            b"file_name,d1p,d1v\nhello.wav,a,b\n",
            "line 2: got 'hello.wav', expected the name of a clip",
        ),
        (b"\xff\xfe\x00", "not a UTF-8 text file"),
    ],
)
def test_a_damaged_csv_is_named_with_its_line(tmp_path, content, message):
    path = tmp_path / "attributes_00.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_attributes(path)


@pytest.mark.shared
def test_the_official_attributes_agree_with_the_names(shared):
    clips = find_clips(shared / "data" / "dcase2023t2", split=Split.TRAIN)
    for clip in clips:
        pairs = attributes_of([clip])[clip.path]
        assert "_".join(word for pair in pairs for word in pair) == clip.attributes
        break
    attributes = attributes_of(clips)
    assert {tuple(key for key, _ in pairs) for pairs in attributes.values()} == {
        ("car", "spd", "mic")
    }
