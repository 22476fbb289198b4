from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcase_classic.model.pooling import (
    POOLINGS,
    PercentilePooling,
    RankedPooling,
    TopKPooling,
    pool_clips,
)

KINDS = sorted(POOLINGS)
SCORES = hnp.arrays(
    np.float64, st.integers(1, 20), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)
EXAMPLE = np.array([3.0, 0.0, 1.0, 10.0])


def rounding(scores):
    return 1e-12 * np.abs(scores).max(initial=0)  # sums of 20 numbers round in the last digits


@pytest.mark.uncounted
@given(scores=SCORES)
def test_a_pooled_score_lies_between_the_smallest_and_the_largest(scores):
    for kind in KINDS:
        pooled = POOLINGS[kind]().pool(scores)
        assert scores.min() - rounding(scores) <= pooled <= scores.max() + rounding(scores), kind


@pytest.mark.uncounted
@given(scores=SCORES, random=st.randoms(use_true_random=False))
def test_the_order_of_segments_does_not_matter(scores, random):
    shuffled = scores.tolist()
    random.shuffle(shuffled)
    for kind in KINDS:
        pooled = POOLINGS[kind]().pool(np.array(shuffled))
        expected = POOLINGS[kind]().pool(scores)
        assert pooled == pytest.approx(expected, abs=rounding(scores)), kind


@given(value=st.floats(-1e6, 1e6), n_segments=st.integers(1, 20))
def test_equal_segments_give_that_score(value, n_segments):
    for kind in KINDS:
        pooled = POOLINGS[kind]().pool(np.full(n_segments, value))
        assert pooled == pytest.approx(value, rel=1e-12), kind


@given(value=st.floats(-1e6, 1e6))
def test_one_segment_is_the_clip(value):
    for kind in KINDS:
        assert POOLINGS[kind]().pool(np.array([value])) == value, kind


@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_not_changed(kind):
    scores = EXAMPLE.copy()
    POOLINGS[kind]().pool(scores)
    assert np.array_equal(scores, EXAMPLE)


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        (POOLINGS["mean"](), 3.5),
        (POOLINGS["median"](), 2.0),
        (POOLINGS["max"](), 10.0),
        (TopKPooling(1), 10.0),
        (TopKPooling(2), 6.5),
        (TopKPooling(9), 3.5),
        (PercentilePooling(0.0), 0.0),
        (PercentilePooling(50.0), 2.0),
        (PercentilePooling(90.0), 7.9),
        (RankedPooling(0.0), 10.0),
        (RankedPooling(1.0), 3.5),
        (
            RankedPooling(0.5, reference_segments=0),
            (10 + 3 / 2 + 1 / 4) / (1 + 1 / 2 + 1 / 4 + 1 / 8),
        ),
    ],
)
def test_a_pooling_does_what_its_name_says(pooling, expected):
    assert pooling.pool(EXAMPLE) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "value", "message"),
    [
        (TopKPooling, 0, "k: got 0, expected at least 1"),
        (PercentilePooling, -1.0, "percentile: got -1.0, expected 0 to 100"),
        (PercentilePooling, 100.5, "percentile: got 100.5"),
        (PercentilePooling, float("nan"), "percentile: got nan"),
        (partial(RankedPooling, reference_segments=-1), 0.5, "reference_segments: got -1"),
        (RankedPooling, -0.1, "r: got -0.1, expected 0 to 1"),
        (RankedPooling, 1.1, "r: got 1.1"),
        (RankedPooling, float("nan"), "r: got nan"),
    ],
)
def test_a_value_out_of_range_is_refused(make, value, message):
    with pytest.raises(ValueError, match=message):
        make(value)


@pytest.mark.uncounted
@given(clips=st.lists(SCORES, min_size=1, max_size=5))
def test_every_clip_is_pooled_by_itself(clips):
    clip_index = np.repeat(np.arange(len(clips)), [len(scores) for scores in clips])
    scores = np.concatenate(clips)
    for kind in KINDS:
        pooling = POOLINGS[kind]()
        pooled = pool_clips(np.stack((scores, -scores)), clip_index, pooling)
        assert pooled[0].tolist() == [pooling.pool(scores) for scores in clips], kind
        assert pooled[1].tolist() == [pooling.pool(-np.array(scores)) for scores in clips], kind


@given(scores=SCORES, r=st.floats(0, 1), times=st.integers(1, 4))
def test_ranked_weighting_gives_a_repeated_clip_nearly_the_same_score(scores, r, times):
    # Weights of repeated scores are a geometric series of finer steps: equal to first order. At
    # the ends, r = 0 and r = 1, they are equal; without the correction they drift to the maximum.
    pooled = RankedPooling(r).pool(scores)
    repeated = RankedPooling(r).pool(np.repeat(scores, times))
    assert abs(repeated - pooled) <= np.ptp(scores) + rounding(scores)
    if r in {0.0, 1.0}:
        assert repeated == pytest.approx(pooled, rel=1e-9, abs=rounding(scores))


def test_the_length_of_a_clip_does_not_pull_ranked_weighting_to_the_maximum():
    short = np.linspace(0.0, 1.0, 10)
    long = np.linspace(0.0, 1.0, 100)
    corrected = RankedPooling(0.7)
    plain = RankedPooling(0.7, reference_segments=0)
    assert corrected.pool(long) == pytest.approx(corrected.pool(short), abs=0.05)
    assert plain.pool(long) - plain.pool(short) > 0.15


@pytest.mark.parametrize("counts", [[2, 2, 2], [2, 3, 2]])
def test_a_pooling_that_does_not_pool_every_clip_is_named(counts):
    careless = type("Careless", (), {"pool": lambda _self, scores: scores.mean(axis=-1)[1:]})()
    clip_index = np.repeat(np.arange(3), counts)
    with pytest.raises(ValueError, match="pool of Careless gave . numbers?, expected one for each"):
        pool_clips(np.zeros((1, len(clip_index))), clip_index, careless)
