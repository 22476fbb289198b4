"""Joining submitted rows with the truth by clip name, never by position."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError, SubmissionError, listed
from dcase_classic.records import SectionKey
from dcase_classic.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledScores:
    """Scores and decisions of one machine and section, joined with the truth clip by clip.

    Attributes
    ----------
    is_anomaly, is_target : arrays, shape (n_clips,), bool
        The truth; ``is_target`` is None where there are no domains (2020).
    anomaly_scores : array, shape (n_clips,), finite, higher = more anomalous
    is_decided : array, shape (n_clips,), bool
        The decisions, True = anomaly; None where there are none.
    names : of the clips, in this order; empty where they do not matter.
    """

    machine_type: str
    section: str
    is_anomaly: NDArray[np.bool_]
    is_target: NDArray[np.bool_] | None
    anomaly_scores: NDArray[np.float64]
    is_decided: NDArray[np.bool_] | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that all columns have one value for every clip, and every score is a number."""
        for name in ("is_target", "anomaly_scores", "is_decided"):
            column = getattr(self, name)
            if column is not None and column.shape != self.is_anomaly.shape:
                raise ValueError(
                    f"{name}: got shape {column.shape}, expected {self.is_anomaly.shape}"
                )
        if not np.isfinite(self.anomaly_scores).all():
            raise ValueError(f"{self.title}: anomaly_scores: got NaN or inf, expected numbers")

    @property
    def title(self) -> str:
        """What messages call this section."""
        return f"{self.machine_type} section {self.section}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionResult:
    """The rows of one machine and section: scores and decisions (None if there is no file)."""

    anomaly_scores: dict[str, float]
    decisions: dict[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTruth:
    """What one source says about the clips of one machine and section, by clip name.

    ``labelled_names`` leads from the labelled name of a clip to the name that the truth uses.
    """

    is_anomaly: dict[str, bool] = field(default_factory=dict)
    is_target: dict[str, bool] = field(default_factory=dict)
    labelled_names: dict[str, str] = field(default_factory=dict)


def join(
    key: SectionKey,
    result: SectionResult,
    truth: SectionTruth,
    *,
    needs_domains: bool,
    skip_missing: bool = False,
) -> tuple[LabelledScores, list[str]]:
    """The scores and decisions of one section with the truth of each clip, and warnings.

    Parameters
    ----------
    key : machine type and section.
    result, truth : rows and truth by clip name; labelled names that the truth knows are accepted.
    needs_domains : whether the metric rule compares domains.
    skip_missing : leave out clips of the truth that have no score, with a warning.

    Raises
    ------
    SubmissionError : if rows are missing or unknown, in scores or decisions; all are named.
    DataError : if domains are needed and the truth does not tell them.
    """
    title = f"{key[0]} section {key[1]}"
    scores, warnings = truths_names(title, result.anomaly_scores, truth)
    names = sorted(truth.is_anomaly)
    missing = [name for name in names if name not in scores]
    if skip_missing and missing:
        warnings.append(
            f"{title}: left out {counted(len(missing), 'clip')} without a score: {listed(missing)}"
        )
        names = [name for name in names if name in scores]
    problems = name_problems(set(names), scores.keys())
    decisions = None
    if result.decisions is not None:
        decisions, _ = truths_names(title, result.decisions, truth)
        undecided = name_problems(set(names), decisions.keys())
        if undecided != problems:  # the same in both files is said once
            problems += [f"decisions: {problem}" for problem in undecided]
    if problems:
        advice = _advice(missing, scores.keys() - names, skip_missing=skip_missing)
        raise SubmissionError(f"{title}: {'; '.join(problems)}", advice=advice)
    labelled = LabelledScores(
        machine_type=key[0],
        section=key[1],
        is_anomaly=np.array([truth.is_anomaly[name] for name in names], dtype=np.bool_),
        is_target=_domains(title, names, truth) if needs_domains else None,
        anomaly_scores=np.array([scores[name] for name in names], dtype=np.float64),
        is_decided=None if decisions is None else _is_one(decisions, names),
        names=tuple(names),
    )
    return labelled, warnings


def truths_names(
    title: str, rows: dict[str, float], truth: SectionTruth
) -> tuple[dict[str, float], list[str]]:
    """The rows by the names that the truth uses; labelled names are led back to hidden ones."""
    labelled = [name for name in rows if name in truth.labelled_names]
    if not labelled:
        return rows, []
    renamed: dict[str, float] = {}
    for name, value in rows.items():
        hidden = truth.labelled_names.get(name, name)
        if hidden in renamed:
            raise SubmissionError(
                f"{title}: two rows for {hidden}, one by its labelled name {name}"
            )
        renamed[hidden] = value
    return renamed, [f"{title}: {len(labelled)} labelled names were matched with hidden ones"]


def _advice(missing: list[str], unknown: AbstractSet[str], *, skip_missing: bool) -> str:
    """What helps where scores are missing or unknown; empty where nobody knows."""
    if not unknown:
        can_skip = missing and not skip_missing
        return "--skip-missing leaves clips without a score out" if can_skip else ""
    endings = {Path(name).stem: Path(name).suffix for name in missing}
    for name in map(Path, sorted(unknown)):
        if name.stem in endings:
            return f"rows end in {name.suffix}, the truth in {endings[name.stem]}: rename them"
    return ""


def name_problems(expected: AbstractSet[str], names: AbstractSet[str]) -> list[str]:
    """Which names are missing and which are unknown, in words; empty if the sets are equal."""
    problems = []
    for what, wrong in (("missing", expected - names), ("unknown", names - expected)):
        if wrong:
            rows = "row" if len(wrong) == 1 else "rows"
            problems.append(f"{len(wrong)} {what} {rows}: {listed(sorted(wrong))}")
    return problems


def _domains(title: str, names: list[str], truth: SectionTruth) -> NDArray[np.bool_]:
    unknown = [name for name in names if name not in truth.is_target]
    if unknown:
        raise DataError(
            f"{title}: the truth does not tell the domain of {listed(unknown)}",
            advice="expected ground_truth_domain beside ground_truth_data",
        )
    return np.array([truth.is_target[name] for name in names], dtype=np.bool_)


def _is_one(decisions: dict[str, float], names: list[str]) -> NDArray[np.bool_]:
    return np.array([decisions[name] == 1 for name in names], dtype=np.bool_)
