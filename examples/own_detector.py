"""A detector of one's own: one class, one line, and settings can name it."""

import numpy as np

import dcase_classic
from dcase_classic.model.detector import Detector
from dcase_classic.model.plain import ANY, Numbers


class Spread(Detector):
    """Minus the mean distance from the median of every column, over its usual distance."""

    learned = {  # what a model keeps, so that it can be checked when it is loaded
        "median_": Numbers(("<f4",), (ANY,)),
        "spread_": Numbers(("<f4",), (ANY,)),
    }

    def fit(self, X, _y=None):
        """Learn from normal rows (n_rows, n_features)."""
        self.median_ = np.median(X, axis=0).astype(np.float32)
        self.spread_ = np.maximum(np.abs(X - self.median_).mean(axis=0), 1e-6).astype(np.float32)
        return self

    def score_samples(self, X):
        """Normality (n_rows,): higher is more normal."""
        return -np.abs((X - self.median_) / self.spread_).mean(axis=1).astype(np.float64)


dcase_classic.register("detectors", "spread", Spread)
