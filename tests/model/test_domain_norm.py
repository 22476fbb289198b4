import numpy as np
import pytest

from dcase_classic.model.domain_norm import DomainNorm, GroupDistances

GROUPS = np.repeat([0, 1], [40, 10])


def distances(seed=0, target_scale=5.0, nearest=None):
    """Two groups: clips lie near their own group (distance about 10) and far from the other."""
    rng = np.random.default_rng(seed)
    own = 10 + rng.normal(size=(len(GROUPS), 2))
    own[np.arange(len(GROUPS)), 1 - GROUPS] += 100
    own[:, 1] *= target_scale
    return GroupDistances(own=own, nearest=nearest)


def anomaly_of(norm, distances):
    return norm.anomaly(distances)[0]


def test_one_group_is_standardised_by_its_own_mean_and_spread():
    own = np.random.default_rng(0).normal(7, 3, size=(50, 1))
    one_group = GroupDistances(own=own, nearest=None)
    anomaly = anomaly_of(DomainNorm.fit(one_group, np.zeros(50, dtype=np.intp)), one_group)
    np.testing.assert_allclose(anomaly, (own[:, 0] - own.mean()) / own.std(), rtol=1e-12)


def test_each_groups_own_clips_decide_where_its_distances_lie():
    norm = DomainNorm.fit(distances(), GROUPS)
    own = distances().own
    assert norm.location.tolist() == [own[:40, 0].mean(), own[40:, 1].mean()]


def test_the_spread_of_few_clips_is_drawn_to_that_of_all():
    spread = DomainNorm.fit(distances(), GROUPS).spread
    own = distances().own
    stds = np.array([own[:40, 0].std(), own[40:, 1].std()])
    pooled = np.sqrt((40 * stds[0] ** 2 + 10 * stds[1] ** 2) / 50)
    expected = [(40 * stds[0] + 20 * pooled) / 60, (10 * stds[1] + 20 * pooled) / 30]
    np.testing.assert_allclose(spread, expected, rtol=1e-12)


def test_normal_clips_of_both_groups_lie_around_zero():
    anomaly = anomaly_of(DomainNorm.fit(distances(), GROUPS), distances(seed=1))
    # the mean of 10 standardised distances has a standard error of 0.3
    assert anomaly[:40].mean() == pytest.approx(0, abs=1)
    assert anomaly[40:].mean() == pytest.approx(0, abs=1)


def test_the_anomaly_is_the_distance_from_the_nearer_group():
    norm = DomainNorm.fit(distances(), GROUPS)
    both = (distances().own - norm.location) / norm.spread
    assert anomaly_of(norm, distances()).tolist() == both.min(axis=1).tolist()


def test_groups_without_any_spread_give_finite_anomalies():
    still = GroupDistances(own=np.full((50, 2), 3.0), nearest=None)
    norm = DomainNorm.fit(still, GROUPS)
    assert np.isfinite(anomaly_of(norm, distances())).all()
    assert np.array_equal(anomaly_of(norm, still), np.zeros(50))


def test_a_clip_belongs_to_the_group_that_the_nearest_distances_resemble():
    told = distances(nearest=distances(seed=1).own)
    norm = DomainNorm.fit(told, GROUPS)
    # a clip that the own distances place in group 0 and the nearest members in group 1
    own, nearest = np.array([[10.0, 900.0]]), distances(seed=2).own[-1:]
    expected = (900.0 - norm.location[1]) / norm.spread[1]
    assert anomaly_of(norm, GroupDistances(own=own, nearest=nearest)).tolist() == [expected]


def test_distances_from_both_groups_that_grow_alike_do_not_change_the_group():
    told = distances(nearest=distances(seed=1).own)
    norm = DomainNorm.fit(told, GROUPS)
    louder = GroupDistances(own=told.own, nearest=told.nearest + 1000)
    np.testing.assert_allclose(anomaly_of(norm, louder), anomaly_of(norm, told), rtol=1e-12)


def test_a_selection_keeps_own_and_nearest_distances_together():
    told = distances(nearest=distances(seed=1).own)
    selected = told.select(np.array([3, 1]))
    assert np.array_equal(selected.own, told.own[[3, 1]])
    assert np.array_equal(selected.nearest, told.nearest[[3, 1]])


@pytest.mark.parametrize("nearest", [None, distances(seed=1).own])
def test_joined_parts_stand_in_their_old_order(nearest):
    whole = distances(nearest=nearest)
    order = np.random.default_rng(0).permutation(len(GROUPS))
    parts = [whole.select(order[:20]), whole.select(order[20:])]
    joined = GroupDistances.join(parts, order)
    assert np.array_equal(joined.own, whole.own)
    assert np.array_equal(joined.nearest, whole.nearest)
