"""What sources give, one after the other, whatever they are."""

import math
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.errors import DataError
from dcase_classic.records import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """Samples (n_samples, n_channels), float32 of full scale 1, the first of them at ``begin_s``.

    ``begin_s`` is in seconds since 1970; ``coding`` is libsndfile's word for how they were coded,
    FLOAT where nobody asks any more.
    """

    samples: Rows
    sample_rate_hz: int
    begin_s: float
    coding: str = "FLOAT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Sound is missing from here on: a gap, or the source is lost; ``reason`` is for people."""

    condition: OperatingCondition
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A recording that stands for itself begins; what is ``known`` of it by ``key`` is skipped.

    ``duration_s`` is how much of it is there, where it grows.
    """

    key: str
    path: Path
    duration_s: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The recording has ended, or cannot be read: for good where that ``is_final``."""

    key: str
    path: Path
    error: DataError | None = None
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing new: time to look after other things."""


Item = Chunk | Pause | Began | Ended | Idle
