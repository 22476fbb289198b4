import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import oracles_features
import pytest
from tables import make_table

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.pooling import MeanPooling
from dcase_classic.model.references import CentredRows
from dcase_classic.model.scalings import SCALINGS, Discriminant
from dcase_classic.model.training_rows import TrainingRows
from dcase_classic.model.view import TrainingClips, ViewFitter

FAST = {"iforest": (("n_estimators", 10),)}
KINDS = sorted(DETECTORS)
MODES = ("separate", "centred", "pooled")
GROUPS = np.repeat([0, 1], [24, 6])
FOLDS = np.arange(30) % 3


def clips(n_clips=30, n_segments=3, n_features=4, *, seed=0, shift=0.0):
    """Segments of normal clips that share a place of their own, the last 6 clips shifted."""
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(n_clips, 1, n_features))
    rows = place + 0.3 * rng.normal(size=(n_clips, n_segments, n_features))
    rows[24:] += shift
    return make_table(list(rows.astype(np.float32)))


def fitter(detector="knn", **settings):
    spec = Spec(detector, FAST.get(detector, ()))
    config = ViewConfig(name="a", features=(Spec("mfcc"),), detector=spec, **settings)
    return ViewFitter.from_config(config, SpectrumConfig())


@dataclass
class Fitted:
    """A view with its training rows."""

    folds: tuple
    rows: np.ndarray
    held_out: np.ndarray
    score: Callable


def fit(table, groups=GROUPS, folds=FOLDS, detector="knn", *, seed=0, **settings):
    view = fitter(detector, **settings)
    rows = TrainingRows.choose(table, groups, n_rows=view.key.n_rows, seed=0)
    training = TrainingClips(groups=groups, folds=folds)
    model, held_out = view.fit(table, rows, training, seed=seed)
    return Fitted(model.folds, rows.X, held_out, partial(_score, model, rows.X))


def _score(model, training_rows, table):
    return model.score(table, model.ready(training_rows)).anomaly


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", MODES)
@pytest.mark.parametrize("scaling", ["none", "standardise", "whiten"])
def test_every_combination_of_parts_gives_finite_anomalies(detector, domains, scaling):
    view = fit(clips(), detector=detector, domains=domains, scaling=Spec(scaling))
    assert np.isfinite(view.held_out).all()
    assert np.isfinite(view.score(clips(7, seed=1))).all()


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", MODES)
def test_clips_of_another_place_are_more_anomalous(detector, domains):
    view = fit(clips(shift=1.0), detector=detector, domains=domains)
    normal, anomalous = clips(24, seed=1), clips(24, seed=1)
    anomalous.X[:] += 4
    assert np.median(view.score(anomalous)) > view.score(normal).max()


def test_held_out_anomalies_are_those_of_models_that_have_not_seen_the_clip():
    table, groups = clips(), np.zeros(30, dtype=np.intp)
    held_out = fit(table, groups, scaling=Spec("none")).held_out
    expected = oracles_features.slow_held_out_knn_anomaly(table.X, table.clip_index, FOLDS)
    np.testing.assert_allclose(held_out, expected, rtol=1e-3, atol=1e-4)  # float32 distances


@pytest.mark.parametrize("scaling", ["standardise", "whiten"])
def test_the_scaling_of_a_fold_does_not_know_the_clips_that_it_holds_out(scaling):
    table, changed = clips(), clips()
    changed.X[changed.clip_index == 2] = 1e4  # clip 2 is in fold 2
    before, after = (fit(each, scaling=Spec(scaling)).folds for each in (table, changed))
    rows = table.X
    transformed = [view[2][0].scaling.transform(rows) for view in (before, after)]
    assert np.array_equal(*transformed)
    others = [view[1][0].scaling.transform(rows) for view in (before, after)]
    assert not np.allclose(*others)


def test_a_clip_takes_no_part_in_the_norm_that_it_is_measured_by():
    near, far = clips(), clips()
    near.X[near.clip_index == 2] += 50  # clip 2 is in fold 2 and nobody's nearest neighbour
    far.X[far.clip_index == 2] += 80
    before, after = (fit(each, scaling=Spec("none")).folds for each in (near, far))
    # rows are centred before distances are taken, which rounds them to float32
    np.testing.assert_allclose(before[2][1].location, after[2][1].location, rtol=1e-5)
    assert before[1][1].location[0] < after[1][1].location[0]


def test_the_anomaly_is_the_mean_over_the_models_of_all_folds():
    view = fit(clips())
    others, rows = clips(7, seed=1), CentredRows(view.rows)
    by_fold = [
        norm.anomaly(model.ready(rows).distances([others], MeanPooling()))[0]
        for model, norm in view.folds
    ]
    assert len(by_fold) == 3
    np.testing.assert_allclose(view.score(others), np.mean(by_fold, axis=0), rtol=1e-12)


