"""The doctor looks through samples without header too."""

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.errors import DataError
from dcase_classic.io.recordings import inspect
from dcase_classic.io.recordings.inspect import inspect_samples
from dcase_classic.io.recordings.raw_samples import parse_raw_format
from dcase_classic.pipeline.doctor import doctor

RAW = ("--raw", "16000:s16le:1")


@pytest.fixture
def samples(tmp_path):
    """Recordings without header: two good ones, a copy, a silent and an empty one."""
    (tmp_path / "raw").mkdir()
    for number in range(2):
        sound = machine_sound(np.random.default_rng(number), seconds=0.2)
        content = (2**15 * sound).astype("<i2").tobytes()
        (tmp_path / "raw" / f"{number}.raw").write_bytes(content)
    (tmp_path / "raw" / "copy.raw").write_bytes(content)
    (tmp_path / "raw" / "empty.pcm").touch()
    (tmp_path / "raw" / "silent.pcm").write_bytes(bytes(len(content)))
    write_wav(tmp_path / "raw" / "headed.wav", sound)
    return tmp_path / "raw"


@pytest.mark.parametrize("depth", [(), ("--deep",)])
def test_samples_without_header_are_looked_through(run, samples, depth):
    status, out, _ = run("doctor", samples, *RAW, "--json", *depth)
    examined = json.loads(out)
    problems = {(Path(item["path"]).name, item["kind"]) for item in examined["findings"]}
    silent = {("silent.pcm", "bad file")} if depth else set()
    assert (status, examined["n_clips"]) == (0, 5)
    assert problems == {("copy.raw", "duplicate"), ("empty.pcm", "bad file"), *silent}
    assert examined["left_out"] == ["1 file was no recording: 1 .wav"]


def test_a_list_of_samples_and_one_file_are_looked_at_in_their_format(run, samples):
    (samples / "list.csv").write_text("path\n0.raw\n1.raw\n")
    for given, n_clips in ((samples / "list.csv", 2), (samples / "1.raw", 1)):
        examined = json.loads(run("doctor", given, *RAW, "--deep", "--json")[1])
        assert (examined["n_clips"], examined["findings"]) == (n_clips, [])
    (finding,) = json.loads(run("doctor", samples / "headed.wav", *RAW, "--json")[1])["findings"]
    assert "has a header of its own" in finding["problem"]


def test_samples_that_do_not_fit_into_memory_are_read_in_parts(samples, monkeypatch):
    raw = parse_raw_format("16000:f32le:1")
    path = samples / "long.raw"
    path.write_bytes(machine_sound(np.random.default_rng(0), seconds=5.0).astype("<f4").tobytes())
    whole = inspect_samples(path, raw=raw)
    monkeypatch.setattr(inspect, "MOST_VALUES", 32000)
    monkeypatch.setattr(inspect, "PART_VALUES", 16000)
    assert inspect_samples(path, raw=raw) == whole
    assert whole.format.n_samples == 80000


def test_no_folder_of_samples_is_one_line(samples):
    with pytest.raises(DataError, match="missing"):
        doctor(samples / "missing", raw=parse_raw_format("16000:s16le:1"))
