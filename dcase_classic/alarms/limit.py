"""A limit that keeps its long-run rate of false alarms while normal sound drifts slowly.

Online conformal control (Gibbs and Candes, Adaptive conformal inference under distribution shift,
2021), on the scale of the scores themselves as in Angelopoulos, Candes and Tibshirani, Conformal
PID control (2023), with steps that decay to a floor (Angelopoulos, Barber and Bates, Online
conformal prediction with decaying step sizes, 2024): after sound above the limit it rises by
``step * (1 - rate)``, after sound below it falls by ``step * rate``. Whatever the sounds are, the
share above it is within ``(reach + step) / (step * n)`` of the rate after n steps, as long as the
limit does not stand at an end of its reach.
"""

import math
from dataclasses import dataclass, replace

from dcase_classic.alarms.settings import LimitSettings
from dcase_classic.config.setting import check_setting

STEP_S = 10.0  # of sound: what a step is stated for


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """Where the limit stands.

    Attributes
    ----------
    shift : points of severity that it has moved from where the model has put it.
    learned_s, above_s : seconds of sound that it has learned from, and those of them above it.
    """

    shift: float = 0.0
    learned_s: float = 0.0
    above_s: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(abs(self.shift) < math.inf, "shift", self.shift, "a finite number")
        check_setting(
            0 <= self.learned_s < math.inf, "learned_s", self.learned_s, "a finite number from 0"
        )
        is_share = 0 <= self.above_s <= self.learned_s * (1 + 1e-9)
        check_setting(is_share, "above_s", self.above_s, f"0 to learned_s ({self.learned_s:g})")

    @property
    def rate(self) -> float | None:
        """The share of the sound that was above it; None before there was any."""
        return self.above_s / self.learned_s if self.learned_s > 0 else None

    def is_at_end(self, settings: LimitSettings) -> bool:
        """Whether it has risen as far as it may: look at the machine, or fit it again."""
        return self.shift >= settings.most_up > 0


def learn(
    state: LimitState, settings: LimitSettings, *, seconds: float, is_above: bool
) -> LimitState:
    """The limit after some more normal sound, which was above it or not."""
    n_steps = 1 + state.learned_s / STEP_S
    step = max(settings.step, settings.first_step / math.sqrt(n_steps)) * seconds / STEP_S
    moved = state.shift + step * (is_above - settings.false_alarms)
    learned = replace(
        state, learned_s=state.learned_s + seconds, above_s=state.above_s + seconds * is_above
    )
    if settings.is_frozen:
        return learned
    return replace(learned, shift=min(max(moved, -settings.most_down), settings.most_up))
