"""Slow references of the feature and detector code, by librosa, scipy and scikit-learn."""

import librosa
import numpy as np
from scipy import stats
from sklearn.covariance import ledoit_wolf
from sklearn.neighbors import NearestNeighbors


def slow_log_mel(samples, spectrum, rate_hz):
    """Librosa's mel spectrogram in float64 dB, frames first."""
    power = librosa.feature.melspectrogram(
        y=samples.astype(np.float64),
        sr=rate_hz,
        n_fft=spectrum.n_fft,
        hop_length=spectrum.hop_samples,
        n_mels=spectrum.n_mels,
        fmin=spectrum.fmin_hz,
        fmax=spectrum.fmax_hz,
        center=False,
    )
    return librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None).T


SLOW_LOGMEL_STATISTICS = {
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "p5": lambda band: np.percentile(band, 5),
    "p25": lambda band: np.percentile(band, 25),
    "p50": lambda band: np.percentile(band, 50),
    "p75": lambda band: np.percentile(band, 75),
    "p95": lambda band: np.percentile(band, 95),
    "skewness": stats.skew,
    "kurtosis": stats.kurtosis,
}


def slow_logmel_statistic(name, frames):
    """One statistic of one band of one segment at a time, in float64."""
    statistic = SLOW_LOGMEL_STATISTICS[name]
    return np.array([[statistic(band) for band in segment.T] for segment in np.float64(frames)])


SLOW_MFCC_STATISTICS = {
    "mean": lambda mfcc: np.mean(mfcc, axis=1),
    "std": lambda mfcc: np.std(mfcc, axis=1),
    "step_std": lambda mfcc: np.std(mfcc[:, 1:] - mfcc[:, :-1], axis=1),
    "delta_mean": lambda mfcc: np.mean(librosa.feature.delta(mfcc), axis=1),
    "delta_std": lambda mfcc: np.std(librosa.feature.delta(mfcc), axis=1),
    "delta2_mean": lambda mfcc: np.mean(librosa.feature.delta(mfcc, order=2), axis=1),
    "delta2_std": lambda mfcc: np.std(librosa.feature.delta(mfcc, order=2), axis=1),
}


def slow_mfcc_statistic(name, frames, n_mfcc):
    """One statistic of librosa's coefficients, segment by segment, in float64."""
    statistic = SLOW_MFCC_STATISTICS[name]
    return np.array(
        [statistic(librosa.feature.mfcc(S=np.float64(s.T), n_mfcc=n_mfcc)) for s in frames]
    )


def slow_segments(n_samples, length, hop):
    """First sample and end of every segment, told step by step."""
    if n_samples <= length:
        return [(0, n_samples)]
    last = n_samples - length  # where the last one starts
    n_steps = 1
    while n_steps * hop < last:
        n_steps += 1
    starts = [round(step * last / n_steps) for step in range(n_steps + 1)]
    return [(start, start + length) for start in starts]


def slow_nearest_distances(X, references, k):
    """Sorted Euclidean distances, by scikit-learn in float64."""
    model = NearestNeighbors(n_neighbors=min(k, len(references)), algorithm="kd_tree")
    distances, _ = model.fit(np.float64(references)).kneighbors(np.float64(X))
    return distances


def slow_mahalanobis(X, training):
    """The Mahalanobis distance row by row, under scikit-learn's Ledoit-Wolf covariance."""
    training = np.float64(training)
    mean = training.mean(axis=0)
    inverse = np.linalg.inv(ledoit_wolf(training - mean, assume_centered=True)[0])
    return np.array([np.sqrt((row - mean) @ inverse @ (row - mean)) for row in np.float64(X)])


def slow_held_out_knn_anomaly(X, clip_index, folds):
    """Held-out mean nearest-neighbour distance of one domain, standardised by the other folds."""
    clips = np.arange(len(folds))
    distances = np.empty(len(folds))
    for clip in clips:
        training = X[folds[clip_index] != folds[clip]]
        distances[clip] = slow_nearest_distances(X[clip_index == clip], training, 1).mean()
    others = [distances[folds != folds[clip]] for clip in clips]
    return np.array([(distances[i] - others[i].mean()) / others[i].std() for i in clips])
