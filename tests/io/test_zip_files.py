import stat
import zipfile

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.zip_files import UnpackLimits, unpack

GOOD = {"fan/train/a.wav": b"one", "fan/attributes_00.csv": b"two"}


def write_zip(path, members, compression=zipfile.ZIP_STORED):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def test_a_zip_file_is_unpacked_into_the_folder(tmp_path):
    archive = write_zip(tmp_path / "dev_fan.zip", {"fan/": b"", **GOOD})
    assert unpack(archive, tmp_path / "raw") == 2
    assert (tmp_path / "raw" / "fan" / "train" / "a.wav").read_bytes() == b"one"


def test_files_that_are_there_are_kept_and_halves_are_replaced(tmp_path):
    archive = write_zip(tmp_path / "dev_fan.zip", GOOD)
    unpack(archive, tmp_path)
    (tmp_path / "fan" / "train" / "a.wav").write_bytes(b"o")
    assert unpack(archive, tmp_path) == 1
    assert (tmp_path / "fan" / "train" / "a.wav").read_bytes() == b"one"


def test_a_file_of_the_same_size_and_other_content_is_replaced(tmp_path):
    unpack(write_zip(tmp_path / "dev_fan.zip", GOOD), tmp_path)
    name = "fan/train/a.wav"
    assert unpack(write_zip(tmp_path / "dev_fan_r2.zip", GOOD | {name: b"new"}), tmp_path) == 1
    assert (tmp_path / name).read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../evil.wav", "leads out of the folder"),
        ("fan/../../evil.wav", "leads out of the folder"),
        ("/evil.wav", "has an absolute path"),
        ("C:/evil.wav", "has an absolute path"),
        ("..\\evil.wav", "has an absolute path"),
    ],
)
def test_a_member_outside_the_folder_is_refused_before_anything_is_written(tmp_path, name, problem):
    archive = write_zip(tmp_path / "zips" / "evil.zip", {**GOOD, name: b"x"})
    with pytest.raises(DataError, match=problem):
        unpack(archive, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
    assert not list(tmp_path.rglob("evil.wav"))


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("fan/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = write_zip(tmp_path / "evil.zip", {link: b"/etc"})
    with pytest.raises(DataError, match="is a link"):
        unpack(archive, tmp_path)


def test_a_link_in_the_folder_leads_no_member_out_of_it(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "fan").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="a link leads out of"):
        unpack(write_zip(tmp_path / "dev_fan.zip", GOOD), tmp_path / "raw")


def test_an_encrypted_member_is_refused(tmp_path):
    archive = write_zip(tmp_path / "locked.zip", {"a.wav": b"x"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    archive.write_bytes(content)
    with pytest.raises(DataError, match="is encrypted"):
        unpack(archive, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_comes_twice_is_refused(tmp_path):
    archive = tmp_path / "twice.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.wav", b"x")
        opened.writestr("a.wav", b"y")
    with pytest.raises(DataError, match="comes twice"):
        unpack(archive, tmp_path)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (UnpackLimits(max_members=1), "holds 2 files, expected at most 1"),
        (UnpackLimits(max_bytes=5), "would unpack to"),
        (UnpackLimits(max_ratio=0.01), "do not trust"),
    ],
)
def test_bounds_are_kept(tmp_path, limits, message):
    archive = write_zip(tmp_path / "dev_fan.zip", GOOD)
    with pytest.raises(DataError, match=message):
        unpack(archive, tmp_path / "raw", limits)
    assert not (tmp_path / "raw").exists()


def test_a_bomb_is_refused(tmp_path):
    archive = write_zip(tmp_path / "b.zip", {"a": bytes(10**7)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match="times its size"):
        unpack(archive, tmp_path)


def test_damaged_files_are_named(tmp_path):
    archive = write_zip(tmp_path / "cut.zip", {"a": b"abc" * 1000}, zipfile.ZIP_DEFLATED)
    content = archive.read_bytes()
    archive.write_bytes(content[:-30])
    with pytest.raises(DataError, match="not a whole zip file"):
        unpack(archive, tmp_path)
    archive.write_bytes(content[:35] + bytes(20) + content[55:])
    with pytest.raises(DataError, match="not a whole zip file"):
        unpack(archive, tmp_path)
    assert not (tmp_path / "a").exists()


def test_the_verb_unpacks_a_folder_of_zip_files(run, tmp_path):
    write_zip(tmp_path / "dev_fan.zip", GOOD)
    status, out, _ = run("unpack", tmp_path)
    assert (status, out) == (0, "dev_fan.zip: 2 files\n")
    assert (tmp_path / "fan" / "train" / "a.wav").is_file()
    assert run("unpack", tmp_path / "dev_fan.zip", "-o", tmp_path / "raw")[0] == 0
    assert (tmp_path / "raw" / "fan" / "train" / "a.wav").is_file()


def test_an_ending_in_capitals_is_one_too(run, tmp_path):
    write_zip(tmp_path / "DEV_FAN.ZIP", GOOD)
    err = run("fit", tmp_path, "--models", tmp_path / "models")[2]
    assert "holds 1 zip file such as DEV_FAN.ZIP and no recordings" in err
    assert run("unpack", tmp_path)[:2] == (0, "DEV_FAN.ZIP: 2 files\n")


def test_a_folder_without_zip_files_is_refused(run, tmp_path):
    status, _, err = run("unpack", tmp_path)
    assert status == 2
    assert "no zip file in it" in err


def edited(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"fan/train/a.wav", b"\0" * 15),  # no name at all
        ("ü.wav".encode(), b"\xff\xff.wav"),  # no UTF-8 behind the flag of UTF-8
        (b"PK\5\6", b"PK\6\6"),
    ],
)
def test_bytes_that_the_library_stumbles_over_are_one_line(tmp_path, old, new):
    archive = write_zip(tmp_path / "dev_fan.zip", {**GOOD, "ü.wav": b"three"})
    with pytest.raises(DataError, match=r"dev_fan\.zip: (not a whole zip file|the member)"):
        unpack(edited(archive, old, new), tmp_path / "raw")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"a": b"1", "a/b": b"2"}, "is a file and a folder"),
        ({"a/b": b"1", "a//b": b"2"}, "comes twice"),
        ({"a/" + "x" * 300: b"1"}, "has no name of a file"),
        ({"a\nb": b"1"}, "has no name of a file"),
    ],
)
def test_names_that_no_folder_can_hold_are_refused_before_anything_is_written(
    tmp_path, members, problem
):
    archive = write_zip(tmp_path / "a.zip", members)
    with pytest.raises(DataError, match=problem) as caught:
        unpack(archive, tmp_path / "raw")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(tmp_path, compression):
    archive = write_zip(tmp_path / "a.zip", GOOD, compression)
    with pytest.raises(DataError, match="is compressed in an unusual way"):
        unpack(archive, tmp_path / "raw")


def test_a_member_that_begins_before_the_file_is_one_line(tmp_path):
    archive = write_zip(tmp_path / "a.zip", {"a.wav": b"one"})
    content = bytearray(archive.read_bytes())
    at = content.index(b"PK\5\6")
    n_directory = int.from_bytes(content[at + 12 : at + 16], "little")
    content[at + 16 : at + 20] = (at - n_directory + 1000).to_bytes(4, "little")
    archive.write_bytes(content)
    with pytest.raises(DataError, match="not a whole zip file"):
        unpack(archive, tmp_path / "raw")


def test_a_link_that_leads_to_itself_is_one_line(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "fan").symlink_to("fan")
    archive = write_zip(tmp_path / "a.zip", GOOD)
    with pytest.raises((DataError, OSError)):
        unpack(archive, tmp_path / "raw")
