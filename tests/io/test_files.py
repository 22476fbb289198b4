import errno
import os
from pathlib import Path

import pytest

from dcase_classic.io.files import replacing, write_text


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old\n")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail()
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_parent_folders_are_made_and_line_ends_kept(tmp_path):
    path = tmp_path / "deep" / "er" / "a.csv"
    write_text(path, "a,1\nb,2\n")
    assert path.read_bytes() == b"a,1\nb,2\n"


@pytest.mark.parametrize("name", ["pipe", "/dev/null", "/dev/dcase_classic"])
def test_pipes_and_devices_are_no_files_to_be_replaced(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe or a device"):
        write_text(tmp_path / name, "a")
    assert (tmp_path / "pipe").is_fifo()
    assert not Path("/dev/dcase_classic").exists()
    assert not Path("/dev/null").is_file()


def test_what_cannot_be_written_is_told_of_by_its_own_name(tmp_path):
    def write_below_nothing():
        with replacing(tmp_path / "a.txt") as temporary:
            (tmp_path / "a.txt").mkdir()
            temporary.write_text("new")

    with pytest.raises(IsADirectoryError) as caught:
        write_below_nothing()
    assert caught.value.filename == str(tmp_path / "a.txt")


def test_a_full_disk_is_told_of_by_the_name_of_the_file(tmp_path):
    def fill():
        with replacing(tmp_path / "a.txt"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left") as caught:
        fill()
    assert caught.value.filename == str(tmp_path / "a.txt")
