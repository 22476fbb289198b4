import numpy as np
import oracles_features
import pytest
from made_rows import noisy_frames

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.errors import ConfigError
from dcase_classic.sound import frame_statistics
from dcase_classic.sound.features import (
    EXTRACTORS,
    LOGMEL_STATISTICS,
    MFCC_STATISTICS,
    LogMelStats,
    MfccEmbedding,
    extract_rows,
)
from dcase_classic.sound.spectra import log_mel

KINDS = sorted(EXTRACTORS)


def frames_of(samples):
    samples = samples.astype(np.float32)
    return log_mel(samples, SpectrumConfig(), sample_rate_hz=16000)[np.newaxis]


def extreme_frames():
    rng = np.random.default_rng(0)
    return {
        "silence": frames_of(np.zeros(160000)),
        "DC": frames_of(np.full(160000, 0.3)),
        "impulse": frames_of(np.eye(1, 160000, 1000)[0]),
        "full scale": frames_of(np.sign(rng.normal(size=160000))),
        "one frame": frames_of(rng.normal(size=1024)),
        "two frames": frames_of(rng.normal(size=1536)),
    }


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clip", extreme_frames())
def test_features_of_extreme_clips_are_finite(kind, clip):
    assert np.isfinite(EXTRACTORS[kind]().extract(extreme_frames()[clip])).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_mels", [1, 8, 128])
def test_every_column_has_one_name_of_its_own(kind, n_mels):
    extractor = EXTRACTORS[kind]()
    names = extractor.names(n_mels)
    assert len(set(names)) == len(names)
    assert extractor.extract(noisy_frames(n_mels=n_mels)).shape == (3, len(names))


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_float32(kind):
    assert EXTRACTORS[kind]().extract(noisy_frames()).dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_segments_gives_what_each_gives_alone(kind):
    extractor, frames = EXTRACTORS[kind](), noisy_frames()
    alone = [extractor.extract(segment[np.newaxis])[0] for segment in frames]
    # products of matrices of another height may round the last of seven digits differently
    np.testing.assert_allclose(extractor.extract(frames), alone, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_frames_are_not_changed(kind):
    frames = noisy_frames()
    EXTRACTORS[kind]().extract(frames)
    assert np.array_equal(frames, noisy_frames())


@pytest.mark.parametrize("kind", KINDS)
def test_equal_extractors_are_equal_and_hashable(kind):
    assert {EXTRACTORS[kind](), EXTRACTORS[kind]()} == {EXTRACTORS[kind]()}


@pytest.mark.uncounted
@pytest.mark.parametrize("n_frames", [2, 31, 311])
@pytest.mark.parametrize("name", LOGMEL_STATISTICS)
def test_each_log_mel_statistic_is_scipys(name, n_frames):
    frames = noisy_frames(n_frames=n_frames)
    actual = LogMelStats((name,)).extract(frames)
    expected = oracles_features.slow_logmel_statistic(name, frames)
    # values near -50 carry a float32 rounding error of 4e-6 each, their cubes several times that
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("n_frames", [9, 31, 311])  # librosa's deltas want nine
@pytest.mark.parametrize("name", MFCC_STATISTICS)
def test_each_mfcc_statistic_is_librosas(name, n_frames):
    frames = noisy_frames(n_frames=n_frames)
    actual = MfccEmbedding(13, (name,)).extract(frames)
    expected = oracles_features.slow_mfcc_statistic(name, frames, 13)
    # coefficient 0 is near -300: sums of 40 products in float32 round at 1e-4
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=2e-4)


@pytest.mark.parametrize("statistics", [("kurtosis", "p5", "mean"), ("std",), ("max", "min")])
def test_selected_log_mel_statistics_stand_in_the_order_asked_for(statistics):
    extractor, frames = LogMelStats(statistics), noisy_frames()
    alone = [LogMelStats((name,)).extract(frames) for name in statistics]
    assert np.array_equal(extractor.extract(frames), np.concatenate(alone, axis=1))
    assert extractor.names(2)[0] == f"logmel_{statistics[0]}_0"


