from pathlib import Path

import numpy as np
import soundfile

from dcase_classic.io.recordings.lengths import median_duration_s
from dcase_classic.records import Clip, Split


def clip_of(path, *parts):
    return Clip(path=path, machine_type="fan", section="00", split=Split.TRAIN, parts=parts)


def written(folder, seconds, *, rate_hz=16000):
    path = folder / f"{seconds}.wav"
    soundfile.write(path, np.zeros(round(seconds * rate_hz)), rate_hz)
    return path


def test_the_length_is_the_median_in_seconds_at_any_rate(tmp_path):
    paths = [written(tmp_path, 3), written(tmp_path, 2, rate_hz=44100), written(tmp_path, 9)]
    assert median_duration_s(list(map(clip_of, paths))) == 3.0


def test_the_parts_of_a_clip_are_added_up(tmp_path):
    first, second = written(tmp_path, 1), written(tmp_path, 0.5)
    assert median_duration_s([clip_of(first, first, second)]) == 1.5


def test_files_that_cannot_be_read_are_left_out(tmp_path):
    missing = clip_of(Path("missing.wav"))
    assert median_duration_s([missing, clip_of(written(tmp_path, 2))]) == 2.0
    assert median_duration_s([missing]) is None


def test_files_without_sound_are_left_out(tmp_path):
    empty = [clip_of(written(tmp_path, 0))] * 5
    assert median_duration_s([*empty, clip_of(written(tmp_path, 2))]) == 2.0
    assert median_duration_s(empty) is None


def test_of_many_clips_some_from_everywhere_tell(tmp_path):
    short, long = clip_of(written(tmp_path, 0.1)), clip_of(written(tmp_path, 0.2))
    assert median_duration_s([short] * 400 + [long] * 410) == 0.2
