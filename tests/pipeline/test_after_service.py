"""What may make the threshold after a service, and what is said of it."""

import shutil

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.errors import DataError
from dcase_classic.pipeline.maintain import recalibrate


@pytest.fixture(scope="module")
def saved(detector, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    detector.save(folder, machine_type="pump7")
    return folder


@pytest.fixture
def models(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "models")


def serviced(folder, *seconds, fault=0.0):
    rng = np.random.default_rng(11)
    for number, length_s in enumerate(seconds):
        sound = machine_sound(rng, seconds=length_s)
        noise = fault * rng.normal(size=len(sound)) * (number == 0)
        write_wav(folder / f"{number}.wav", sound + noise)
    return folder


@pytest.mark.uncounted
@pytest.mark.parametrize("length_s", [0.8, 1.3, 4.4])
def test_recordings_that_predict_scores_otherwise_make_no_threshold(models, tmp_path, length_s):
    folder = serviced(tmp_path / "after", *[2.2] * 9, length_s)
    message = f"9.wav: {length_s:.2f} s long instead of 2.20 s; a threshold holds for recordings as"
    with pytest.raises(DataError, match=message) as refused:
        recalibrate(folder, models)
    assert "pump7: got 9 recordings, expected 10 or more" in str(refused.value)
    alone = recalibrate(serviced(tmp_path / "alone", *[2.2] * 10), models).fitted.threshold
    mixed = recalibrate(serviced(tmp_path / "mixed", *[2.2] * 10, length_s), models)
    assert [skipped.clip.name for skipped in mixed.skipped] == ["10.wav"]
    assert mixed.fitted.threshold == alone


def test_a_recording_that_stands_out_after_a_service_is_named(models, tmp_path):
    folder = serviced(tmp_path / "after", *[2.2] * 12, fault=0.3)
    (note,) = recalibrate(folder, models).notes
    assert note.startswith(
        f"1 of 12 recordings lies above the new threshold: {folder / '0.wav'} (severity "
    )
    assert note.endswith("); listen to it")
    folder = serviced(tmp_path / "plain", *[2.2] * 10)
    high = recalibrate(folder, models, false_alarms=0.6).notes[0]
    assert " of 10 recordings lie above the new threshold: " in high
    assert high.endswith("; listen to them")


@pytest.mark.uncounted
def test_a_copy_does_not_count_twice_after_a_service(models, tmp_path):
    folder = serviced(tmp_path / "after", *[2.2] * 10)
    alone = recalibrate(folder, models).fitted
    for number in range(10):
        shutil.copy(folder / f"{number}.wav", folder / f"copy {number}.wav")
    changed = recalibrate(folder, models)
    assert changed.notes[0].startswith("10 copies of other recordings are left out: ")
    assert changed.fitted.threshold == alone.threshold
    assert changed.fitted.alarms == alone.alarms
    (folder / "0.wav").unlink()
    (folder / "copy 0.wav").unlink()
    with pytest.raises(DataError, match="9 copies of other recordings are left out") as refused:
        recalibrate(folder, models)
    assert "pump7: got 9 recordings, expected 10 or more" in str(refused.value)