@pytest.mark.parametrize(
    "statistics", [("delta_std", "mean"), ("std",), ("delta2_mean", "step_std")]
)
def test_selected_mfcc_statistics_stand_in_the_order_asked_for(statistics):
    extractor, frames = MfccEmbedding(5, statistics), noisy_frames()
    alone = [MfccEmbedding(5, (name,)).extract(frames) for name in statistics]
    assert np.array_equal(extractor.extract(frames), np.concatenate(alone, axis=1))
    assert extractor.names(40)[0] == f"mfcc_{statistics[0]}_0"


@pytest.mark.parametrize("value_db", [-100.0, -99.9, -37.123, 3.3])
@pytest.mark.parametrize("n_frames", [1, 31, 1875])  # one frame, 1 s, 60 s
def test_a_constant_band_has_no_spread_and_no_shape(value_db, n_frames):
    frames = np.full((1, n_frames, 2), value_db, np.float32)
    row = LogMelStats(("std", "skewness", "kurtosis")).extract(frames)[0]
    # the mean is rounded to float32, 4e-6 near 100
    np.testing.assert_allclose(row, [0, 0, 0, 0, 0, 0], atol=1e-5)


def test_one_frame_has_no_differences():
    frames = noisy_frames(n_frames=1)
    rows = MfccEmbedding(4, ("step_std", "delta_mean", "delta2_std")).extract(frames)
    assert np.array_equal(rows, np.zeros((3, 12)))


@pytest.mark.parametrize("n_frames", [3, 4, 8])
def test_deltas_of_few_frames_are_those_of_one_fit(n_frames):
    time = np.arange(n_frames, dtype=np.float32)
    frames = (3 * time - time**2)[np.newaxis, :, np.newaxis].repeat(2, axis=2)
    slope = np.polyfit(time, frames[0, :, 0], 1)[0]
    deltas = [frame_statistics.derivative(frames, order=order) for order in (1, 2)]
    np.testing.assert_allclose(deltas[0], np.full(frames.shape, slope), atol=1e-5)  # float32
    np.testing.assert_allclose(deltas[1], np.full(frames.shape, -2), rtol=1e-4)


def test_there_are_no_more_coefficients_than_bands():
    extractor = MfccEmbedding(20)
    assert len(extractor.names(8)) == 24
    assert extractor.extract(noisy_frames(n_mels=8)).shape == (3, 24)


def test_the_columns_of_several_extractors_stand_side_by_side():
    extractors, frames = (LogMelStats(("mean",)), MfccEmbedding(4)), noisy_frames()
    rows = extract_rows(extractors, frames)
    assert np.array_equal(rows[:, :40], extractors[0].extract(frames))
    assert np.array_equal(rows[:, 40:], extractors[1].extract(frames))


class Wrong:
    def __init__(self, made):
        self.made = made

    def extract(self, frames):
        return self.made


@pytest.mark.parametrize("made", [np.zeros(3), np.zeros((2, 4)), None])
def test_an_extractor_that_gives_no_row_for_each_segment_is_named(made):
    with pytest.raises(ConfigError, match="extract of Wrong gave numbers of shape .* of 3 segment"):
        extract_rows((Wrong(made),), noisy_frames())


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_an_extractor_that_gives_no_finite_numbers_is_named(value):
    wrong = Wrong(np.full((3, 2), value, np.float32))
    with pytest.raises(ValueError, match="extract of LogMelStats or Wrong gave NaN or inf"):
        extract_rows((LogMelStats(), wrong), noisy_frames())


@pytest.mark.parametrize("make", [LogMelStats, lambda names: MfccEmbedding(statistics=names)])
@pytest.mark.parametrize("names", [(), ("mean", "mean"), ("median",)])
def test_statistics_that_are_missing_doubled_or_unknown_are_refused(make, names):
    with pytest.raises(ValueError, match="statistics: got .* expected some of mean, std"):
        make(names)


def test_a_number_of_coefficients_below_one_is_refused():
    with pytest.raises(ValueError, match="n_mfcc: got 0, expected at least 1"):
        MfccEmbedding(0)
