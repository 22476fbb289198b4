"""One recording that cannot be read never ends the run of all others, in any verb."""

import csv
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from writing import write_results

LINUX = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")


def with_io_error(path):
    """Reading from address 0 of one's own memory is an I/O error, for every user."""
    path.symlink_to("/proc/self/mem")


def with_1_hz(path):
    data = np.random.default_rng(0).integers(-999, 999, 96_000).astype("<i2").tobytes()
    fmt = struct.pack("<HHIIHH", 1, 1, 1, 2, 2, 16)
    riff = b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(riff)) + riff)


def with_2_to_36_samples(path):
    """A flac file whose header promises more samples than anybody has memory for."""
    soundfile.write(path, np.random.default_rng(0).normal(size=32_000) * 0.1, 16_000, format="FLAC")
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # the upper 4 of 36 bits of the number of samples, then the lower 32
    content[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(content)


def with_1e20(path):
    samples = np.random.default_rng(0).normal(size=32_000) * 1e20
    soundfile.write(path, samples, 16_000, format="WAV", subtype="DOUBLE")


def with_1024_channels(path):
    soundfile.write(path, np.ones((10, 1024)) * 0.1, 16_000, format="WAV")


def linked_to_itself(path):
    path.symlink_to(path)


def fifo(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


BAD = {
    with_io_error: "cannot be read (input/output error)",
    with_1_hz: "a rate of 1 Hz, expected 1000 to 768000 Hz",
    with_2_to_36_samples: "68719476735 samples, expected at most",
    with_1e20: "float samples up to",
    with_1024_channels: "1024 channels, expected at most 256",
    linked_to_itself: "no such file",
    fifo: "not a regular file",
    device: "not a regular file",
}


@pytest.fixture
def bad_data(own_data):
    """Every bad recording in both splits of the pump; the fan is whole."""
    for split in ("train", "test"):
        for number, make in enumerate(BAD, start=7000):
            make(own_data / "pump" / split / f"section_00_source_{split}_normal_{number}.wav")
    return own_data


def check_reasons(reasons):
    assert len(reasons) == len(BAD)
    for (_, reason), expected in zip(sorted(reasons.items()), BAD.values(), strict=True):
        assert expected in reason


@LINUX
def test_fit_score_and_prepare_name_every_bad_recording_and_use_all_others(run, bad_data, tmp_path):
    models = ("--models", tmp_path / "models")
    status, out, err = run("fit", bad_data, *models, "--preset", "knn", "--on-error", "skip")
    assert status == 3, err
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"fan", "pump"}
    assert err.count("skipped ") == len(BAD)
    status, _, err = run("score", bad_data, *models, "-o", tmp_path / "out")
    assert status == 3, err
    with (tmp_path / "out" / "skipped.csv").open() as file:
        check_reasons({row["path"]: row["reason"] for row in csv.DictReader(file)})
    lines = (tmp_path / "out" / "pump" / "anomaly_score_pump_section_00_test.csv").read_text()
    assert len(lines.splitlines()) == 12
    status, _, err = run("prepare", bad_data, tmp_path / "prepared")
    assert status == 3, err
    assert err.count("skipped ") == 2 * len(BAD)


@LINUX
def test_predict_and_doctor_name_every_bad_recording(run, bad_data, fitted):
    clips = bad_data / "pump" / "test"
    status, out, _ = run("predict", clips, "--models", fitted, "--machine", "pump", "--csv")
    rows = {row["path"]: row for row in csv.DictReader(out.splitlines())}
    assert status == 3
    assert len(rows) == 12 + len(BAD)
    check_reasons({path: row["reason"] for path, row in rows.items() if not row["anomaly_score"]})
    for option in ((), ("--deep",)):
        status, out, err = run("doctor", bad_data, *option)
        assert status == 0, err
        for expected in set(BAD.values()) - {
            "float samples up to",
            "68719476735 samples, expected at most",
            "cannot be read (input/output error)",
        }:
            assert expected in out or not option
        # its own words for these: it reads what exceeds the memory in parts
        for expected in ("declares 68719476735 samples", "cannot be read ("):
            assert expected in out or not option


@LINUX
def test_a_recording_for_which_there_is_no_memory_is_left_out(data, tmp_path):
    code = """
import resource, sys
from pathlib import Path
from dcase_classic.config import load_preset
from dcase_classic.pipeline.fit import fit
from dcase_classic.run import Run

pages = int(Path("/proc/self/statm").read_text().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 3 * 10**8,) * 2)
run = Run(on_error="skip", n_jobs=1)
(fitted,) = fit(sys.argv[1], sys.argv[2], load_preset("knn"), run=run)
print(*(skipped.reason for skipped in fitted.skipped))
"""
    shutil.copytree(data / "dev_data" / "raw" / "fan", tmp_path / "data" / "fan")
    large = tmp_path / "data" / "fan" / "train" / "section_00_source_train_normal_7000.wav"
    n_bytes = 480 * 10**6
    fmt = struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)
    head = b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", n_bytes)
    large.write_bytes(b"RIFF" + struct.pack("<I", n_bytes + 36) + head)
    os.truncate(large, n_bytes + 44)
    command = [sys.executable, "-c", code, tmp_path / "data", tmp_path / "models"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "needs more memory than there is" in ended.stdout, ended.stderr


def test_a_section_of_bad_recordings_does_not_keep_fit_from_the_others(run, own_data, tmp_path):
    for path in (own_data / "fan" / "train").iterdir():
        path.write_bytes(b"")
    options = ("--models", tmp_path / "models", "--preset", "knn", "--on-error", "skip")
    status, out, err = run("fit", own_data, *options)
    assert status == 2
    assert "pump" in out
    assert "empty file" in err
    assert (tmp_path / "models" / "pump_section_00.joblib").is_file()


@LINUX
def test_a_system_that_cannot_be_read_does_not_end_the_ranking(run, tmp_path):
    names = [
        f"section_00_source_test_{label}_{i:04d}.wav"
        for label in ("normal", "anomaly")
        for i in range(9)
    ]
    names += [name.replace("source", "target") for name in names]
    scores = [float("anomaly" in name) + i / 100 for i, name in enumerate(names)]
    for system in ("a", "b"):
        write_results(tmp_path / system, names, scores, section="00")
    bad = tmp_path / "b" / "anomaly_score_fan_section_00_test.csv"
    bad.unlink()
    bad.symlink_to("/proc/self/mem")
    status, _, err = run("evaluate", tmp_path)
    assert status == 3, err
    assert "not evaluated: b: " in err
    assert "cannot be read (input/output error)" in err


NAMES = {
    "a,b.wav": "comma",
    'a"b.wav': "quotation mark",
    "a\nb.wav": "characters that are not shown",
    "a\u202eb.wav": "characters that are not shown",
    "a\udcff.wav": "no UTF-8",
    "=cmd.wav": "begins with =",
    " a.wav": "space",
}


def test_clips_that_can_have_no_row_are_left_out_and_results_stay_well_formed(
    run, own_data, fitted, tmp_path
):
    test = own_data / "pump" / "test"
    clips = sorted(test.iterdir())
    for number, clip in enumerate(clips):
        clip.rename(test / f"{number}.wav")
    for number, clip in enumerate(sorted((own_data / "pump" / "train").iterdir())):
        clip.rename(clip.with_name(f"{number}.wav"))
    for name in (*NAMES, "a" * 246 + ".wav"):
        shutil.copy(test / "0.wav", test / name)
    options = ("--models", fitted, "-o", tmp_path / "out", "--machine", "pump", "--no-cache")
    status, _, err = run("score", own_data, *options)
    assert status == 3, err
    assert all(line.isprintable() for line in err.splitlines())
    with (tmp_path / "out" / "skipped.csv").open(newline="") as file:
        reasons = {Path(row["path"]).name: row["reason"] for row in csv.DictReader(file)}
    assert len(reasons) == len(NAMES)
    for name, expected in NAMES.items():
        assert expected in reasons[name.replace("\udcff", r"\udcff")]
    lines = (tmp_path / "out" / "pump" / "anomaly_score_pump_section_00_test.csv").read_text()
    names = [line.split(",")[0] for line in lines.splitlines()]
    assert names == sorted([*(f"{number}.wav" for number in range(len(clips))), "a" * 246 + ".wav"])
    status, _, err = run("score", own_data, *options, "--on-error", "fail")
    assert status == 2
    assert "; rename it" in err
