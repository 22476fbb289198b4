"""What ``evaluate`` and ``compare`` give back."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcase_classic.records import Interval, SectionKey

if TYPE_CHECKING:
    import pandas as pd

PLACE = ["machine_type", "section", "mean"]  # what tells the rows of frames of results apart


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionMetrics:
    """The metrics of one machine and section.

    Attributes
    ----------
    values : from key (``auc_source``, ``precision_target`` ...) to a number in [0, 1], or None
        where a class or a domain is absent or there are no decisions.
    counts : from domain (``source``, ``target``, or ``all`` where there are no domains) to counts.
    intervals : from key to a 95 % interval, or None; empty if none were asked for.
    warnings : one line for everything that could not be computed, with the reason.
    """

    machine_type: str
    section: str
    values: dict[str, float | None]
    counts: dict[str, dict[str, int]]
    intervals: dict[str, Interval | None]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Means over sections, from key to mean; a key without its domain averages over both."""

    arithmetic_mean: dict[str, float | None]
    harmonic_mean: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """The metrics of one system, over all its sections.

    Attributes
    ----------
    system : its name.
    rule : in words, which clips an AUC compares.
    machines : from machine type to the means over its sections.
    totals : the means over all sections of all machines.
    official_score : None for 2020, which has none.
    official_replicates : the official score with one clip left out, an array of shape (n_clips,)
        for each section; None if there is none or no intervals were asked for.
    warnings : one line for everything that was left out, with the reason.
    made_by : who made the results, in a line; empty where nothing tells.
    data : what stands for the content of the clips of every section, where it is told.
    clips : the names of the clips of every section, in the order of the replicates.
    """

    system: str
    year: int | None
    rule: str
    sections: tuple[SectionMetrics, ...]
    machines: dict[str, Means]
    totals: Means
    official_score: float | None
    official_score_ci95: Interval | None
    official_replicates: list[NDArray[np.float64]] | None
    warnings: tuple[str, ...]
    made_by: str = ""
    data: Mapping[SectionKey, str] = field(default_factory=dict)
    clips: Mapping[SectionKey, tuple[str, ...]] = field(default_factory=dict)

    @property
    def merit(self) -> float:
        """What systems are ranked by: the official score, or the mean of AUC and pAUC in 2020."""
        if self.official_score is not None:
            return self.official_score
        means = [machine.arithmetic_mean for machine in self.machines.values()]
        values = [mean.get(key) for mean in means for key in ("auc", "pauc")]
        known = [value for value in values if value is not None]
        return math.fsum(known) / len(known) if known else 0.0

    def to_frame(self) -> "pd.DataFrame":
        """One row for every section, then two for the means of every machine and of all.

        Columns: ``machine_type`` (empty for all), ``section`` (empty for means), ``mean`` (empty,
        ``arithmetic`` or ``harmonic``), every value in [0, 1], with its interval as ``<key>_low``
        and ``<key>_high``, NaN where there is none. ``official_score`` stands beside the means of
        all.
        """
        import pandas as pd

        rows: list[tuple[str, str, str, Mapping[str, float | None]]] = [
            (section.machine_type, section.section, "", section.values | _bounds(section.intervals))
            for section in self.sections
        ]
        score = {"official_score": self.official_score}
        score |= _bounds({"official_score": self.official_score_ci95})
        for machine_type, means in (*self.machines.items(), ("", self.totals)):
            overall = {} if machine_type else score
            rows.append((machine_type, "", "arithmetic", means.arithmetic_mean | overall))
            rows.append((machine_type, "", "harmonic", means.harmonic_mean | overall))
        places = pd.DataFrame([row[:3] for row in rows], columns=PLACE)
        return places.join(pd.DataFrame([row[3] for row in rows], dtype=float))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Evaluations, best first, and the systems that could not be evaluated, with the reason."""

    evaluations: tuple[Evaluation, ...]
    failures: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def all_warnings(self) -> list[str]:
        """Everything that was left out, of all systems, with the reason."""
        own = [warning for system in self.evaluations for warning in system.warnings]
        failures = [f"not evaluated: {name}: {why}" for name, why in self.failures.items()]
        return [*self.warnings, *own, *failures]

    @property
    def is_single(self) -> bool:
        """Whether a single system was looked at."""
        return len(self.evaluations) + len(self.failures) == 1

    def ranked(self) -> Iterator[tuple[int, Evaluation]]:
        """Every evaluation with its rank; equal ones share it."""
        merits = [evaluation.merit for evaluation in self.evaluations]
        for evaluation in self.evaluations:
            yield 1 + sum(merit > evaluation.merit for merit in merits), evaluation

    def to_frame(self) -> "pd.DataFrame":
        """The rows of all systems, best first, below ``rank`` and ``system``."""
        import pandas as pd

        frames = []
        for rank, evaluation in self.ranked():
            frames.append(evaluation.to_frame())
            frames[-1].insert(0, "rank", rank)
            frames[-1].insert(1, "system", evaluation.system)
        return pd.concat(frames, ignore_index=True)


OURS = "ours"  # the mark of results that were computed here


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Official score of one run minus that of another, with its 95 % interval.

    Where that is None, ``reason`` says why.
    """

    first: str
    second: str
    difference: float
    interval: Interval | None
    reason: str = ""

    @property
    def is_more_than_noise(self) -> bool | None:
        """Whether the interval leaves out zero; None without interval."""
        return None if self.interval is None else not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Own results and published ones side by side, and the paired differences of own runs.

    Attributes
    ----------
    year, subset : whose results.
    rows : see `to_frame`.
    pairs : every run with every later one.
    warnings : one line for everything that was left out or could not be compared.
    failures : the systems that could not be evaluated, with the reason.
    """

    year: int
    subset: str
    rows: "pd.DataFrame"
    pairs: tuple[PairedDifference, ...]
    warnings: tuple[str, ...]
    failures: Mapping[str, str] = field(default_factory=dict)

    def to_frame(self) -> "pd.DataFrame":
        """One row for every system and place, machines first, means of all at the end.

        Columns: `PLACE`, ``system``, ``mark`` (`OURS`, or how far to trust a published result),
        ``source``, then every value in [0, 1] and, as ``<key>_difference``, the first run's value
        minus this; NaN where there is none.
        """
        return self.rows.copy()


def _bounds(intervals: Mapping[str, Interval | None]) -> dict[str, float | None]:
    """Both ends of every interval."""
    return {
        f"{key}_{end}": interval and interval[position]
        for key, interval in intervals.items()
        for position, end in enumerate(("low", "high"))
    }
