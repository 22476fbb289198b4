import numpy as np
import pytest

from dcase_classic.fusion import FUSIONS, RobustScale

KINDS = sorted(FUSIONS)


def view_scores(n_clips=200, n_views=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_clips, n_views)) * [1, 100, 0.01][:n_views] + [0, 5000, -3][:n_views]


@pytest.mark.parametrize("kind", KINDS)
def test_one_view_is_the_score(kind):
    scores = view_scores(n_views=1)
    assert np.array_equal(FUSIONS[kind]().fuse(scores), scores[:, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_views_does_not_matter(kind):
    scores = view_scores()
    fused = FUSIONS[kind]().fuse(scores[:, ::-1])
    np.testing.assert_allclose(fused, FUSIONS[kind]().fuse(scores), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_more_anomalous_view_never_lowers_the_score(kind):
    scores = view_scores()
    assert (FUSIONS[kind]().fuse(scores + [0, 1, 0]) >= FUSIONS[kind]().fuse(scores)).all()


@pytest.mark.parametrize(("kind", "expected"), [("mean", [2.0, -1.0]), ("max", [3.0, 0.0])])
def test_a_rule_does_what_its_name_says(kind, expected):
    scores = np.array([[1.0, 3.0], [0.0, -2.0]])
    assert FUSIONS[kind]().fuse(scores).tolist() == expected


def test_scaled_views_have_median_0_and_spread_1():
    scaled = RobustScale.fit(view_scores()).transform(view_scores())
    np.testing.assert_allclose(np.median(scaled, axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(1.4826 * np.median(np.abs(scaled), axis=0), 1, rtol=1e-12)


def test_one_wild_clip_does_not_move_the_scale():
    scores = view_scores()
    before = RobustScale.fit(scores).transform(scores)
    scores[0] = 1e9
    after = RobustScale.fit(scores).transform(scores)
    # one of 200 clips moves a median by one rank
    np.testing.assert_allclose(after[1:], before[1:], atol=0.1)


def test_where_half_of_the_clips_score_the_same_the_standard_deviation_scales():
    scores = np.array([[0.0], [0.0], [0.0], [4.0]])
    scale = RobustScale.fit(scores)
    assert scale.transform(scores)[3] == pytest.approx(4 / scores.std())


def test_equal_scores_become_zero():
    scores = np.full((5, 1), 7.0)
    assert RobustScale.fit(scores).transform(scores + [[0], [0], [0], [0], [2]]).tolist() == [
        [0],
        [0],
        [0],
        [0],
        [2],
    ]