def test_held_out_anomalies_stand_in_the_order_of_the_clips():
    table = clips()
    table.X[table.clip_index == 17] += 30
    held_out = fit(table).held_out
    assert held_out.argmax() == 17


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", MODES)
def test_a_clip_scores_alike_alone_and_among_others(detector, domains):
    view = fit(clips(shift=3.0), detector=detector, domains=domains)
    others = clips(30, seed=1, shift=3.0)
    alone = np.concatenate([view.score(others.select(np.array([i]))) for i in range(0, 30, 6)])
    # products of matrices of another height may round the last of seven digits differently
    np.testing.assert_allclose(view.score(others)[::6], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
def test_pooled_domains_are_ignored(detector):
    pooled = fit(clips(), detector=detector, domains="pooled").held_out
    one_group = fit(clips(), np.zeros(30, dtype=np.intp), detector=detector).held_out
    assert np.array_equal(pooled, one_group)


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
def test_one_domain_is_the_same_separate_or_centred(detector):
    one_group = np.zeros(30, dtype=np.intp)
    separate = fit(clips(), one_group, detector=detector, domains="separate").held_out
    centred = fit(clips(), one_group, detector=detector, domains="centred").held_out
    assert np.array_equal(separate, centred)


@pytest.mark.parametrize("domains", ["separate", "centred"])
def test_how_far_the_domains_lie_apart_does_not_matter_once_they_are_apart(domains):
    settings = {"detector": "mahalanobis", "domains": domains, "scaling": Spec("none")}
    near = fit(clips(shift=100.0), **settings).held_out
    far = fit(clips(shift=200.0), **settings).held_out
    # near 200 float32 rows keep five digits behind the point
    np.testing.assert_allclose(far, near, rtol=1e-3, atol=1e-3)


@pytest.mark.uncounted
@pytest.mark.parametrize("domains", MODES)
def test_clips_that_fill_several_blocks_score_as_each_does_alone(domains):
    view = fit(clips(n_features=32, shift=3.0), detector="mahalanobis", domains=domains)
    many = clips(4, n_segments=2**12, n_features=32, seed=1)
    assert many.X.size > 1.5 * 2**18  # values that a block holds
    alone = [view.score(many.select(np.array([clip])))[0] for clip in range(4)]
    np.testing.assert_allclose(view.score(many), alone, rtol=1e-12)


@pytest.mark.uncounted
@pytest.mark.parametrize("domains", MODES)
@pytest.mark.parametrize("detector", KINDS)
def test_a_view_learns_from_no_more_rows_than_it_may_and_all_of_a_small_domain(detector, domains):
    table, groups = clips(120, n_segments=4), np.repeat([0, 1], [110, 10])
    view = fit(table, groups, np.arange(120) % 5, detector, domains=domains, n_rows=100)
    assert len(view.rows) == 100
    target_rows = {row.tobytes() for row in table.X[table.clip_index >= 110]}
    assert target_rows < {row.tobytes() for row in view.rows}
    assert {len(np.concatenate(model.members)) for model, _ in view.folds} <= set(range(60, 100))
    assert np.isfinite(view.held_out).all()


def test_a_model_holds_its_training_rows_once():
    view = fit(clips(60, n_segments=20, n_features=30), np.zeros(60, int), np.arange(60) % 10)
    assert len(pickle.dumps(view)) < 3 * view.rows.nbytes


def test_the_pooling_of_the_settings_is_used():
    table = clips()
    mean = fit(table, scaling=Spec("none")).held_out
    most = fit(table, scaling=Spec("none"), pooling=Spec("max")).held_out
    assert not np.allclose(mean, most)


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", ["gmm", "iforest"])
def test_the_seed_decides_what_is_drawn(detector):
    held_out = [fit(clips(), detector=detector, seed=seed).held_out for seed in (0, 0, 1)]
    assert np.array_equal(held_out[0], held_out[1])
    assert not np.array_equal(held_out[0], held_out[2])


@pytest.mark.parametrize(
    ("part", "spec", "message"),
    [
        (
            "scaling",
            Spec("pca"),
            "view a: scaling: got 'pca', expected one of discriminant, none, st",
        ),
        (
            "detector",
            Spec("svm"),
            "view a: detector: got 'svm', expected one of centre, gmm, iforest, knn",
        ),
        ("pooling", Spec("min"), "view a: pooling: got 'min', expected one of gwrp, max, mean"),
        ("detector", Spec("knn", (("k", 1),)), "view a: detector: knn has no option 'k'"),
        ("detector", Spec("knn", (("n_neighbors", 0),)), "view a: detector: n_neighbors: got 0"),
        ("pooling", Spec("top_k", (("k", 0),)), "view a: pooling: k: got 0, expected at least 1"),
        ("scaling", Spec("whiten", (("n_components", 0),)), "view a: scaling: n_components: got 0"),
    ],
)
def test_a_part_that_cannot_be_built_is_refused_before_any_fit(part, spec, message):
    parts = {"detector": Spec("knn")} | {part: spec}
    with pytest.raises(ConfigError, match=message):
        ViewFitter.from_config(
            ViewConfig(name="a", features=(Spec("mfcc"),), **parts), SpectrumConfig()
        )


def test_a_scaling_that_is_derived_from_one_that_uses_a_contrast_may_have_it(monkeypatch):
    monkeypatch.setitem(SCALINGS, "derived", type("Derived", (Discriminant,), {}))
    for kind in ("discriminant", "derived"):
        assert fitter(scaling=Spec(kind), contrast="sections").config.contrast == "sections"
    expected = "^view a: contrast: got 'sections', expected none, or a scaling that uses it such as"
    with pytest.raises(ConfigError, match=expected):
        fitter(scaling=Spec("whiten"), contrast="sections")
