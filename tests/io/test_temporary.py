import os
import signal
import subprocess
import sys
import time

from dcase_classic.io.files import write_text
from dcase_classic.io.temporary import remove_leftovers, temporary_path

WRITE = """
import sys, time
from pathlib import Path
from dcase_classic.io.files import replacing

with replacing(Path(sys.argv[1], "a.txt")) as temporary:
    temporary.write_text("half")
    time.sleep(3600)
"""


def is_temporary(path):
    return path.name.endswith(".part")


def test_the_file_of_a_killed_run_is_removed_by_the_next_and_that_of_a_living_one_stays(tmp_path):
    runs = [subprocess.Popen([sys.executable, "-c", WRITE, tmp_path]) for _ in range(2)]
    while len(list(filter(is_temporary, tmp_path.iterdir()))) < 2:
        assert all(run.poll() is None for run in runs)
        time.sleep(0.02)
    runs[0].send_signal(signal.SIGKILL)
    runs[0].wait()
    write_text(tmp_path / "b.txt", "whole")
    (left,) = filter(is_temporary, tmp_path.iterdir())
    assert f"-{runs[1].pid}-" in left.name
    runs[1].send_signal(signal.SIGKILL)
    runs[1].wait()


def test_a_file_of_an_earlier_process_of_our_number_is_removed(tmp_path):
    name = temporary_path(tmp_path / "a").name.split("-")
    mine, earlier = (tmp_path / "-".join(name), tmp_path / "-".join([*name[:3], "1", *name[4:]]))
    mine.touch()
    earlier.touch()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


def test_a_file_of_another_computer_stays_for_a_day(tmp_path):
    _, _, *rest = temporary_path(tmp_path / "a").name.split("-")
    new, old = (tmp_path / "-".join([".dcase_classic", host, *rest]) for host in ("0a", "0b"))
    new.touch()
    old.touch()
    os.utime(old, times=(time.time() - 90_000,) * 2)
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [new]


def test_files_of_others_stay_however_old(tmp_path):
    for name in ("a.part", ".a.wav.part", ".dcase_classic.part"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, times=(0, 0))
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_the_longest_name_can_be_written(tmp_path):
    write_text(tmp_path / ("a" * 255), "whole")
    assert len(list(tmp_path.iterdir())) == 1
