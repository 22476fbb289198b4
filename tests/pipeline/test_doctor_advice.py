"""All advice that the doctor gives was tried: who follows it gets rid of the finding."""

import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.cli import main
from dcase_classic.config import load_preset
from dcase_classic.pipeline.doctor import doctor
from dcase_classic.pipeline.fit import fit

RATE_HZ = 16000
SOUND = machine_sound(np.random.default_rng(5))


def command(text):
    """Run a command of the package that an advice names."""
    with pytest.raises(SystemExit) as stopped:
        main(shlex.split(text))
    assert not stopped.value.code


def write(samples, **options):
    def change(path):
        path.unlink()
        soundfile.write(path, samples, RATE_HZ, **options)

    return change


def again(path, _):
    """Record, copy or export it again."""
    path.unlink()
    soundfile.write(path, SOUND, RATE_HZ)


def remove(path, _):
    path.unlink()


def rename(path, _):
    path.rename(path.with_name("section_00_source_test_normal_0099_speed_0.wav"))


# what is done to a recording, the beginning of the advice, and what it says
CASES = {
    "empty": (lambda path: path.write_bytes(b""), "record or copy it again", again),
    "text": (lambda path: path.write_bytes(b"text"), "replace or remove it", remove),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[:-4000]),
        "copy the file again",
        again,
    ),
    "no samples": (write(SOUND[:0]), "record or copy it again", again),
    "not finite": (write(SOUND * np.nan, subtype="FLOAT"), "export it again", again),
    "odd range": (write(SOUND * 999, subtype="FLOAT"), "export it again as 16-bit wav", again),
    "silent": (write(SOUND * 0), "check the microphone, or remove the file", remove),
    "another rate": (
        lambda path: soundfile.write(path, SOUND, 8000),
        "record at 16000 Hz",
        again,
    ),
    "clipped": (write(np.sign(SOUND)), "listen to it", again),
    "another coding": (write(SOUND, subtype="PCM_24"), "scores of unlike recordings", again),
    "no official name": (
        lambda path: path.rename(path.with_name("x.wav")), "expected section_NN_", None
    ),
}  # fmt: skip


def a_clip(data):
    return min((data / "pump" / "test").iterdir())


@pytest.mark.uncounted
@pytest.mark.parametrize("name", CASES)
def test_who_follows_the_advice_of_a_bad_file_has_no_finding(own_data, name):
    spoil, advice, follow = CASES[name]
    path = a_clip(own_data)
    spoil(path)
    (finding,) = doctor(own_data, is_deep=True).findings
    assert finding.advice.startswith(advice)
    (follow or rename)(finding.path, finding)
    assert doctor(own_data, is_deep=True).findings == ()


def test_a_silent_channel_is_cured_by_the_channel_that_is_named(own_data, tmp_path):
    for path in (own_data / "fan" / "train").iterdir():
        samples, _ = soundfile.read(path)
        write(np.column_stack((0 * samples, samples)))(path)
    (finding, *_) = doctor(own_data / "fan" / "train", is_deep=True).findings
    advice = "check the cable and the order of channels, or fit with --channel 1"
    assert finding.advice == advice
    fit_with = finding.advice.partition(", or ")[2].replace(" with", "")
    command(f"{fit_with} {own_data} --machine fan --preset knn --models {tmp_path / 'm'}")


def test_a_double_and_a_leak_are_cured_by_removing_one(own_data):
    train = sorted((own_data / "pump" / "train").iterdir())
    shutil.copy(a_clip(own_data), train[0])
    shutil.copy(train[2], train[1])
    for finding in doctor(own_data).findings:
        assert finding.advice.endswith("remove one")
        finding.path.unlink(missing_ok=True)
    assert doctor(own_data).findings == ()


def test_an_anomaly_among_the_training_clips_is_cured_by_moving_it(own_data):
    path = own_data / "pump" / "train" / "section_00_source_train_anomaly_0099_speed_0.wav"
    write_wav(path, SOUND)
    (finding,) = doctor(own_data).findings
    assert (finding.kind, finding.advice) == ("label", "move it to test")
    path.rename(path.parents[1] / "test" / path.name.replace("train", "test"))
    assert doctor(own_data).findings == ()


@pytest.mark.uncounted
def test_a_missing_model_is_cured_by_fitting_it(own_data, tmp_path):
    fit(own_data, tmp_path / "m", load_preset("knn"), machines=["fan"])
    (finding,) = doctor(own_data, models=tmp_path / "m").findings
    assert finding.advice == "fit it before you score"
    fit(own_data, tmp_path / "m", load_preset("knn"))
    assert doctor(own_data, models=tmp_path / "m").findings == ()


def test_a_recording_in_no_place_is_cured_by_moving_it(own_data):
    path = own_data / "pump" / "section_00_source_test_normal_0099_speed_0.wav"
    shutil.copy(a_clip(own_data), path)
    write(SOUND)(path)
    (finding,) = doctor(own_data).findings
    assert finding.advice.startswith("move it into train or test")
    path.rename(path.parent / "test" / path.name)
    assert doctor(own_data).findings == ()


def test_a_prepared_folder_is_verified_as_it_is_said(run, own_data, tmp_path):
    run("prepare", own_data, tmp_path / "out")
    _, _, err = run("doctor", tmp_path / "out")
    assert "check it with 'prepare DATA OUT --verify'" in err
    command(f"prepare {own_data} {tmp_path / 'out'} --verify")


def test_zip_files_are_unpacked_as_it_is_said(run, own_data, tmp_path):
    (tmp_path / "my data").mkdir()
    shutil.make_archive(tmp_path / "my data" / "dev_pump", "zip", own_data, "pump")
    _, _, err = run("doctor", tmp_path / "my data")
    command(err.partition("unpack them with 'dcase-classic ")[2].strip()[:-1])
    assert doctor(tmp_path / "my data").findings == ()


def test_what_needs_a_decoder_is_converted_as_it_is_said(tmp_path, monkeypatch):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    monkeypatch.setitem(sys.modules, "av", None)
    wav, path = write_wav(tmp_path / "a.wav", SOUND), tmp_path / "my recording.m4a"
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, path], check=True)  # noqa: S607 - as a user calls it
    (finding,) = doctor(path).findings
    convert = finding.advice.partition("convert it: ")[2]
    subprocess.run(shlex.split(convert), check=True, capture_output=True)
    assert doctor(path.with_suffix(".flac"), is_deep=True).findings == ()
