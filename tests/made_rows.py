"""Feature rows and dB frames of made-up normal sound, as tests of several rooms need them."""

import numpy as np


def normal_rows(n_rows=300, n_features=5, seed=0, offset=0.0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n_rows, n_features)) + offset).astype(np.float32)


def noisy_frames(n_segments=3, n_frames=31, n_mels=40, seed=0):
    rng = np.random.default_rng(seed)
    frames = -50 + 10 * rng.normal(size=(n_segments, n_frames, n_mels))
    return frames.astype(np.float32)
