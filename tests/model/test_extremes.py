"""Numbers that no microphone makes, or only a broken one: a finite score, or a clear refusal."""

from dataclasses import replace

import numpy as np
import pytest
from tables import make_table
from threadpoolctl import threadpool_limits

from dcase_classic.config import Config, load_preset
from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import DataError
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.scalings import SCALINGS, Whiten, steady_basis
from dcase_classic.records import Domain, Waveform
from dcase_classic.sound.front_end import FrontEnd
from dcase_classic.sound.signal_checks import check_samples

pytestmark = pytest.mark.uncounted
RATE_HZ = 16000
N_FEATURES = 40
SOURCE = Domain.SOURCE
FAST = {"iforest": (("n_estimators", 5),)}


def rows_of(n_clips, *, n_segments=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_clips, n_segments, N_FEATURES)).astype(np.float32) * 5 - 50


def fitter(detector, scaling, *, n_folds=2):
    view = ViewConfig(
        name="a",
        features=(Spec("mfcc"),),
        detector=Spec(detector, FAST.get(detector, ())),
        scaling=Spec(scaling),
    )
    return MachineFitter.from_config(
        Config(views=(view,), calibration=CalibrationConfig(n_folds=n_folds))
    )


def scores_of(training, test, detector="knn", scaling="whiten", **settings):
    made = fitter(detector, scaling, **settings)
    (features,) = made.features
    model = made.fit({features: make_table(list(training))}, [SOURCE] * len(training))
    return model.score({features: make_table(list(test))}).anomaly


def dead_band(rows):
    rows = rows.copy()
    rows[..., :8] = -100
    return rows


TRAINING = {
    "usual": rows_of(20),
    "identical clips": np.repeat(rows_of(1), 20, axis=0),
    "constant rows": np.full((20, 2, N_FEATURES), -100, np.float32),
    "a dead band": dead_band(rows_of(20)),
    "fewer clips than folds": rows_of(3),
    "very small": rows_of(20) * np.float32(1e-30),
    "denormals": rows_of(20) * np.float32(1e-41),
    "large": rows_of(20) * np.float32(1e10),
}


@pytest.mark.parametrize("detector", sorted(DETECTORS))
@pytest.mark.parametrize("scaling", sorted(SCALINGS))
@pytest.mark.parametrize("kind", TRAINING)
def test_scores_are_finite_whatever_was_trained_with(kind, scaling, detector):
    test = np.concatenate([rows_of(3, seed=1), TRAINING[kind][:2]])
    if (kind, scaling, detector) == ("large", "none", "gmm"):  # beyond any regularisation
        with pytest.raises(ValueError, match="ill-defined empirical covariance"):
            scores_of(TRAINING[kind], test, detector, scaling)
        return
    n_folds = 5 if kind == "fewer clips than folds" else 2
    scores = scores_of(TRAINING[kind], test, detector, scaling, n_folds=n_folds)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("detector", sorted(DETECTORS))
def test_a_band_that_was_dead_in_training_makes_no_clip_more_normal(detector):
    training = dead_band(rows_of(40))
    heard, dead = rows_of(10, seed=2), dead_band(rows_of(10, seed=2))
    scores = scores_of(training, np.concatenate([heard, dead]), detector, "standardise")
    assert np.isfinite(scores).all()
    assert np.median(scores[:10]) >= np.median(scores[10:])


def test_one_clip_is_refused():
    with pytest.raises(ValueError, match="at least"):
        scores_of(rows_of(1), rows_of(2))


@pytest.mark.parametrize("preset", ["classic", "gmm", "iforest", "knn"])
@pytest.mark.parametrize(
    "kind", ["click", "constant spectrum", "1e-30 beside a tone", "1e30 of noise"]
)
def test_rows_of_extreme_sounds_are_finite(preset, kind):
    rng = np.random.default_rng(0)
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    samples = {
        "click": np.where(np.arange(len(time_s)) == 20_000, 1.0, 0.0),
        "constant spectrum": np.sin(2 * np.pi * 1000 * time_s),
        "1e-30 beside a tone": np.where(time_s < 2, np.sin(2 * np.pi * 500 * time_s), 1e-30),
        "1e30 of noise": 1e8 * rng.normal(size=len(time_s)),
    }[kind].astype(np.float32)
    config = replace(load_preset(preset), training_s=4.0)
    features = MachineFitter.from_config(config).features
    front_end = FrontEnd(audio=config.audio, features=features)
    rows = front_end.rows(Waveform(samples=samples, sample_rate_hz=RATE_HZ))
    assert all(np.isfinite(table).all() for table in rows.values())


@pytest.mark.parametrize(
    "samples",
    [np.zeros(100), np.full(100, 0.25), np.full(100, 1e-30), np.resize([1e-42, -1e-42], 100)],
    ids=["silence", "an offset", "1e-30", "denormals"],
)
def test_samples_without_sound_are_refused(samples):
    with pytest.raises(DataError, match="silent|constant"):
        check_samples(samples.astype(np.float32))


def test_samples_of_1e30_are_checked_without_a_warning():
    assert check_samples(np.resize([1e30, -1e30], 1000).astype(np.float32)) == pytest.approx(1e30)


@pytest.mark.parametrize("detector", sorted(DETECTORS))
def test_few_rows_score_alike_on_any_number_of_threads(detector):
    training, test = rows_of(12, n_segments=1), rows_of(6, n_segments=1, seed=1)
    with threadpool_limits(1):
        alone = scores_of(training, test, detector)
    with threadpool_limits(4):
        together = scores_of(training, test, detector)
    np.testing.assert_allclose(together, alone, rtol=1e-4)


def test_a_basis_depends_on_what_it_spans_alone():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(60, 20)))[0]
    turned = basis @ np.linalg.qr(rng.normal(size=(20, 20)))[0]
    steady = steady_basis(basis, 7)
    np.testing.assert_allclose(steady_basis(turned, 7), steady, atol=1e-12)
    np.testing.assert_allclose(steady.T @ steady, np.eye(7), atol=1e-12)
    np.testing.assert_allclose(basis @ (basis.T @ steady), steady, atol=1e-12)


@pytest.mark.parametrize("n_components", [20, 60, 96])
def test_whitening_of_fewer_rows_than_columns_does_not_depend_on_their_order(n_components):
    """Another order rounds the covariance otherwise, and turns a library's choice of directions."""
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(30, 80)) @ rng.normal(size=(80, 80))).astype(np.float32)
    new, groups = rows[:5] + 1, np.zeros(30, np.intp)
    made = Whiten(n_components).fit(rows, groups).transform(new)
    turned = Whiten(n_components).fit(rows[::-1].copy(), groups).transform(new)
    np.testing.assert_allclose(np.abs(turned), np.abs(made), rtol=0, atol=2e-2 * np.abs(made).max())
