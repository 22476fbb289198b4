"""The settings of what held-out scores promise, and of training clips that do not fit."""

from dataclasses import dataclass

from dcase_classic.config.setting import check_settings, setting

USUAL_RATE = 0.1  # of false alarms
PROMISES = ("auto", "new", "same")
LIMITS = ("domains", "pooled")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationConfig:
    """How held-out scores are made, and what the threshold ``limit`` promises of them."""

    n_folds: int = setting(
        10, "number of folds, of whole clips", "at least 2, at most 100", source="docs/method.md"
    )
    sessions: str = setting(
        "auto",
        "whom the held-out scores speak for: `new` sessions, which are held out as wholes; the "
        "`same` as those of training; `auto`: new ones where a domain has three known ones",
        " or ".join(PROMISES),
        source="docs/method.md",
    )
    false_alarms: float = setting(
        USUAL_RATE,
        "wanted share of normal recordings that raise an alarm; `--false-alarms`",
        "between 0 and 1",
        unit="share",
        source="the official baselines",
    )
    limit: str = setting(
        "domains",
        "the rate holds in every one of the `domains`, or for all clips `pooled`",
        " or ".join(LIMITS),
        source="docs/method.md",
    )

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_settings(
            self,
            n_folds=2 <= self.n_folds <= 100,
            sessions=self.sessions in PROMISES,
            false_alarms=0 < self.false_alarms < 1,
            limit=self.limit in LIMITS,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MisfitConfig:
    """What happens to training clips that do not fit the others."""

    drop: bool = setting(
        False,
        "whether they are left out; they are named in any case; `--drop-misfits`",
        "true or false",
        source="who knows the machine decides",
    )
    largest_share: float = setting(
        0.15,
        "most of the clips that may be named; where more than a fifth stand off none is",
        "0 or more, and less than 0.5",
        unit="share",
        source="docs/method.md",
    )

    def __post_init__(self) -> None:
        """Check the range."""
        check_settings(self, largest_share=0 <= self.largest_share < 0.5)
