import csv
import os
import sys

import numpy as np
import pytest
import soundfile

from dcase_classic.pipeline.demo import write_demo_data


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


@pytest.mark.skipif(sys.platform != "linux", reason="folders are opened in other ways elsewhere")
def test_the_demo_ends_with_a_table_and_shows_its_folder(run, opened, tmp_path):
    status, out, err = run("demo", "--output", tmp_path / "demo", "--open")
    assert status == 0, err
    assert opened.read_text() == f"{tmp_path / 'demo'}\n"
    assert "official score:" in out
    for kind in ("data", "models", "results"):
        assert (tmp_path / "demo" / kind).is_dir()
    for machine in ("DemoFan", "DemoValve"):
        assert out.count(machine) >= 4


def test_recordings_are_16_bit_wav_with_an_attribute_file_and_made_once(tmp_path):
    n_clips = write_demo_data(tmp_path)
    paths = sorted(tmp_path.rglob("*.wav"))
    assert len(paths) == n_clips
    info = soundfile.info(paths[0])
    assert (info.subtype, info.samplerate, info.channels) == ("PCM_16", 16000, 1)
    with (tmp_path / "DemoFan" / "attributes_00.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(list((tmp_path / "DemoFan" / "train").iterdir()))
    assert all((tmp_path / row["file_name"]).is_file() for row in rows)
    first, _ = soundfile.read(paths[0])
    paths[0].unlink()
    others = {path: path.stat().st_mtime_ns for path in paths[1:]}
    write_demo_data(tmp_path)
    np.testing.assert_array_equal(soundfile.read(paths[0])[0], first)
    assert {path: path.stat().st_mtime_ns for path in paths[1:]} == others
