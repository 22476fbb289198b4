import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import machine_sound, write_wav
from hypothesis import given, settings
from hypothesis import strategies as st

from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import load_model
from dcase_classic.pipeline.predict import predict
from dcase_classic.pipeline.stream import Stream

pytestmark = pytest.mark.uncounted

RATE_HZ = 16000
WINDOW_S, HOP_S = 2.2, 0.55  # the length of the training clips, and the hop of long files


@pytest.fixture(scope="module")
def detector(fitted):
    return load_model(fitted, "pump", "00")


@pytest.fixture(scope="module")
def sound():
    """11 s in one channel, with a fault in the middle, as 16-bit integers."""
    rng = np.random.default_rng(3)
    parts = [machine_sound(rng, is_anomaly=number == 2) for number in range(5)]
    return (np.concatenate(parts) * 32767).astype(np.int16)


@pytest.fixture(scope="module")
def whole(detector, sound):
    """The windows of 3 s that come at once."""
    return scores_in_pieces(detector, sound[: 3 * RATE_HZ], [])


def scores_in_pieces(detector, sound, sizes, **settings):
    stream, windows, position = Stream(detector, **{"hop_s": HOP_S, **settings}), [], 0
    for size in sizes:
        windows += stream.feed(sound[position : position + size])
        position += size
    return windows + stream.feed(sound[position:]) + stream.finish()


def test_windows_have_the_scores_that_the_file_has_to_the_last_bit(
    detector, sound, fitted, tmp_path
):
    path = write_wav(tmp_path / "long.wav", sound)
    rows = predict(path, fitted, machine_type="pump")
    windows = scores_in_pieces(detector, sound, [1, 7, 512, 16000, 99999])
    assert len(rows) > 5
    assert [(row.start_s, row.end_s) for row in rows] == [
        (window.start_s, window.end_s) for window in windows
    ]
    assert [row.anomaly_score for row in rows] == [window.anomaly_score for window in windows]
    assert [row.severity for row in rows] == [window.severity for window in windows]
    assert [row.p_value for row in rows] == [window.p_value for window in windows]
    assert [row.decision for row in rows] == [window.is_anomaly for window in windows]


@pytest.mark.parametrize("rate_hz", [16000, 44100, 22050])
def test_a_window_has_the_score_of_a_file_of_its_samples_at_any_rate(
    detector, fitted, tmp_path, rate_hz
):
    rng = np.random.default_rng(4)
    whole = (rng.normal(0, 0.1, 6 * rate_hz) * 32767).clip(-32768, 32767).astype(np.int16)
    windows = scores_in_pieces(detector, whole, [100, 5000], sample_rate_hz=rate_hz)
    n_window = round(WINDOW_S * rate_hz)
    for window in windows:
        start = round(window.start_s * rate_hz)
        path = write_wav(tmp_path / "window.wav", whole[start : start + n_window], rate_hz)
        (row,) = predict(path, fitted, machine_type="pump")
        assert row.anomaly_score == window.anomaly_score


@settings(max_examples=10)  # the cutter has its own; this is the way from there to the score
@given(st.lists(st.integers(0, 40000), max_size=12))
def test_the_pieces_that_sound_comes_in_change_no_bit(detector, sound, whole, sizes):
    assert scores_in_pieces(detector, sound[: 3 * RATE_HZ], sizes) == whole


def test_integers_and_floats_of_the_same_samples_score_the_same(detector, sound, whole):
    floats = sound[: 3 * RATE_HZ].astype(np.float64) / 32768
    assert scores_in_pieces(detector, floats, [333]) == whole


def test_a_piece_may_be_changed_afterwards(detector, sound):
    stream, piece = Stream(detector, hop_s=HOP_S), np.empty(1000, np.float32)
    windows = []
    for start in range(0, 64000, 1000):
        piece[:] = sound[start : start + 1000] / np.float32(32768)
        windows += stream.feed(piece)
        piece[:] = 0
    assert windows == Stream(detector, hop_s=HOP_S).feed(sound[:64000])


def test_two_machines_are_heard_in_two_channels(fitted, sound):
    pump, fan = (load_model(fitted, machine, "00") for machine in ("pump", "fan"))
    both = np.column_stack([sound, sound[::-1]])[: 8 * RATE_HZ]
    alone = [Stream(model).feed(both[:, number]) for number, model in enumerate((pump, fan))]
    assert [window.new_s for window in alone[0][:2]] == [WINDOW_S, 1.0]
    streams = [Stream(pump, channel=0), Stream(fan, channel=1)]
    together = [[], []]
    for start in range(0, len(both), 5000):
        for number, stream in enumerate(streams):
            together[number] += stream.feed(both[start : start + 5000])
    assert [[w.anomaly_score for w in windows] for windows in together] == [
        [w.anomaly_score for w in windows] for windows in alone
    ]


