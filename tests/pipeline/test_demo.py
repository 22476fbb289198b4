import csv
import os
import sys

import numpy as np
import pytest
import soundfile

from dcase_classic.pipeline.demo import write_demo_data


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder of a demo whose recordings are there, and their number."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, write_demo_data(folder / "data")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A file that gets what a desktop is asked to open."""
    path = tmp_path / "opened"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" > {path}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(opener.parent), prepend=os.pathsep)
    return path


@pytest.mark.uncounted
@pytest.mark.skipif(sys.platform != "linux", reason="folders are opened in other ways elsewhere")
def test_the_demo_ends_with_a_table_and_shows_its_folder(run, opened, demo):
    folder, n_clips = demo
    status, out, err = run("demo", "--output", folder, "--open")
    assert status == 0, err
    assert opened.read_text() == f"{folder}\n"
    assert out.startswith(f"{n_clips} synthetic recordings of two machines")
    assert "official score:" in out
    for kind in ("data", "models", "results"):
        assert (folder / kind).is_dir()
    for machine in ("DemoFan", "DemoValve"):
        assert out.count(machine) >= 4


def test_recordings_are_16_bit_wav_with_an_attribute_file_and_made_once(demo):
    data, n_clips = demo[0] / "data", demo[1]
    paths = sorted(data.rglob("*.wav"))
    assert len(paths) == n_clips
    info = soundfile.info(paths[0])
    assert (info.subtype, info.samplerate, info.channels) == ("PCM_16", 16000, 1)
    with (data / "DemoFan" / "attributes_00.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(list((data / "DemoFan" / "train").iterdir()))
    assert all((data / row["file_name"]).is_file() for row in rows)
    first, _ = soundfile.read(paths[0])
    paths[0].unlink()
    others = {path: path.stat().st_mtime_ns for path in paths[1:]}
    write_demo_data(data)
    np.testing.assert_array_equal(soundfile.read(paths[0])[0], first)
    assert {path: path.stat().st_mtime_ns for path in paths[1:]} == others
