import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcase_classic.pooling import (
    POOLINGS,
    Percentile,
    RankedWeighting,
    TopK,
    pool_clips,
)

STEADY = settings(deadline=None, derandomize=True)  # the same examples on any machine
KINDS = sorted(POOLINGS)
SCORES = hnp.arrays(
    np.float64, st.integers(1, 20), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)
EXAMPLE = np.array([3.0, 0.0, 1.0, 10.0])


def rounding(scores):
    return 1e-12 * np.abs(scores).max(initial=0)  # sums of 20 numbers round in the last digits


@pytest.mark.parametrize("kind", KINDS)
@STEADY
@given(scores=SCORES)
def test_a_pooled_score_lies_between_the_smallest_and_the_largest(kind, scores):
    pooled = POOLINGS[kind]().pool(scores)
    assert scores.min() - rounding(scores) <= pooled <= scores.max() + rounding(scores)


@pytest.mark.parametrize("kind", KINDS)
@STEADY
@given(scores=SCORES, random=st.randoms(use_true_random=False))
def test_the_order_of_segments_does_not_matter(kind, scores, random):
    shuffled = scores.tolist()
    random.shuffle(shuffled)
    pooled = POOLINGS[kind]().pool(np.array(shuffled))
    assert pooled == pytest.approx(POOLINGS[kind]().pool(scores), abs=rounding(scores))


@pytest.mark.parametrize("kind", KINDS)
@STEADY
@given(value=st.floats(-1e6, 1e6), n_segments=st.integers(1, 20))
def test_equal_segments_give_that_score(kind, value, n_segments):
    pooled = POOLINGS[kind]().pool(np.full(n_segments, value))
    assert pooled == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@STEADY
@given(value=st.floats(-1e6, 1e6))
def test_one_segment_is_the_clip(kind, value):
    assert POOLINGS[kind]().pool(np.array([value])) == value


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
        (TopK(1), 10.0),
        (TopK(2), 6.5),
        (TopK(9), 3.5),
        (Percentile(0.0), 0.0),
        (Percentile(50.0), 2.0),
        (Percentile(90.0), 7.9),
        (RankedWeighting(0.0), 10.0),
        (RankedWeighting(1.0), 3.5),
        (RankedWeighting(0.5), (10 + 3 / 2 + 1 / 4) / (1 + 1 / 2 + 1 / 4 + 1 / 8)),
    ],
)
def test_a_pooling_does_what_its_name_says(pooling, expected):
    assert pooling.pool(EXAMPLE) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "value", "message"),
    [
        (TopK, 0, "k: got 0, expected at least 1"),
        (Percentile, -1.0, "percentile: got -1.0, expected 0 to 100"),
        (Percentile, 100.5, "percentile: got 100.5"),
        (Percentile, float("nan"), "percentile: got nan"),
        (RankedWeighting, -0.1, "r: got -0.1, expected 0 to 1"),
        (RankedWeighting, 1.1, "r: got 1.1"),
        (RankedWeighting, float("nan"), "r: got nan"),
    ],
)
def test_a_value_out_of_range_is_refused(make, value, message):
    with pytest.raises(ValueError, match=message):
        make(value)


@pytest.mark.parametrize("kind", KINDS)
@STEADY
@given(clips=st.lists(SCORES, min_size=1, max_size=5))
def test_every_clip_is_pooled_by_itself(kind, clips):
    pooling = POOLINGS[kind]()
    clip_index = np.repeat(np.arange(len(clips)), [len(scores) for scores in clips])
    pooled = pool_clips(np.concatenate(clips), clip_index, pooling)
    assert pooled.tolist() == [pooling.pool(scores) for scores in clips]
