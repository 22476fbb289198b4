"""Recordings in any form that a program may have them in, and what is heard in one."""

import errno
import os
import shutil
from copy import copy

import numpy as np
import pandas as pd
import pytest
import soundfile
from conftest import machine_sound

from dcase_classic import AnomalyDetector, features, load, load_preset, log_mel
from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import ConfigError, DataError
from dcase_classic.io.recordings.audio import read_recording

RATE_HZ = 16000


def samples_of(path, dtype="float64"):
    return soundfile.read(path, dtype=dtype)[0]


class Table:
    """A table that is none of pandas, and knows less."""

    def __init__(self, **columns):
        self.columns, self._values = list(columns), columns

    def __getitem__(self, name):
        return self._values[name]


FORMS = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: str(path).encode(),
    "array of bytes": lambda path: np.array([str(path).encode()]),
    "index": lambda path: pd.Index([path]),
    "list": lambda path: [str(path)],
    "texts": lambda path: np.array([str(path)]),
    "table": lambda path: pd.DataFrame({"machine": ["pump7"], "path": [path]}),
    "another table": lambda path: Table(path=[str(path)], label=["?"]),
    "column": lambda path: pd.Series([path]),
    "float64": samples_of,
    "float32": lambda path: samples_of(path, "float32"),
    "int16": lambda path: samples_of(path, "int16"),
    "int32": lambda path: samples_of(path, "int32"),
    "big-endian": lambda path: samples_of(path, "int16").astype(">i2"),
    "16 bits in floats": lambda path: samples_of(path, "int16").astype(float),
    "numbers": lambda path: samples_of(path).tolist(),
    "a part of others": lambda path: np.stack([samples_of(path)] * 3, axis=1)[:, 1],
    "rows": lambda path: samples_of(path)[np.newaxis],
    "channels": lambda path: [samples_of(path)[:, np.newaxis]],
}


@pytest.mark.uncounted
@pytest.mark.parametrize("form", FORMS)
def test_a_recording_scores_the_same_bits_in_any_form(detector, sounds, form):
    path = sounds / "today" / "worn.wav"
    given = FORMS[form](path)
    assert detector.score_samples(given, sample_rate=RATE_HZ) == detector.score_samples(path)


def test_features_have_names_and_seconds(sounds):
    path = sounds / "today" / "good.wav"
    rows = features(path, view="mfcc_1s_density")
    table = features(samples_of(path), view="mfcc_1s_density", as_frame=True, sample_rate=RATE_HZ)
    assert np.array_equal(rows, table.to_numpy())
    assert table.columns[0] == "mfcc_mean_0"
    assert table.columns.is_unique
    assert table.index.to_frame().to_numpy().tolist() == [[0, 1], [0.6, 1.6], [1.2, 2.2]]
    with pytest.raises(ConfigError, match="view: got 'mfcc', expected one of mfcc_4s_density"):
        features(path, view="mfcc")


@pytest.mark.uncounted
@pytest.mark.parametrize("view", [view.name for view in load_preset("classic").views])
def test_every_view_has_a_name_for_every_column(sounds, view):
    table = features(sounds / "today" / "good.wav", view=view, as_frame=True)
    assert table.columns.is_unique
    assert np.isfinite(table.to_numpy()).all()


@pytest.mark.parametrize("engine", ["fast", "librosa"])
def test_a_spectrogram_has_seconds_and_hertz(tmp_path, engine):
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time_s) * (time_s > 1)
    (tmp_path / "own.toml").write_text(f'preset = "knn"\n[spectrum]\nengine = "{engine}"\n')
    options = {"sample_rate": RATE_HZ, "config": tmp_path / "own.toml"}
    frames = log_mel(tone + 1e-4 * np.random.default_rng(0).normal(size=len(tone)), **options)
    assert (frames.index.name, frames.columns.name) == ("time_s", "hz")
    second, hz = frames.max(axis=1).idxmax(), frames.max().idxmax()
    assert hz == pytest.approx(1000, abs=25)
    assert second > 1
    assert frames.index[0] == pytest.approx(1024 / 2 / RATE_HZ)
    assert frames.max(axis=1)[frames.index < 0.9].max() < -40


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "recordings: got int, expected paths, arrays of samples, or a table"),
        ([], "no recording was given"),
        (pd.DataFrame({"file": ["a.wav"]}), "a table of the columns file, expected a column path"),
        (pd.DataFrame(np.zeros((2, 9))), "the columns 0, 1, 2, 3, 4 and 4 more, expected a column"),
        (pd.DataFrame([["a", "b"]], columns=["path"] * 2), "the columns path, path, expected a"),
        (pd.DataFrame({"path": ["today", np.nan]}), "array 1: got nan, expected a path or an arr"),
        ([None], "array 0: got None, expected a path or an array of samples"),
        ([["a.wav"]], "array 0: got list, expected a path or an array of samples"),
        ([[[0.1], [0.1, 0.2]]], "array 0: got list, expected a path or an array of samples"),
        ({"a.wav"}, "recordings: got set, expected paths"),
        ({"path": ["a.wav"]}, "recordings: got dict, expected paths"),
        (np.array(0.1), "recordings: got ndarray, expected paths"),
        ("", "got an empty path; '.' is the folder that one is in"),
        ("a" * 5000, "cannot be a path: it is too long, or holds a zero byte"),
        (np.zeros((50, 2)), "an array of shape .* has clips of 2 samples as its rows; put a rec"),
        (np.zeros(9, bool), "array 0: samples of bool, expected float32"),
        ([np.zeros((2, 9000))], "array 0: shape .2, 9000., expected .* channels; transpose it"),
        ([np.zeros((2, 2, 2))], "array 0: shape .2, 2, 2., expected"),
        ([np.zeros(0)], "array 0: holds no samples"),
    ],
)
def test_what_is_no_recording_is_one_line(detector, given, message):
    with pytest.raises(DataError, match=message) as refused:
        detector.score_samples(given, sample_rate=RATE_HZ)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("rate_hz", [0, -1, 16000.5, "16000", float("nan"), True])
