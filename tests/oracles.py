"""Slow references that are obviously right; the tests compare the package with them."""


def slow_conformal_p_value(calibration_scores, score):
    """Count the calibration scores that are at least as high, one by one."""
    return (1 + sum(other >= score for other in calibration_scores)) / (len(calibration_scores) + 1)
