"""Feature rows and dB frames of made-up normal sound, as tests of several rooms need them."""

import numpy as np

from dcase_classic.model.row_tables import FeatureTable


def normal_rows(n_rows=300, n_features=5, seed=0, offset=0.0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n_rows, n_features)) + offset).astype(np.float32)


def noisy_frames(n_segments=3, n_frames=31, n_mels=40, seed=0):
    rng = np.random.default_rng(seed)
    frames = -50 + 10 * rng.normal(size=(n_segments, n_frames, n_mels))
    return frames.astype(np.float32)


def table_of(counts, n_features=5, seed=0):
    """Clips with so many rows each."""
    X = normal_rows(sum(counts), n_features, seed)
    return FeatureTable(X=X, clip_index=np.repeat(np.arange(len(counts)), counts))