def test_a_rate_that_no_recorder_has_is_one_line(detector, rate_hz):
    message = f"array 0: a rate of {rate_hz!r} Hz, expected 1000 to 768000, a whole number"
    usual = copy(detector).set_params(sample_rate=RATE_HZ)
    with pytest.raises(DataError, match=message):
        usual.score_samples(np.zeros(9), sample_rate=rate_hz)
    with pytest.raises(DataError, match=f"a rate of {rate_hz!r} Hz"):
        usual.stream(sample_rate=rate_hz)


@pytest.mark.uncounted
@pytest.mark.parametrize("number", [float, np.int64, np.float32])
def test_a_number_of_any_kind_makes_a_model_that_can_be_loaded(sounds, tmp_path, number):
    arrays = [samples_of(path) for path in sorted((sounds / "normal").rglob("*.wav"))]
    rate = np.float32(0.25)
    fitted = AnomalyDetector("knn", false_alarms=rate).fit(arrays, sample_rate=number(RATE_HZ))
    fitted.save(tmp_path, machine_type="pump7")
    assert load(tmp_path).threshold_ == fitted.threshold_
    for wrong in ("0.25", 0, 1, float("nan")):
        with pytest.raises(ConfigError, match="false_alarms: got .*, expected between 0 and 1"):
            load(tmp_path, false_alarms=wrong)


def test_an_array_is_not_changed(detector, sounds):
    sound = samples_of(sounds / "today" / "good.wav", "float32")
    before = sound.copy()
    sound.flags.writeable = False
    detector.score_frame(sound, sample_rate=RATE_HZ)
    assert np.array_equal(sound, before)


def test_the_reader_of_files_and_that_of_arrays_agree(sounds):
    path = sounds / "today" / "good.wav"
    frames = log_mel(path)
    n_samples = len(read_recording((path,), AudioConfig()).waveform.samples)
    assert len(frames) == (n_samples - 1024) // 512 + 1


def test_segments_that_are_a_share_are_those_of_training_where_the_settings_tell_its_length():
    rng = np.random.default_rng(3)
    settings = load_preset("classic").at_length(2.0)
    clip = machine_sound(rng, seconds=3)
    options = {"view": "dynamics_density", "sample_rate": RATE_HZ, "as_frame": True}
    known = features(clip, config=settings, **options)
    assert known.index[0] == (0.0, 1.0)
    assert features(clip, **options).index[0] == (0.0, 1.5)


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        (np.linspace(-1e300, 1e300, 16000), "NaN or infinite"),
        (np.ma.array(np.linspace(-1, 1, 16000), mask=np.arange(16000) > 9), "masked"),
    ],
)
def test_samples_beyond_any_float_or_masked_are_refused_without_a_warning(odd, problem):
    with pytest.raises(DataError, match=problem):
        log_mel(odd, sample_rate=RATE_HZ)


def test_a_table_that_is_none_of_pandas_tells_what_it_knows_too(sounds):
    paths = sorted((sounds / "normal").rglob("*.wav"))
    table = Table(path=paths, session=[*"abcdeabcde"])
    assert AnomalyDetector("knn").fit(table).model_.session_source == "the column session"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": [0, 1]}, "y: got 0, expected 1 or -1"),
        ({"y": [1]}, "y: got 1 value, expected one for each of 2"),
        ({"y": 1}, "y: got none, expected one for each of 2"),
        ({"domains": ["source", "moon"]}, "domains: got 'moon', expected None or 'source' or"),
        ({"sessions": ["a"]}, "sessions: got 1 value, expected one for each of 2"),
        (
            {"sessions": ["a", ""]},
            "sessions: got none for 1 of 2, expected one of each, or of none",
        ),
        ({"sessions": ["a", None]}, "sessions: got none for 1 of 2, expected one of each, or of"),
        ({"y": [[1], [1]]}, r"y: got shape \(2, 1\), expected one for each of 2"),
        ({"domains": [["source"], ["moon"]]}, r"domains: got shape \(2, 1\), expected one"),
        ({"siblings": ["today"]}, "siblings: got list, expected recordings by the name of their"),
    ],
)
def test_what_is_said_of_recordings_is_checked_before_they_are_read(options, message):
    with pytest.raises(ConfigError, match=message):
        AnomalyDetector("knn").fit(["no.wav", "where.wav"], **options)


def test_a_folder_of_which_a_part_cannot_be_read_gives_no_half_of_a_table(
    detector, sounds, tmp_path, monkeypatch
):
    shutil.copytree(sounds / "today", tmp_path / "plant" / "open")
    shutil.copytree(sounds / "today", tmp_path / "plant" / "shut")
    scandir = os.scandir

    def as_system_has_it(path):
        if str(path).endswith("shut"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", as_system_has_it)
    with pytest.raises(DataError, match="shut: folder cannot be read .permission denied.; check"):
        detector.score_frame(tmp_path / "plant")
