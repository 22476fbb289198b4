import numpy as np
import pytest
from scipy.spatial.distance import cdist
from tables import make_table

from dcase_classic.model.detectors import NearestNeighbours
from dcase_classic.model.fold_model import FoldModel, FoldRows
from dcase_classic.model.pooling import MaxPooling, MeanPooling
from dcase_classic.model.references import CentredRows
from dcase_classic.model.scalings import Identity, Standardise

GROUPS = np.repeat([0, 1], [24, 8])
POSITIONS = np.flatnonzero(np.arange(40) % 5)  # every fifth row of the view is held out
SHIFT = np.where(GROUPS == 1, 50.0, 0.0)


def training_rows():
    """The rows of a view, those of group 1 far away; the held-out ones are far from both."""
    rows = np.full((40, 3), 1e3)
    rows[POSITIONS] = np.random.default_rng(0).normal(size=(32, 3)) + SHIFT[:, np.newaxis]
    return rows.astype(np.float32)


class Careless(NearestNeighbours):
    """A detector that forgets what fit and score_samples have to give."""

    def fit(self, X, y=None):
        super().fit(X, y)

    def score_samples(self, X):
        return super().score_samples(X)[:-1]


def fitted(*, is_shared, scaling=None, detector=None):
    X = training_rows()[POSITIONS]
    rows = FoldRows(X=X, positions=POSITIONS, clips=np.arange(32) // 2, groups=GROUPS)
    return FoldModel.fit(
        rows,
        scaling=(scaling or Identity()).fit(X, GROUPS),
        detector=detector or NearestNeighbours(),
        is_shared=is_shared,
    )


def new_clips():
    return make_table(list(np.random.default_rng(1).normal(size=(5, 2, 3)).astype(np.float32)))


def ready(model):
    return model.ready(CentredRows(training_rows()))


def distances(model, table, pooling=None):
    return ready(model).distances([table], pooling or MeanPooling())


def nearest(rows, others):
    return cdist(rows, others).min(axis=1)


def test_distances_are_those_from_the_nearest_row_of_each_group():
    table, X = new_clips(), training_rows()[POSITIONS]
    expected = [nearest(table.X, X[group == GROUPS]).reshape(5, 2).mean(axis=1) for group in (0, 1)]
    actual = distances(fitted(is_shared=False), table)
    np.testing.assert_allclose(actual.own, np.column_stack(expected), rtol=1e-5)
    assert actual.nearest is None


def test_a_shared_detector_compares_rows_less_the_mean_of_their_own_group():
    table, X = new_clips(), training_rows()[POSITIONS]
    means = [X[group == GROUPS].mean(axis=0) for group in (0, 1)]
    centred = np.concatenate([X[group == GROUPS] - means[group] for group in (0, 1)])
    expected = [nearest(table.X - mean, centred).reshape(5, 2).mean(axis=1) for mean in means]
    actual = distances(fitted(is_shared=True), table)
    np.testing.assert_allclose(actual.own, np.column_stack(expected), rtol=1e-4)


def test_beside_a_shared_detector_the_nearest_members_tell_the_group_of_a_clip():
    table, X = new_clips(), training_rows()[POSITIONS]
    expected = [nearest(table.X, X[group == GROUPS]).reshape(5, 2).mean(axis=1) for group in (0, 1)]
    actual = distances(fitted(is_shared=True), table)
    np.testing.assert_allclose(actual.nearest, np.column_stack(expected), rtol=1e-5)
    assert (actual.nearest[:, 0] < actual.nearest[:, 1]).all()


@pytest.mark.parametrize("is_shared", [False, True])
def test_rows_are_scaled_before_they_are_compared(is_shared):
    table = new_clips()
    model = fitted(is_shared=is_shared, scaling=Standardise())
    plain = distances(fitted(is_shared=is_shared), table).own
    assert not np.allclose(distances(model, table).own, plain)


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_fold_holds_where_its_rows_stand_and_not_the_rows(is_shared):
    model = fitted(is_shared=is_shared)
    assert [len(members) for members in model.members] == [24, 8]
    assert sorted(np.concatenate(model.members)) == POSITIONS.tolist()
    assert not any(hasattr(detector, "references_") for detector in model.detectors)


def test_clips_are_measured_the_same_in_blocks():
    model, table = fitted(is_shared=True), new_clips()
    blocks = [table.select(np.array(clips)) for clips in ([0, 1], [2, 3, 4])]
    actual = ready(model).distances(blocks, MaxPooling())
    expected = distances(model, table, MaxPooling())
    assert np.array_equal(actual.own, expected.own)
    assert np.array_equal(actual.nearest, expected.nearest)


def test_a_detector_that_does_not_score_every_row_is_named():
    careless = fitted(is_shared=False, detector=Careless())
    message = r"score_samples of Careless gave numbers of shape \(9,\), expected one for each of 10"
    with pytest.raises(ValueError, match=message):
        distances(careless, new_clips())


class Halving(Identity):
    """A scaling that loses rows."""

    def transform(self, X):
        return X[::2]


def test_a_scaling_that_loses_rows_is_named():
    message = r"transform of Halving gave numbers of shape \(12, 3\), expected one for each of 24"
    with pytest.raises(ValueError, match=message):
        fitted(is_shared=False, scaling=Halving())
