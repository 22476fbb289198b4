import pytest

from dcase_classic.alarms.severity import SeverityScale


def test_the_centre_is_0_and_the_limit_100():
    scale = SeverityScale(centre=-1.0, limit=4.0)
    assert [scale.severity(score) for score in (-1.0, 4.0, -2.0, 9.0)] == [0, 100, -20, 200]


@pytest.mark.parametrize("limit", [1.0, 0.5, float("inf"), float("nan")])
def test_a_limit_that_is_not_above_the_centre_is_refused(limit):
    with pytest.raises(ValueError, match="limit: got"):
        SeverityScale(centre=1.0, limit=limit)


def test_a_centre_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="limit: got"):
        SeverityScale(centre=float("-inf"), limit=1.0)
