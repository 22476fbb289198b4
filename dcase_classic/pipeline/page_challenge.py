"""Make the page of results of the challenge: of one system, or of several beside each other."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError, DcaseClassicError
from dcase_classic.io.results.clip_lists import read_p_values
from dcase_classic.io.results.score_files import System, read_systems
from dcase_classic.io.results.truth import Truth, read_truth
from dcase_classic.outcomes.evaluations import Comparison
from dcase_classic.pipeline.compare import compare, paired_differences
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate_labelled, label_system
from dcase_classic.records import LabelledScores, SectionKey
from dcase_classic.report.page.challenge import ShownSystem, challenge_plain
from dcase_classic.report.page.document import Page


def challenge_page(
    results: Sequence[str | PathLike[str]],
    truth_paths: Sequence[str | PathLike[str]] = (),
    settings: EvaluationSettings = EvaluationSettings(),
) -> Page:
    """The page of the systems in some folders, beside published results of the same sections.

    Parameters
    ----------
    results, truth_paths, settings : as of `evaluate`.

    Raises
    ------
    DcaseClassicError : if there are no results or no truth, or no system can be evaluated.
    """
    truth = read_truth([Path(path) for path in truth_paths], settings.year) if truth_paths else None
    systems: list[ShownSystem] = []
    problems: list[DcaseClassicError] = []
    for system in [system for path in results for system in read_systems(Path(path))]:
        try:
            systems.append(_shown(system, truth, settings))
        except DcaseClassicError as error:
            problems.append(error)
    if not systems:
        raise DataError.from_many(problems)
    warnings = [f"not evaluated: {problem}" for problem in problems]
    warnings += [warning for system in systems for warning in system.evaluation.warnings]
    comparison, reason = _compared(results, truth_paths, settings)
    warnings += [] if reason is None else [reason]
    names = [system.evaluation.system for system in systems]
    pairs = paired_differences(
        {
            f"{name} ({number})" if name in names[:number] else name: system.evaluation
            for number, (name, system) in enumerate(zip(names, systems, strict=True))
        }
    )
    return Page(
        title="Results of the challenge",
        overview=f"{len(systems)} system(s): {', '.join(names)}.",
        challenge=challenge_plain(systems, comparison, [*pairs], warnings),
    )


def with_challenge(page: Page, results: Path, year: int | None) -> Page:
    """A page of recordings with the results of the same run, where their names tell the truth."""
    try:
        challenge = challenge_page([results], settings=EvaluationSettings(year=year))
    except DcaseClassicError:
        return page  # recordings without labels have no metrics
    return replace(page, challenge=challenge.challenge)


def _compared(
    results: Sequence[str | PathLike[str]],
    truth_paths: Sequence[str | PathLike[str]],
    settings: EvaluationSettings,
) -> tuple[Comparison | None, str | None]:
    """The comparison with published results and of the runs, or why there is none."""
    try:
        return compare(results, truth_paths, year=settings.year), None
    except DcaseClassicError as error:
        return None, f"not compared with published results: {error}"


def _shown(system: System, truth: Truth | None, settings: EvaluationSettings) -> ShownSystem:
    labelled = label_system(system, truth, settings)
    p_values = {}
    for section in labelled.sections:
        key = section.machine_type, section.section
        own = _p_values(system, key, section)
        if own is not None:
            p_values[key] = own
    return ShownSystem(
        evaluation=evaluate_labelled(system, labelled, settings),
        labelled=labelled.sections,
        p_values=p_values,
    )


def _p_values(
    system: System, key: SectionKey, labelled: LabelledScores
) -> NDArray[np.float64] | None:
    """The p-values of the clips in the order of their labelled scores; None if one is missing."""
    known, scores = read_p_values(system.folder, key), system.sections[key].anomaly_scores
    names = sorted(scores)
    if [scores[name] for name in names] != labelled.anomaly_scores.tolist():
        return None  # they are joined by other names
    if not all(name in known for name in names):
        return None
    return np.array([known[name] for name in names])
