"""From the anomaly scores of held-out normal clips to thresholds and p-values.

Every function takes clip scores (higher = more anomalous) that the model has not seen in training;
a quantile of in-sample scores promises nothing.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.setting import check_setting
from dcase_classic.config.specs import Option
from dcase_classic.model.limits import HeldOut, LimitThreshold, check_scores
from dcase_classic.records import FloatArray


class Threshold(Protocol):
    """What every entry of ``THRESHOLDS`` makes: a rule from held-out scores to one threshold."""

    def fit(self, held_out: HeldOut, calibration: CalibrationConfig) -> float:
        """The threshold; a clip with a greater anomaly score is decided to be an anomaly."""
        ...


@runtime_checkable
class RatedThreshold(Threshold, Protocol):
    """A threshold that is for a rate of false alarms, of which somebody may want another."""

    def expected_rate(self, calibration: CalibrationConfig) -> float:
        """The share of normal clips that are expected to raise an alarm."""
        ...

    def options_at(self, rate: float) -> Mapping[str, Option]:
        """Its own options that make this rate, which `calibration` is told in any case."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentileThreshold:
    """A percentile of the held-out scores, linear between neighbours.

    Parameters
    ----------
    percentile : in percent, 0 to 100; about ``100 - percentile`` percent of normal clips will raise
        an alarm.
    """

    percentile: float = 90.0

    def __post_init__(self) -> None:
        """Refuse a wrong setting before anything is fitted."""
        is_right = 0 <= self.percentile <= 100
        check_setting(is_right, "percentile", self.percentile, "a number from 0 to 100")

    def fit(self, held_out: HeldOut, calibration: CalibrationConfig) -> float:
        """The percentile of all scores.

        Raises
        ------
        ValueError : if there is no score, or one is not finite.
        """
        return float(np.percentile(check_scores(held_out.scores), self.percentile))

    def expected_rate(self, calibration: CalibrationConfig) -> float:
        """What lies above the percentile; 0 and 1 promise nothing of new clips."""
        return (100 - self.percentile) / 100

    def options_at(self, rate: float) -> Mapping[str, Option]:
        """The percentile."""
        return {"percentile": 100 * (1 - rate)}


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaThreshold:
    """The quantile of a gamma distribution (shape, location, scale) fitted to held-out scores.

    The distribution and the quantile are those of the official baselines of 2021-2026; these fit it
    to training scores or to batch means, here it is fitted to held-out clip scores. Where
    likelihood finds no gamma (all scores equal, or an optimum that does not fit), the moments
    decide: a gamma of the same mean, variance and skewness, or a normal distribution for scores
    that lean to the left.

    Parameters
    ----------
    quantile : share of normal clips that stay below the threshold, in (0, 1).
    """

    quantile: float = 0.9

    def __post_init__(self) -> None:
        """Refuse a wrong setting before anything is fitted."""
        is_right = 0 < self.quantile < 1
        check_setting(is_right, "quantile", self.quantile, "a number between 0 and 1")

    def fit(self, held_out: HeldOut, calibration: CalibrationConfig) -> float:
        """The quantile of all scores, of any sign and scale.

        Raises
        ------
        ValueError : if there is no score, or one is not finite.
        """
        checked = check_scores(held_out.scores)
        middle, reach = float(np.median(checked)), float(np.abs(checked).max())
        deviations = (checked - middle) / (reach or 1.0)  # squares of huge scores would overflow
        mean, spread = float(deviations.mean()), float(deviations.std())
        if spread < 1e-12:  # all equal but for rounding
            return float(checked.max())
        standardised = (deviations - mean) / spread  # the optimiser starts well on any scale
        return middle + reach * (mean + spread * _gamma_quantile(standardised, self.quantile))

    def expected_rate(self, calibration: CalibrationConfig) -> float:
        """What lies above the quantile."""
        return round(1 - self.quantile, 15)  # 0.1 of 0.9

    def options_at(self, rate: float) -> Mapping[str, Option]:
        """The quantile."""
        return {"quantile": 1 - rate}


THRESHOLDS: Mapping[str, Callable[..., Threshold]] = {
    "limit": LimitThreshold,
    "percentile": PercentileThreshold,
    "gamma": GammaThreshold,
}


def conformal_p_values(calibration_scores: FloatArray, scores: FloatArray) -> NDArray[np.float64]:
    """The share of held-out normal clips that score at least as high: small means anomalous.

    ``p = (1 + number of calibration scores >= score) / (n_calibration + 1)``. For a normal clip of
    the same kind, p is at most ``a`` with a probability of at most ``a`` (Vovk, Gammerman and
    Shafer, Algorithmic Learning in a Random World, 2005, chapter 2).

    Parameters
    ----------
    calibration_scores : array, shape (n_calibration,)
        Anomaly scores of held-out normal clips.
    scores : array, shape (n_clips,)

    Returns
    -------
    array, shape (n_clips,)
        In ``[1 / (n_calibration + 1), 1]``; falls as the score rises.

    Raises
    ------
    ValueError : if there is no calibration score, or a score is not finite.

    Examples
    --------
    >>> conformal_p_values(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 9.0])).tolist()
    [1.0, 0.75, 0.25]
    """
    ordered = np.sort(check_scores(calibration_scores))
    if not np.isfinite(scores).all():
        raise ValueError("scores: got NaN or inf, expected finite numbers")
    n_at_least = ordered.size - np.searchsorted(ordered, scores, side="left")
    return np.asarray((1.0 + n_at_least) / (ordered.size + 1.0), dtype=np.float64)


def _gamma_quantile(scores: NDArray[np.float64], quantile: float) -> float:
    """The quantile of a gamma fitted to scores of mean 0 and standard deviation 1."""
    from scipy import stats

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the optimiser probes impossible parameters
        fitted = float(stats.gamma.ppf(quantile, *stats.gamma.fit(scores)))
        if np.isfinite(fitted) and abs(np.mean(scores <= fitted) - quantile) <= 0.1:
            return fitted
        skewness = float(stats.skew(scores))
        if skewness <= 0:
            return float(stats.norm.ppf(quantile))
        return float(stats.pearson3.ppf(quantile, skewness))  # the gamma of these three moments
