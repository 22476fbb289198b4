"""What is kept of the training clips, so that any rate of false alarms can be asked for later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.model.limits import HeldOut, is_fitted
from dcase_classic.model.sessions import count_sessions, is_for_new, number_sessions
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain, IndexArray, Scores

_DOMAINS = (None, Domain.SOURCE, Domain.TARGET)
# A domain of fewer clips has no held-out clips to be measured by; it joins the largest domain.
_SMALLEST_DOMAIN_CLIPS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipGroups:
    """Domains and sessions of training clips, and whom their held-out scores speak for.

    Attributes
    ----------
    domains : array, shape (n_clips,)
        0 where it is not known, 1 for source, 2 for target.
    sessions : array, shape (n_clips,)
        Numbered from 0; all -1 where they are not known.
    is_for_new : whether whole sessions are held out, and the promise is for new ones.
    """

    domains: IndexArray
    sessions: IndexArray
    is_for_new: bool

    @classmethod
    def from_clips(
        cls, domains: Sequence[Domain | None], sessions: Sequence[str] | None, *, wanted: str
    ) -> Self:
        """Of clips of which this is known; see `CalibrationConfig.sessions` for ``wanted``."""
        numbers = np.array([_DOMAINS.index(domain) for domain in domains], np.intp)
        known = number_sessions(sessions, len(domains))
        promises_new = is_for_new(known, _merged(numbers), wanted)
        return cls(domains=numbers, sessions=known, is_for_new=promises_new)

    @property
    def groups(self) -> IndexArray:
        """The domain of every clip, numbered from 0; domains of one clip join the largest."""
        return _merged(self.domains)

    @property
    def held_out_sessions(self) -> IndexArray | None:
        """The sessions that are held out as wholes; None where clips are."""
        return self.sessions if self.is_for_new else None

    def held_out(self, scores: Scores, factors: Scores | None = None) -> HeldOut:
        """The held-out scores of the clips with what a threshold has to know of them."""
        sessions = self.sessions if self.is_for_new else np.arange(len(scores))
        factors = np.ones(len(scores)) if factors is None else factors
        return HeldOut(scores=scores, domains=self.groups, sessions=sessions, factors=factors)

    def count_alarms(
        self, is_alarm: NDArray[np.bool_], calibration: CalibrationConfig | None
    ) -> tuple[DomainAlarms, ...]:
        """Of every domain; ``calibration`` is that of a limit, None for other thresholds."""
        counts = []
        for number in (1, 2, 0):
            is_own = self.domains == number
            n_clips, n_sessions = int(is_own.sum()), count_sessions(self.sessions[is_own])
            if not n_clips:
                continue
            n_units = n_sessions if self.is_for_new and n_sessions else n_clips
            own = DomainAlarms(
                domain=_DOMAINS[number],
                n_clips=n_clips,
                n_alarms=int(is_alarm[is_own].sum()),
                n_sessions=n_sessions,
                has_fitted_tail=calibration is not None
                and calibration.limit == "domains"
                and is_fitted(n_clips, n_units, calibration.false_alarms),
            )
            counts.append(own)
        return tuple(counts)


def _merged(domains: IndexArray) -> IndexArray:
    _, groups, counts = np.unique(domains, return_inverse=True, return_counts=True)
    groups = np.where(counts[groups] < _SMALLEST_DOMAIN_CLIPS, counts.argmax(), groups)
    return np.unique(groups, return_inverse=True)[1].astype(np.intp)
