import os
import signal
import subprocess
import sys
import time

import pytest

from dcase_classic.io.files import write_text
from dcase_classic.io.locks import locked

COUNT = """
import sys
from pathlib import Path
from dcase_classic.io.files import write_text
from dcase_classic.io.locks import locked

folder = Path(sys.argv[1])
for _ in range(50):
    with locked(folder):
        count = int((folder / "count").read_text())
        write_text(folder / "count", str(count + 1))
"""
HOLD = """
import sys, time
from pathlib import Path
from dcase_classic.io.locks import locked

with locked(Path(sys.argv[1])):
    Path(sys.argv[1], "held").touch()
    time.sleep(3600)
"""


@pytest.mark.uncounted
def test_processes_that_change_a_file_at_once_lose_nothing(tmp_path):
    write_text(tmp_path / "count", "0")
    runs = [subprocess.Popen([sys.executable, "-c", COUNT, tmp_path]) for _ in range(4)]
    assert [run.wait() for run in runs] == [0] * 4
    assert (tmp_path / "count").read_text() == "200"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path])
    while not (tmp_path / "held").exists():
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert (tmp_path / ".lock").exists()
    with locked(tmp_path):
        pass
    assert not (tmp_path / ".lock").exists()


def test_a_folder_is_made(tmp_path):
    with locked(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file") as caught, locked(tmp_path / "file"):
        pass
    assert caught.value.filename == os.fspath(tmp_path / "file")
