"""The straightforward ways that the package is measured against."""

from itertools import pairwise

import librosa
import numpy as np
from scipy import stats

SPECTRUM = {"n_fft": 1024, "hop_length": 512}


def librosa_per_segment(path):
    """The features of a tutorial: each second by itself, shape (n_segments, n_features)."""
    samples, rate_hz = librosa.load(path, sr=None)
    n_segments = len(samples) // rate_hz
    return np.array([_row(part, rate_hz) for part in np.split(samples, n_segments)])


def _row(samples, rate_hz):
    frames = librosa_log_mel(samples, rate_hz)
    mfcc = librosa.feature.mfcc(y=samples, sr=rate_hz, n_mfcc=20, **SPECTRUM)
    return np.concatenate([*_statistics(frames), *_with_deltas(mfcc)])


def librosa_per_clip(path):
    """One spectrogram of the clip by librosa, then the same statistics of each second."""
    samples, rate_hz = librosa.load(path, sr=None)
    frames = librosa_log_mel(samples, rate_hz)
    mfcc = librosa.feature.mfcc(S=frames, n_mfcc=20)
    rows = []
    for start in range(0, frames.shape[1] - 30, 31):
        part, coefficients = frames[:, start : start + 31], mfcc[:, start : start + 31]
        rows.append(np.concatenate([*_statistics(part), *_with_deltas(coefficients)]))
    return np.array(rows)


def _statistics(frames):
    percentiles = [np.percentile(frames, q, axis=1) for q in (5, 25, 50, 75, 95)]
    shape = (stats.skew(frames, axis=1), stats.kurtosis(frames, axis=1))
    return [frames.mean(axis=1), frames.std(axis=1), *percentiles, *shape]


def _with_deltas(mfcc):
    kinds = [mfcc, *(librosa.feature.delta(mfcc, order=order) for order in (1, 2))]
    return [moment for kind in kinds for moment in (kind.mean(axis=1), kind.std(axis=1))]


def librosa_log_mel(samples, rate_hz):
    """Log-mel frames in dB, shape (n_mels, n_frames)."""
    power = librosa.feature.melspectrogram(y=samples, sr=rate_hz, n_mels=128, **SPECTRUM)
    return librosa.power_to_db(power)


def baseline_frame_stacking(path):
    """The vectors of the challenge's autoencoder: five frames side by side in float64.

    As dcase2023_task2_baseline_ae does it (common.file_to_vectors).
    """
    samples, rate_hz = librosa.load(path, sr=None)
    frames = librosa_log_mel(samples, rate_hz)
    n_vectors = frames.shape[1] - 4
    vectors = np.zeros((n_vectors, 128 * 5))
    for shift in range(5):
        vectors[:, 128 * shift : 128 * (shift + 1)] = frames[:, shift : shift + n_vectors].T
    return vectors


def autoencoder_epoch(vectors):
    """A function that trains the challenge's autoencoder for one epoch, or None without torch.

    Layers, batch size, optimiser and anomaly detection of dcase2023_task2_baseline_ae; it trains
    for 100 epochs.
    """
    try:
        import torch
    except ImportError:
        return None
    widths = [vectors.shape[1], 128, 128, 128, 128, 8, 128, 128, 128, 128]
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.BatchNorm1d(n_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], widths[0]))
    optimiser = torch.optim.Adam(model.parameters())
    data = torch.utils.data.TensorDataset(torch.from_numpy(vectors).float())
    loader = torch.utils.data.DataLoader(data, batch_size=256, shuffle=True)

    def train():
        torch.set_num_threads(1)
        with torch.autograd.set_detect_anomaly(mode=True):
            for (batch,) in loader:
                optimiser.zero_grad()
                torch.nn.functional.mse_loss(model(batch), batch).backward()
                optimiser.step()

    return train
