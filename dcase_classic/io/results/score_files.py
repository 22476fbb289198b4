"""Score and decision files as the challenge names and writes them: finding, reading, writing.

Higher scores are more anomalous; a decision is 1 for an anomaly and 0 for a normal clip. Rows are
joined by name and never by position.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.result_names import ResultName, parse_result_name, row_problem
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import DataError, SubmissionError, listed
from dcase_classic.io.files import write_text
from dcase_classic.io.results.result_table import ResultTable, read_table
from dcase_classic.io.zip_files import opened
from dcase_classic.outcomes import ClipScore, SectionScores
from dcase_classic.records import Domain, Finding, SectionKey, SectionResult, Severity

_Tables = dict[Domain | None, ResultTable]
_Files = defaultdict[tuple[SectionKey, bool], _Tables]  # by section and whether decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFiles:
    """Where the score and decision files of one system are."""

    name: str
    folder: Path
    files: dict[Path, ResultName]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All results of one system, with every finding about its files.

    ``is_split_by_domain`` tells whether there is a file for each domain, as in 2021; ``is_by_id``
    whether files are named ``id_NN``, as in 2020.
    """

    name: str
    folder: Path
    sections: dict[SectionKey, SectionResult]
    findings: tuple[Finding, ...]
    is_split_by_domain: bool
    is_by_id: bool


def write_scores(folder: Path, result: SectionScores, *, tail: str = DEFAULT_TAIL) -> list[Path]:
    """Write ``<folder>/<machine>/anomaly_score_...csv`` and ``decision_result_...csv``.

    Parameters
    ----------
    folder : the folder of all machines; folders are made, files of the same name are replaced.
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
    paths = []
    for name, text in files.items():
        paths.append(folder / result.machine_type / name)
        write_text(paths[-1], text)
    return paths


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


def read_systems(results: Path) -> list[System]:
    """All systems below a folder, or in a zip file; see `find_systems` and `read_system`.

    Raises
    ------
    DataError : if there is no result file.
    SubmissionError : if the zip file is damaged or encrypted.
    """
    with opened(results) as folder:
        systems = [read_system(files) for files in find_systems(folder)]
    return [
        replace(
            system,
            folder=results / system.folder.relative_to(folder),
            findings=tuple(moved(system.findings, folder, results)),
        )
        for system in systems
    ]


def moved(findings: Iterable[Finding], folder: Path, other: Path) -> Iterator[Finding]:
    """Findings about files in one folder, as if they were in the other."""
    for finding in findings:
        yield replace(finding, path=other / finding.path.relative_to(folder))


def raise_errors(findings: Iterable[Finding], problem: str, *, path: Path) -> None:
    """Raise what is an error among the findings, if anything, as one error.

    Parameters
    ----------
    findings : of any severity.
    problem, path : what stands above several of them, behind their number.
    """
    errors = [
        SubmissionError(finding.problem, path=finding.path, advice=finding.advice)
        for finding in dict.fromkeys(findings)
        if finding.severity is Severity.ERROR
    ]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SubmissionError.from_many(errors, f"{len(errors)} errors, {problem}", path=path)


def find_systems(folder: Path) -> list[SystemFiles]:
    """Result files below ``folder``, by the system that they belong to.

    A system is a folder of result files, or a folder of machine folders with result files. Its name
    is its path below ``folder``, or the name of ``folder`` itself.

    Raises
    ------
    DataError : if there is no folder, or no result file in it.
    """
    if not folder.is_dir():
        raise DataError(
            "no such folder", path=folder, advice="expected the output of 'dcase-classic score'"
        )
    systems: dict[Path, dict[Path, ResultName]] = defaultdict(dict)
    for path in sorted(folder.rglob("*.csv")):
        name = parse_result_name(path.name)
        if name is not None:
            in_machine_folder = path.parent.name == name.machine_type and path.parent != folder
            systems[path.parent.parent if in_machine_folder else path.parent][path] = name
    if not systems:
        form = "anomaly_score_<machine>_section_<NN>_test.csv"
        advice = f"expected {form}, as 'dcase-classic score' writes them"
        raise DataError("no result file", path=folder, advice=advice)
    return [
        SystemFiles(name=_system_name(home, folder), folder=home, files=files)
        for home, files in sorted(systems.items())
    ]


def read_system(system: SystemFiles) -> System:
    """Read all files that `find_systems` found; defects are collected as findings, not raised."""
    tables: _Files = defaultdict(dict)
    findings: list[Finding] = []
    for path, name in system.files.items():
        by_domain = tables[(name.machine_type, name.section), name.is_decision]
        if name.domain in by_domain:
            problem = f"the same results are in {by_domain[name.domain].path.name}"
            findings.append(Finding.error(path, problem, advice="keep one of the two files"))
            continue
        by_domain[name.domain] = read_table(path, is_decision=name.is_decision)
        findings += by_domain[name.domain].findings
    sections = {}
    for key in dict.fromkeys(key for key, _ in tables):
        section, more = _section(tables.get((key, False)), tables.get((key, True)))
        findings += more
        if section is not None:
            sections[key] = section
    return System(
        name=system.name,
        folder=system.folder,
        sections=sections,
        findings=tuple(findings),
        is_split_by_domain=any(None not in by_domain for by_domain in tables.values()),
        is_by_id=any(name.is_by_id for name in system.files.values()),
    )


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


def _system_name(home: Path, folder: Path) -> str:
    return folder.resolve().name if home == folder else home.relative_to(folder).as_posix()


def _section(
    scores: _Tables | None, decisions: _Tables | None
) -> tuple[SectionResult | None, list[Finding]]:
    """Scores and decisions of one section from all its files."""
    if scores is None:
        advice = "expected the file anomaly_score_... beside it"
        return None, [
            Finding.error(table.path, "decisions without scores", advice=advice)
            for table in (decisions or {}).values()
        ]
    anomaly_scores, findings = _merged(scores)
    if decisions is None:
        return SectionResult(anomaly_scores=anomaly_scores, decisions=None), findings
    decided, more = _merged(decisions)
    return SectionResult(anomaly_scores=anomaly_scores, decisions=decided), findings + more


def _merged(tables: _Tables) -> tuple[dict[str, float], list[Finding]]:
    """The rows of all files of one section together; a name in two of them is a finding."""
    rows: dict[str, float] = {}
    findings = []
    for table in tables.values():
        both = sorted(rows.keys() & table.values.keys())
        if both:
            problem = f"rows that another file of the section has too: {listed(both)}"
            findings.append(Finding.error(table.path, problem))
        rows = table.values | rows
    return rows, findings
