"""Make the page of results of the challenge: of one system, or of several beside each other."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError, DcaseClassicError, one_line, sentence
from dcase_classic.evaluation.joining import LabelledScores, truths_names
from dcase_classic.io.results.clip_lists import p_values_path, read_p_values
from dcase_classic.outcomes.evaluations import Comparison
from dcase_classic.pipeline.compare import NoYearError, compared, data_warnings, paired_differences
from dcase_classic.pipeline.evaluate import (
    Evaluated,
    EvaluatedSystem,
    EvaluationSettings,
    UnlabelledError,
    evaluate_folders,
    unequal,
)
from dcase_classic.records import SectionKey
from dcase_classic.report.page.challenge import ShownSystem, challenge_plain
from dcase_classic.report.page.document import Page
from dcase_classic.wording import counted


def challenge_page(evaluated: Sequence[Evaluated], year: int | None = None) -> Page:
    """The page of the systems in some folders, beside published results of the same sections.

    Parameters
    ----------
    evaluated : the folders.
    year : of the published results, as of `compare`.

    Raises
    ------
    DcaseClassicError : if no system can be evaluated.
    """
    known = [system for folder in evaluated for system in folder.systems]
    systems = [_shown(system) for system in known]
    failures = [item for folder in evaluated for item in folder.failures.items()]
    if not systems:
        raise DataError.from_many([problem for _, problem in failures])
    warnings = [warning for folder in evaluated for warning in folder.warnings]
    warnings += [f"not evaluated: {name}: {problem}" for name, problem in failures]
    warnings += [warning for shown in systems for warning in shown.evaluation.warnings]
    for system, shown in zip(known, systems, strict=True):
        warnings += _lost_p_values(system, shown)
    comparison, reason = _compared([folder for folder in evaluated if folder.systems], year)
    warnings += [] if reason is None else [reason]
    runs = {shown.evaluation.system: shown.evaluation for shown in systems}
    warnings += unequal([*runs.values()])
    warnings += data_warnings(runs) if comparison is None else comparison.warnings
    pairs = [*paired_differences(runs)]
    warnings += [
        f"the difference of {pair.first} and {pair.second} has no interval: {pair.reason}"
        for pair in pairs
        if pair.interval is None
    ]
    return Page(
        title="Results of the challenge",
        overview=f"{counted(len(systems), 'system')}: {', '.join(runs)}.",
        challenge=challenge_plain(systems, comparison, pairs, [*dict.fromkeys(warnings)]),
    )


def with_challenge(page: Page, results: Path, year: int | None) -> Page:
    """A page of recordings with the results of the same run, where their names tell the truth.

    Where they do and the results cannot be evaluated, the warnings of the page say why.
    """
    try:
        (evaluated,) = evaluate_folders([results], settings=EvaluationSettings(year=year))
        failures = evaluated.failures.values()
        is_unlabelled = all(isinstance(error, UnlabelledError) for error in failures)
        if is_unlabelled and not evaluated.systems:
            return page  # recordings without labels have no metrics
        challenge = challenge_page([evaluated], year).challenge
    except DcaseClassicError as error:
        challenge = challenge_plain([], None, [], [f"no metrics: {one_line(error)}"])
    return replace(page, challenge=challenge)


def _compared(
    evaluated: Sequence[Evaluated], year: int | None
) -> tuple[Comparison | None, str | None]:
    """The comparison with published results and of the runs, or why there is none."""
    try:
        return compared(evaluated, year), None
    except DcaseClassicError as error:
        if year is None and isinstance(error, NoYearError):
            return None, None  # nobody expects published results of machines of one's own
        return None, f"not compared with published results: {error}"


def _shown(evaluated: EvaluatedSystem) -> ShownSystem:
    p_values = {}
    for section in evaluated.labelled:
        key = section.machine_type, section.section
        own = _p_values(evaluated, section)
        if own is not None:
            p_values[key] = own
    return ShownSystem(
        evaluation=evaluated.evaluation,
        labelled=evaluated.labelled,
        p_values=p_values,
        thresholds=dict(_thresholds(evaluated)),
    )


def _thresholds(evaluated: EvaluatedSystem) -> Iterator[tuple[SectionKey, float]]:
    """The thresholds that the run had, where the decisions are still those."""
    sections = () if evaluated.run is None else evaluated.run.sections
    known = {(own.machine_type, own.section): own.threshold for own in sections}
    for labelled in evaluated.labelled:
        key = labelled.machine_type, labelled.section
        threshold, is_decided = known.get(key), labelled.is_decided
        if threshold is None or is_decided is None:
            continue
        if np.array_equal(labelled.anomaly_scores > threshold, is_decided):
            yield key, threshold


def _p_values(evaluated: EvaluatedSystem, labelled: LabelledScores) -> NDArray[np.float64] | None:
    """The p-values of the clips in the order of their labelled scores; None if one is missing."""
    key, system = (labelled.machine_type, labelled.section), evaluated.system
    own = read_p_values(system.folder, key, system.sections[key].anomaly_scores)
    known, _ = truths_names(labelled.title, own, evaluated.truth.sections[key])
    if not all(name in known for name in labelled.names):
        return None
    return np.array([known[name] for name in labelled.names])


def _lost_p_values(evaluated: EvaluatedSystem, shown: ShownSystem) -> Iterator[str]:
    """The files of p-values from which no calibration is drawn."""
    for labelled in evaluated.labelled:
        key = labelled.machine_type, labelled.section
        path = p_values_path(evaluated.system.folder, key)
        if key not in shown.p_values and os.path.exists(path):  # noqa: PTH110 - never an error
            yield sentence(
                path,
                "holds no p-values of these scores, so there is no calibration",
                "'score --p-values' writes them",
            )
