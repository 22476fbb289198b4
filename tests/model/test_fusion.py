import math

import numpy as np
import pytest

from dcase_classic.config import Config
from dcase_classic.config.specs import Spec, build
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.model.fusion import (
    FUSIONS,
    Averaging,
    FusionModel,
    Gate,
    MeanFusion,
    RobustScale,
    compress,
)
from dcase_classic.model.machine_fitter import MachineFitter

KINDS = sorted(FUSIONS)
GROUPS = ("steady", "impulsive", "other")


def view_scores(n_clips=200, n_views=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_clips, n_views)) * [1, 100, 0.01][:n_views] + [0, 5000, -3][:n_views]


def fuse(kind, scores, groups=GROUPS):
    fusion = FUSIONS[kind]()
    return fusion.fuse(scores, fusion.weights(groups, 3.0))


def view(name, **settings):
    return ViewConfig(name=name, features=(Spec("mfcc"),), detector=Spec("knn"), **settings)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_groups_are_the_score(kind):
    scores = np.repeat(view_scores(n_views=1), 3, axis=1)
    np.testing.assert_allclose(fuse(kind, scores), scores[:, 0], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_groups_does_not_matter(kind):
    scores = view_scores()
    fused = fuse(kind, scores[:, ::-1], GROUPS[::-1])
    np.testing.assert_allclose(fused, fuse(kind, scores), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_more_anomalous_group_never_lowers_the_score(kind):
    scores = view_scores()
    assert (fuse(kind, scores + [0, 1, 0]) >= fuse(kind, scores)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_shares_of_groups_are_positive_and_their_sum_is_1(kind):
    weights = FUSIONS[kind]().weights(GROUPS, 3.0)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(("kind", "expected"), [("mean", [2.0, -1.0]), ("max", [3.0, 0.0])])
def test_a_rule_does_what_its_name_says(kind, expected):
    scores = np.array([[1.0, 3.0], [0.0, -2.0]])
    assert fuse(kind, scores, GROUPS[:2]).tolist() == expected


@pytest.mark.parametrize(
    ("peakiness", "share"),
    [(-1e9, 0.02), (6.0, 0.5), (8.0, 0.02 + 0.96 / (1 + math.exp(-1))), (1e9, 0.98)],
)
def test_the_gate_opens_with_the_peakiness(peakiness, share):
    weights = Gate().weights(("steady", "impulsive"), peakiness)
    np.testing.assert_allclose(weights, [1 - share, share], rtol=1e-12)


def test_the_groups_that_are_not_impulsive_share_the_rest():
    np.testing.assert_allclose(Gate().weights(GROUPS, 6.0), [0.25, 0.5, 0.25])


@pytest.mark.parametrize(
    ("groups", "peakiness"), [(("a", "b"), 0.0), (("impulsive",), 0.0), (GROUPS, None)]
)
def test_a_gate_without_its_groups_or_its_peakiness_is_refused(groups, peakiness):
    with pytest.raises(ValueError, match="gate: got groups .* expected a group 'impulsive'"):
        Gate().weights(groups, peakiness)


def test_a_gate_whose_views_are_all_of_its_group_is_refused_before_any_fit():
    views = tuple(view(name, group="impulsive") for name in "ab")
    with pytest.raises(ConfigError, match="^fusion: gate: got groups impulsive and .* another one"):
        MachineFitter.from_config(Config(views=views, fusion=Spec("gate")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"floor": -0.1}, "floor: got -0.1, expected 0 to 0.5"),
        ({"floor": 0.6}, "floor: got 0.6, expected 0 to 0.5"),
        ({"width": 0.0}, "width: got 0.0, expected more than 0"),
        ({"width": math.inf}, "width: got inf, expected more than 0"),
    ],
)
def test_a_gate_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Gate(**options)


def test_compression_keeps_the_order_and_usual_scores():
    scores = np.array([-1e6, -30, -1, 0, 0.5, 1, 30, 31, 1e6])
    assert (np.diff(compress(scores)) > 0).all()
    np.testing.assert_allclose(compress(scores)[2:6], scores[2:6], rtol=0.01)
    assert compress(np.array([1e6])) < 70


def test_a_single_view_keeps_the_order_of_its_scores():
    scores = view_scores(n_views=1)
    model = FusionModel.fit(scores, [view("a")], MeanFusion())
    assert np.array_equal(np.argsort(model.fuse(scores)), np.argsort(scores[:, 0]))


def test_the_views_of_a_family_count_as_one():
    scores = view_scores()
    tree = [view("a", family="x"), view("b", family="x"), view("c")]
    fused = FusionModel.fit(scores, tree, MeanFusion()).fuse(scores)
    z = compress(RobustScale.fit(scores).transform(scores))
    families = np.column_stack((z[:, :2].mean(axis=1), z[:, 2]))
    z = compress(RobustScale.fit(families).transform(families))
    mean = z.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(fused, RobustScale.fit(mean).transform(mean)[:, 0], rtol=1e-12)


def test_families_of_the_same_name_in_two_groups_are_two():
    tree = [view("a", family="x", group="g"), view("b", family="x", group="h")]
    model = FusionModel.fit(view_scores(n_views=2), tree, MeanFusion())
    assert model.names == ("g", "h")
    assert model.families.shares.tolist() == [[1, 0], [0, 1]]


def test_a_view_of_twice_the_weight_counts_twice_in_its_family():
    scores = view_scores(n_views=2)
    level = Averaging.fit(scores, ["x", "x"], [2.0, 1.0])
    np.testing.assert_allclose(level.shares, [[2 / 3], [1 / 3]])


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


@pytest.mark.parametrize("kind", sorted(FUSIONS))
def test_the_parts_of_families_sum_to_the_score(kind):
    fusion = build(Spec(kind), FUSIONS, where="fusion")
    views = [
        ViewConfig(name=name, features=(Spec("mfcc"),), detector=Spec("knn"), family=family,
                   group=group)
        for name, family, group in (
            ("a", "x", "steady"), ("b", "x", "steady"), ("c", "y", "steady"),
            ("d", "z", "impulsive"),
        )
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    peakiness = 5.0 if fusion.needs_peakiness else None
    model = FusionModel.fit(rng.normal(size=(60, 4)), views, fusion, peakiness=peakiness)
    scores = 20 * rng.normal(size=(30, 4))
    parts = model.parts(scores)
    assert parts.shape == (30, 3)
    np.testing.assert_allclose(parts.sum(axis=1), model.fuse(scores), rtol=0, atol=1e-9)
