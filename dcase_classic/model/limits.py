"""From held-out scores to the limit that a rate of false alarms asks for, in every domain.

A quantile of all held-out scores promises a rate to the mixture of domains, not to ten target
clips among a thousand; and clips of few sessions say little about the next one. So each domain has
a limit of its own, the machine has the largest of them, and few clips or sessions widen theirs by
what their number leaves open (a prediction limit, not a plug-in quantile).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.calibration import USUAL_RATE, CalibrationConfig
from dcase_classic.config.specs import Option
from dcase_classic.model.student import student_quantile
from dcase_classic.records import FloatArray, IndexArray, Scores
from dcase_classic.wording import counted

# An order statistic of fewer sessions is that of a handful of draws: a distribution is fitted.
_FEWEST_SESSIONS = 10
_COUNTLESS = 1e18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """Held-out scores of normal clips.

    Attributes
    ----------
    scores : array, shape (n_clips,)
    domains, sessions : array, shape (n_clips,)
        Numbered from 0; where the promise is for the same sessions, every clip is one of its own.
    factors : array, shape (n_clips,)
        What the scores were multiplied by, one factor for each domain.
    """

    scores: Scores
    domains: IndexArray
    sessions: IndexArray
    factors: Scores

    def select(self, is_chosen: NDArray[np.bool_]) -> "HeldOut":
        """Some of the clips."""
        return HeldOut(
            scores=self.scores[is_chosen],
            domains=self.domains[is_chosen],
            sessions=self.sessions[is_chosen],
            factors=self.factors[is_chosen],
        )

    def scaled(self, low: float, reach: float) -> "HeldOut":
        """The scores less ``low``, over ``reach``."""
        return replace(self, scores=(self.scores - low) / reach)

    @property
    def n_clips(self) -> int:
        """Number of clips."""
        return len(self.scores)

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return len(np.unique(self.sessions))


@dataclass(frozen=True, slots=True)
class LimitThreshold:
    """The limit that `CalibrationConfig` asks for: of the domains, or of all clips together."""

    def fit(self, held_out: HeldOut, calibration: CalibrationConfig) -> float:
        """The largest of the domains' limits.

        Raises
        ------
        ValueError
            If a score is not finite, or so many clips cannot tell so small a rate.
        """
        check_scores(held_out.scores)
        rate = calibration.false_alarms
        check_rate(held_out.n_clips, rate)
        if calibration.limit == "pooled":
            limit = order_limit(held_out.scores, rate)
            return limit if math.isfinite(limit) else _limit(held_out, held_out, rate)
        return float(domain_limits(held_out, rate).max())

    def expected_rate(self, calibration: CalibrationConfig) -> float:
        """The rate of every domain."""
        return calibration.false_alarms

    def options_at(self, rate: float) -> Mapping[str, Option]:
        """None: it does as `CalibrationConfig` says."""
        return {}


def domain_limits(held_out: HeldOut, rate: float) -> Scores:
    """The limit of each domain, (n_domains,), in the order of their numbers."""
    domains = np.unique(held_out.domains)
    return np.array([_domain_limit(held_out, domain, rate) for domain in domains])


def check_rate(n_clips: int, rate: float) -> None:
    """Refuse a rate that is less than a threshold above all clips would promise.

    The usual rate of 10 % is never refused: below nine clips its limit is fitted.

    Raises
    ------
    ValueError
        If it is.
    """
    n_wanted = _fewest(rate)
    if n_clips < n_wanted and rate < USUAL_RATE:
        raise ValueError(
            f"false alarms: got a rate of {rate:g} with "
            f"{counted(n_clips, 'normal recording')}, which can "
            f"tell {1 / (n_clips + 1):.3g} at best; it takes {n_wanted}, or a higher rate such as "
            f"{USUAL_RATE:g}"
        )


def is_fitted(n_clips: int, n_sessions: int, rate: float) -> bool:
    """Whether the limit of so many clips lies in a fitted tail, and not among their scores."""
    return rate < _smallest_ranked_rate(n_clips) or n_sessions < _FEWEST_SESSIONS


def _smallest_ranked_rate(n_clips: int) -> float:
    """The smallest rate whose limit is one of the clips' own scores."""
    return 2 / n_clips


def check_scores(scores: FloatArray) -> NDArray[np.float64]:
    """The scores (n_clips,) as float64.

    Raises
    ------
    ValueError
        If there is none, or one is not finite.
    """
    checked = np.asarray(scores, dtype=np.float64)
    if checked.ndim != 1 or checked.size == 0:
        raise ValueError(f"scores: got shape {checked.shape}, expected (n_clips,) with n_clips > 0")
    if not np.isfinite(checked).all():
        raise ValueError("scores: got NaN or inf, expected finite numbers")
    return checked


