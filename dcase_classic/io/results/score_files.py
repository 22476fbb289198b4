"""Score and decision files as the challenge names and writes them.

Higher scores are more anomalous; a decision is 1 for an anomaly and 0 for a normal clip.
"""

from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import replace
from math import isfinite
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.result_names import ResultName, parse_result_name, row_problem
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import SubmissionError, listed
from dcase_classic.io.files import replacing
from dcase_classic.io.results.clip_lists import p_values_path
from dcase_classic.io.results.run_file import leave_run
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.scores import SectionScores
from dcase_classic.records import Domain, SectionKey


def write_scores(folder: Path, result: SectionScores, *, tail: str = DEFAULT_TAIL) -> list[Path]:
    """Write ``<folder>/<machine>/anomaly_score_...csv`` and ``decision_result_...csv``.

    They replace all that an earlier run has written of the section. Whoever ends this half way
    finds less, and nobody named as its maker, but never files of two runs.

    Parameters
    ----------
    folder : the folder of all machines; folders are made.
    result : the results of one machine and section.
    tail : the end of the file names, ``Year.submission_tail`` or ``years.PLAIN_TAIL``.

    Returns
    -------
    list : the paths of the files, each of them whole at any moment.

    Raises
    ------
    SubmissionError : see `official_files`; nothing is written then.
    """
    files = official_files(result, tail=tail)
    paths = [folder / result.machine_type / name for name in files]
    with ExitStack() as stack:
        # all are written before the old ones go, and take their names in the end, scores first
        for path, text in reversed([*zip(paths, files.values(), strict=True)]):
            temporary = stack.enter_context(replacing(path))
            temporary.write_text(text, encoding="utf-8", newline="")
        remove_results(folder, (result.machine_type, result.section))
    return paths


def remove_results(folder: Path, key: SectionKey) -> None:
    """Remove what runs have written of a machine and section: scores with any tail, and p-values.

    What the record of runs says of them goes first: it never speaks of others.
    """
    leave_run(folder, key)
    for path in (*_result_paths(folder, key), p_values_path(folder, key)):
        path.unlink(missing_ok=True)


def has_results(folder: Path, key: SectionKey) -> bool:
    """Whether a run has written scores or decisions of a machine and section."""
    return bool(_result_paths(folder, key))


def _result_paths(folder: Path, key: SectionKey) -> list[Path]:
    names = {path: parse_result_name(path.name) for path in (folder / key[0]).glob("*")}
    return [
        path
        for path, name in names.items()
        if name is not None and (name.machine_type, name.section) == key
    ]


def official_files(
    result: SectionScores, *, tail: str = DEFAULT_TAIL, has_decisions: bool = True
) -> dict[str, str]:
    """The content of the official files by their names.

    Rows sorted by name, the shortest decimal that reads back to the same number, LF, no header.

    Raises
    ------
    SubmissionError : if there is no clip, a score is NaN or inf, a name comes twice, or, where the
        year wants one file per domain, a name does not tell its domain.
    """
    _check_scores(result)
    files = {}
    for domain, rows in _rows_by_domain(result, tail).items():
        name = ResultName(
            is_decision=False,
            machine_type=result.machine_type,
            section=result.section,
            domain=domain,
            is_by_id=tail.startswith("id_"),
        )
        scores = [f"{row.name},{float(row.anomaly_score)!r}\n" for row in rows]
        files[name.written(tail)] = "".join(scores)
        if has_decisions:
            decisions = [f"{row.name},{int(row.is_anomaly)}\n" for row in rows]
            files[replace(name, is_decision=True).written(tail)] = "".join(decisions)
    return files


def _check_scores(result: SectionScores) -> None:
    title = f"{result.machine_type} section {result.section}"
    names = [score.name for score in result.scores]
    if not names:
        raise SubmissionError(f"{title}: no clip was scored, so there is nothing to write")
    doubled = sorted(name for name, count in Counter(names).items() if count > 1)
    if doubled:
        problem = f"{title}: clips of the same name: {listed(doubled)}"
        raise SubmissionError(problem, advice="rename them")
    for clip in result.scores:
        if row_problem(clip.name):
            raise SubmissionError(f"{title}: {clip.name}: {row_problem(clip.name)}")
        if not isfinite(clip.anomaly_score):
            problem = f"{title}: {clip.name}: anomaly score is {clip.anomaly_score}"
            raise SubmissionError(f"{problem}, expected a number")


def _rows_by_domain(result: SectionScores, tail: str) -> dict[Domain | None, list[ClipScore]]:
    """Rows sorted by name, in one file, or one for each domain where the tail names it."""
    rows = sorted(result.scores, key=lambda score: score.name)
    if "{domain}" not in tail:
        return {None: rows}
    files: dict[Domain | None, list[ClipScore]] = defaultdict(list)
    for row in rows:
        parsed = parse_name(row.name)
        if parsed is None or parsed.domain is None:
            expected = "section_<NN>_source_... or section_<NN>_target_..."
            problem = f"{row.name}: the name does not tell the domain, expected {expected}"
            raise SubmissionError(problem)
        files[parsed.domain].append(row)
    return files