def test_a_stream_of_a_folder_scores_alike_and_imports_no_scikit_learn(detector, fitted, sound):
    script = (
        "import sys, numpy as np\n"
        "from dcase_classic import Stream\n"
        f"stream = Stream.load({str(fitted)!r}, 'pump', hop_s={HOP_S})\n"
        "chunk = np.frombuffer(sys.stdin.buffer.read(), np.int16)\n"
        "print(*(window.anomaly_score for window in stream.feed(chunk)))\n"
        "assert not {'sklearn', 'pandas'} & set(sys.modules)\n"
    )
    command, chunk = [sys.executable, "-c", script], sound[:64000]
    printed = subprocess.run(command, input=chunk.tobytes(), capture_output=True, check=True).stdout
    expected = Stream(detector, hop_s=HOP_S).feed(chunk)
    assert [float(score) for score in printed.split()] == [w.anomaly_score for w in expected]


@pytest.mark.parametrize("name", ["window_s", "hop_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_length_of_time_that_is_none_is_refused(detector, name, value):
    with pytest.raises(ValueError, match=f"{name}: got {value}, expected a number above 0"):
        Stream(detector, **{name: value})


@pytest.mark.parametrize("settings", [{"hop_s": None}, {"n_skipped": -1}, {"n_skipped": 0.5}])
def test_a_setting_of_another_kind_is_refused(detector, settings):
    ((name, value),) = settings.items()
    with pytest.raises(ValueError, match=f"{name}: got {value}, expected"):
        Stream(detector, **settings)


def test_samples_that_are_masked_or_beyond_float32_are_told(detector, sound):
    chunk = sound[: 2 * RATE_HZ].astype(float)
    with pytest.raises(ValueError, match="chunk: holds samples that are masked"):
        Stream(detector).feed(np.ma.masked_greater(chunk, 1000))
    (window,) = scores_in_pieces(detector, chunk * 1e100, [])
    assert window.problem == "holds samples that are NaN or infinite"


def test_a_hop_of_less_than_a_sample_is_refused(detector):
    with pytest.raises(ValueError, match="hop: got 0 samples"):
        Stream(detector, hop_s=1e-9)


def test_a_stream_of_a_folder_names_the_models_that_there_are(fitted):
    with pytest.raises(
        ArtifactError, match="no model of 'pmup', there is .*pump.*did you mean 'pump'"
    ):
        Stream.load(fitted, "pmup")


def test_what_cannot_be_scored_has_a_reason_and_no_score(detector):
    windows = scores_in_pieces(detector, np.zeros(3 * RATE_HZ, np.float32), [])
    assert {window.anomaly_score for window in windows} == {None}
    assert "silent" in windows[0].problem
    assert windows[0].level_db == -200.0
    (short,) = scores_in_pieces(detector, np.random.default_rng(0).normal(0, 0.1, 8000), [])
    assert short.severity is None
    assert "too short" in short.problem


@pytest.mark.parametrize(
    ("factor", "coding", "problem"),
    [
        (1.0, "FLOAT", "float samples up to .*, expected -1 to 1; send whole numbers as integers"),
        (1.5, "DOUBLE", "float samples up to .*, expected -1 to 1 or whole numbers"),
        (2.0**-31, "PCM_32", "16-bit values in 32-bit samples, or hardly any sound"),
    ],
)
def test_samples_that_a_file_would_be_scaled_for_have_no_score(
    detector, sound, factor, coding, problem
):
    samples = sound[: 2 * RATE_HZ].astype(np.float32) * np.float32(factor)
    stream = Stream(detector)
    (window,) = stream.feed(samples, coding=coding) + stream.finish()
    assert window.anomaly_score is None
    assert re.match(problem, window.problem)
    (right,) = stream.feed(sound[: 2 * RATE_HZ], coding="PCM_32") + stream.finish()
    assert (right.problem, right.flags) == ("", ())


def test_a_window_above_full_scale_is_named(detector, sound):
    samples = sound[: 2 * RATE_HZ] * np.float32(2 / np.abs(sound[: 2 * RATE_HZ]).max())
    (window,) = scores_in_pieces(detector, samples, [])
    assert window.flags[0] == "float samples up to 2.00: above full scale"


def test_no_sound_is_left_out_between_windows(detector, sound):
    windows = scores_in_pieces(detector, sound[: 5 * RATE_HZ], [], hop_s=60.0)
    assert [window.start_s for window in windows] == [0.0, 2.2, pytest.approx(2.8)]


def test_windows_tell_how_much_of_them_is_new(detector, sound):
    windows = scores_in_pieces(detector, sound[: 4 * RATE_HZ], [])
    assert [window.new_s for window in windows] == pytest.approx([2.2, 0.55, 0.55, 0.55, 0.15])


@pytest.mark.parametrize(
    "chunk",
    [
        np.zeros(5, np.int32),
        np.zeros((2, 2, 2)),
        np.zeros((4, 0)),
        np.array(["a"]),
        np.zeros((2, 257)),
    ],
)
def test_a_chunk_of_another_kind_is_refused(detector, chunk):
    with pytest.raises(ValueError, match="chunk: got"):
        Stream(detector).feed(chunk)


def test_the_memory_of_a_stream_does_not_grow(detector, sound):
    stream = Stream(detector, hop_s=2.2)
    for _ in range(20):
        stream.feed(sound[: 3 * RATE_HZ])
    kept = sum(piece.nbytes for piece in stream._cutter._pieces)
    assert kept <= 4 * (round(WINDOW_S * RATE_HZ) + 3 * RATE_HZ)