def fewest_sessions(rate: float | None) -> int:
    """How many sessions it takes for a limit among their scores; where no rate is known, of any."""
    return _FEWEST_SESSIONS if rate is None else max(_FEWEST_SESSIONS, _fewest(rate))


def _fewest(rate: float) -> int:
    """How many scores have a limit among them; at most 10^18, which nobody has."""
    return math.ceil(min(1 / rate, _COUNTLESS) - 1e-9) - 1


def order_limit(scores: Scores, rate: float) -> float:
    """The score of rank ``ceil((n + 1) (1 - rate))``, the conformal limit; inf beyond the last."""
    rank = math.ceil((len(scores) + 1) * (1 - rate) - 1e-9)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf


def _domain_limit(held_out: HeldOut, domain: int, rate: float) -> float:
    """The limit of a domain; the others tell of the spread, too, with the factor that it has."""
    is_own = held_out.domains == domain
    own = held_out.select(is_own)
    others = held_out.scores / held_out.factors * own.factors[0]
    alike = np.where(is_own, held_out.scores, others)  # there and back would round
    return _limit(own, replace(held_out, scores=alike), rate)


def _limit(clips: HeldOut, held_out: HeldOut, rate: float) -> float:
    """The limit of some clips; all of them tell of the spread within and between sessions."""
    if not is_fitted(clips.n_clips, clips.n_sessions, rate):
        return order_limit(clips.scores, rate)
    low, reach = float(held_out.scores.min()), float(np.ptp(held_out.scores))
    if reach == 0:
        return low
    scaled = clips.scaled(low, reach)  # squares may overflow
    effects = Effects.from_scores(held_out.scaled(low, reach))
    fitted = max(effects.prediction_limit(scaled, rate), _student_limit(scaled.scores, rate))
    limit = low + reach * fitted
    if clips.n_sessions < _FEWEST_SESSIONS:
        return limit
    # a lower rate than the smallest one among the scores never has a lower limit than that has
    return max(limit, order_limit(clips.scores, _smallest_ranked_rate(clips.n_clips)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Variances within and between sessions, of all domains together, and how sure they are.

    (One-way random effects: Searle, Casella and McCulloch, Variance Components, 1992, chapter 3.)
    """

    within: float
    within_freedom: int
    between: float
    between_freedom: int

    @classmethod
    def from_scores(cls, held_out: HeldOut) -> Self:
        """Estimate; a single session of every domain tells nothing of those between."""
        scores = held_out.scores
        pairs = held_out.domains * (held_out.sessions.max() + 1) + held_out.sessions
        _, first, numbers, counts = np.unique(
            pairs, return_index=True, return_inverse=True, return_counts=True
        )
        means = np.bincount(numbers, scores) / counts
        within_freedom = len(scores) - len(counts)
        within = float(np.sum((scores - means[numbers]) ** 2)) / max(within_freedom, 1)
        square, freedom, size = 0.0, 0, 0.0
        for domain in np.unique(held_out.domains):
            is_own = held_out.domains[first] == domain
            n_each, own_means = counts[is_own], means[is_own]
            weights = n_each / n_each.sum()
            square += float(np.sum(n_each * (own_means - weights @ own_means) ** 2))
            freedom += len(n_each) - 1
            size += float(n_each.sum() * (1 - np.sum(weights**2)))
        between = max(0.0, (square / freedom - within) * freedom / size) if freedom else 0.0
        return cls(
            within=within, within_freedom=within_freedom, between=between, between_freedom=freedom
        )

    def prediction_limit(self, clips: HeldOut, rate: float) -> float:
        """What a clip of a new session of the domain stays below, but for the rate."""
        n_each = np.unique(clips.sessions, return_counts=True)[1]
        within = self.within * (1 + 1 / clips.n_clips)
        between = self.between * (1 + float(np.sum(n_each**2)) / clips.n_clips**2)
        variance = within + between
        if variance <= 0:
            return float(clips.scores.mean())
        uncertainty = within**2 / max(self.within_freedom, 1)
        uncertainty += between**2 / max(self.between_freedom, 1)
        freedom = variance**2 / uncertainty  # Satterthwaite, 1946
        return float(
            clips.scores.mean() + student_quantile(freedom, 1 - rate) * math.sqrt(variance)
        )


def _student_limit(scores: Scores, rate: float) -> float:
    """The prediction limit of the clips' own mean and spread; -inf for a single clip."""
    n = len(scores)
    if n < 2:
        return -math.inf
    spread = float(scores.std(ddof=1)) * math.sqrt(1 + 1 / n)
    return float(scores.mean() + student_quantile(n - 1, 1 - rate) * spread)
