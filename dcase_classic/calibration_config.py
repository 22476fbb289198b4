"""The settings of what held-out scores promise, and of training clips that do not fit."""

from dataclasses import dataclass

from dcase_classic.plain_settings import check_setting

USUAL_RATE = 0.1  # of false alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationConfig:
    """How held-out scores are made, and what the threshold ``limit`` promises of them.

    Attributes
    ----------
    n_folds : of whole clips.
    sessions : str
        Whom the held-out scores speak for: ``new`` sessions, which are held out as wholes; the
        ``same`` as those of training; ``auto``: new ones where a domain has three known ones.
    false_alarms : the rate of false alarms that is wanted, in (0, 1).
    limit : of every one of the ``domains``, or of all clips ``pooled``.
    """

    n_folds: int = 10
    sessions: str = "auto"
    false_alarms: float = USUAL_RATE
    limit: str = "domains"

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(2 <= self.n_folds <= 100, "n_folds", self.n_folds, "at least 2, at most 100")
        promises, limits = ("auto", "new", "same"), ("domains", "pooled")
        check_setting(self.sessions in promises, "sessions", self.sessions, " or ".join(promises))
        check_setting(
            0 < self.false_alarms < 1, "false_alarms", self.false_alarms, "between 0 and 1"
        )
        check_setting(self.limit in limits, "limit", self.limit, " or ".join(limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class MisfitConfig:
    """What happens to training clips that do not fit the others.

    Attributes
    ----------
    drop : whether they are left out; they are named in any case.
    largest_share : of the clips that may be named; where more than a fifth stand off none is.
    """

    drop: bool = False
    largest_share: float = 0.15

    def __post_init__(self) -> None:
        """Check the range."""
        is_share = 0 <= self.largest_share < 0.5
        check_setting(is_share, "largest_share", self.largest_share, "0 or more, and less than 0.5")
