"""The systems whose results lie in a folder: finding and reading their score and decision files."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dcase_classic.challenge.result_names import DECISIONS, SCORES, ResultName, parse_result_name
from dcase_classic.errors import DataError, SubmissionError, listed, sentence
from dcase_classic.evaluation.joining import SectionResult
from dcase_classic.grouping import grouped
from dcase_classic.io.recordings.folders import walk
from dcase_classic.io.results.result_table import Defect, ResultTable, read_table
from dcase_classic.io.zip_files import opened
from dcase_classic.records import Domain, Finding, SectionKey, Severity

LOST_LINK, ODD_NAME = "a link that leads nowhere", "not the name of a result file"
_FORM = "anomaly_score_<machine>_section_<NN>_test.csv"
_Tables = dict[Domain | None, ResultTable]
_Files = defaultdict[tuple[SectionKey, bool], _Tables]  # by section and whether decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFiles:
    """Where the score and decision files of one system are, and what beside them may be lost."""

    name: str
    folder: Path
    files: dict[Path, ResultName]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All results of one system in its files, with every finding about them.

    ``is_split_by_domain`` tells whether there is a file for each domain, as in 2021; ``is_by_id``
    whether files are named ``id_NN``, as in 2020.
    """

    name: str
    folder: Path
    files: tuple[Path, ...]
    sections: dict[SectionKey, SectionResult]
    findings: tuple[Finding, ...]
    is_split_by_domain: bool
    is_by_id: bool

    @property
    def warnings(self) -> list[str]:
        """What may be lost or worth nothing, in lines: more than the form of files."""
        told = {LOST_LINK, ODD_NAME, Defect.CONSTANT.problem}
        return [
            sentence(finding.path, finding.problem, finding.advice)
            for finding in self.findings
            if finding.problem in told
        ]


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
            files=tuple(results / path.relative_to(folder) for path in system.files),
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
    DataError : if there is no folder, no result file in it, or a folder that cannot be read.
    """
    if not folder.is_dir():
        raise DataError(
            "no such folder", path=folder, advice="expected the output of 'dcase-classic score'"
        )
    systems: dict[Path, dict[Path, ResultName]] = defaultdict(dict)
    odd: list[Finding] = []
    for path in _files_below(folder):
        name = parse_result_name(path.name)
        if name is None:
            odd += _odd(path)
        else:
            in_machine_folder = path.parent.name == name.machine_type and path.parent != folder
            systems[path.parent.parent if in_machine_folder else path.parent][path] = name
    if not systems:
        advice = f"expected {_FORM}, as 'dcase-classic score' writes them"
        raise DataError("no result file", path=folder, advice=advice)
    odd_by_home = grouped((_home_of(finding.path, sorted(systems)), finding) for finding in odd)
    return [
        SystemFiles(
            name=_system_name(home, folder),
            folder=home,
            files=files,
            findings=tuple(odd_by_home.get(home, ())),
        )
        for home, files in sorted(systems.items())
    ]


def _odd(path: Path) -> Iterator[Finding]:
    """What is said of a file that is no result file, where results may be lost with it."""
    if not os.path.exists(path):  # noqa: PTH110 - no error where the way there is forbidden
        yield Finding.warning(path, LOST_LINK, advice="check where it leads")
    elif path.name.startswith((f"{SCORES}_", f"{DECISIONS}_")):
        yield Finding.warning(path, ODD_NAME, advice=f"expected {_FORM}")


def _home_of(path: Path, homes: Sequence[Path]) -> Path:
    """The innermost system that a path is in; the first one where it is in none."""
    around = [home for home in homes if home in path.parents]
    return max(around, key=lambda home: len(home.parts), default=homes[0])


def _files_below(top: Path) -> list[Path]:
    folders = list(walk(top))
    errors = [folder.error for folder in folders if folder.error is not None]
    if errors:
        raise DataError.from_many(errors)
    return sorted(path for folder in folders for path in folder.files)


def read_system(system: SystemFiles) -> System:
    """Read all files that `find_systems` found; defects are collected as findings, not raised."""
    tables: _Files = defaultdict(dict)
    findings = list(system.findings)
    for path, name in system.files.items():
        by_domain = tables[(name.machine_type, name.section), name.is_decision]
        if name.domain in by_domain:
            other = by_domain[name.domain].path.relative_to(system.folder)
            problem = f"the same results are in {other}"
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
        files=tuple(system.files),
        sections=sections,
        findings=tuple(findings),
        is_split_by_domain=any(None not in by_domain for by_domain in tables.values()),
        is_by_id=any(name.is_by_id for name in system.files.values()),
    )


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
    decided, more = (None, []) if decisions is None else _merged(decisions)
    return SectionResult(anomaly_scores=anomaly_scores, decisions=decided), findings + more


def _merged(tables: _Tables) -> tuple[dict[str, float], list[Finding]]:
    """The rows of all files of one section together; a name in two of them is a finding."""
    rows: dict[str, float] = {}
    findings = []
    for table in tables.values():
        both = sorted(rows.keys() & table.values.keys())
        if both:
            problem = f"rows that another file of the section has too: {listed(both)}"
            findings.append(Finding.error(table.path, problem, advice="keep the files of one run"))
        rows = table.values | rows
    return rows, findings
