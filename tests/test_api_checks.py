"""scikit-learn's own checks, with tables whose rows are made into sounds: clips are our input."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from dcase_classic import AnomalyDetector

pytestmark = pytest.mark.uncounted
RATE_HZ = 16000
N_SAMPLES = RATE_HZ // 4
NOISE = 0.01 * np.random.default_rng(0).normal(size=N_SAMPLES)
NO_SPARSE_SOUNDS = "a sparse matrix holds no recordings"
NO_ALARMS_IN_TRAINING = (
    "recordings that were learned from raise no alarm: the rate that is promised is that of others"
)
# Checks that do not apply to recordings, each with its reason; one that would pass is a failure.
EXCUSED = {
    "check_estimator_sparse_tag": NO_SPARSE_SOUNDS,
    "check_estimator_sparse_array": NO_SPARSE_SOUNDS,
    "check_estimator_sparse_matrix": NO_SPARSE_SOUNDS,
    "check_outliers_fit_predict": NO_ALARMS_IN_TRAINING,
    "check_outliers_train": NO_ALARMS_IN_TRAINING,
    "check_fit2d_1sample": "three recordings are the least that trains; the error is our own kind",
}


def sounds_of(X):
    """A sound for every row: tones whose levels are its columns, in the same noise."""
    table = np.asarray(X, dtype=float)
    time_s = np.arange(N_SAMPLES) / RATE_HZ
    tones = np.sin(2 * np.pi * 400 * np.outer(1 + np.arange(table.shape[1]), time_s))
    return [NOISE + level @ tones for level in 0.05 * np.exp(np.arctan(table / 5))]


class SoundingTable(AnomalyDetector):
    """The detector, of sounds that are made of the rows of a table."""

    def __init__(self, preset="knn", sample_rate=RATE_HZ):
        super().__init__(preset, sample_rate=sample_rate)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags

    def fit(self, X, y=None):
        return super().fit(sounds_of(X))

    def score_samples(self, X, sample_rate=None):
        check_is_fitted(self)
        return super().score_samples(sounds_of(X))

    def predict(self, X):
        check_is_fitted(self)
        return super().predict(sounds_of(X))


@parametrize_with_checks([SoundingTable()], expected_failed_checks=lambda _: EXCUSED)
def test_the_manners_of_scikit_learn(estimator, check):
    check(estimator)
