"""Score and decision files as the challenge names and writes them: finding, reading, writing.

Higher scores are more anomalous; a decision is 1 for an anomaly and 0 for a normal clip. Rows are
joined by name and never by position.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.result_names import parse_result_name
from dcase_classic.config import DEFAULT_TAIL
from dcase_classic.errors import DataError, SubmissionError, listed
from dcase_classic.io.files import write_text
from dcase_classic.io.results.result_table import ResultTable, read_table
from dcase_classic.records import (
    ClipScore,
    Domain,
    Finding,
    SectionKey,
    SectionResult,
    SectionScores,
    Severity,
)

_Tables = dict[Domain | None, ResultTable]
_Files = defaultdict[tuple[SectionKey, bool], _Tables]  # by section and whether decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFiles:
    """Where the score and decision files of one system are."""

    name: str
    folder: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All results of one system, with every finding about its files.

    ``is_split_by_domain`` tells whether there is a file for each domain, as in 2021; ``is_by_id``
    whether files are named ``id_NN``, as in 2020.
    """

    name: str
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
    where = f"{result.machine_type} section {result.section}"
    names = [score.name for score in result.scores]
    if not names:
        raise SubmissionError("no clip was scored, so there is nothing to write", path=where)
    if len(set(names)) < len(names):
        doubled = sorted({name for name in names if names.count(name) > 1})
        raise SubmissionError(
            f"clips of the same name: {listed(doubled)}", path=where, advice="rename them"
        )
    for score in result.scores:
        if not isfinite(score.anomaly_score):
            raise SubmissionError(
                f"{score.name}: anomaly score is {score.anomaly_score}, expected a number",
                path=where,
            )
    files = {}
    for domain, rows in _rows_per_file(result, tail).items():
        end = f"{result.machine_type}_{tail.format(section=result.section, domain=domain)}.csv"
        files[f"anomaly_score_{end}"] = "".join(
            f"{row.name},{float(row.anomaly_score)!r}\n" for row in rows
        )
        if has_decisions:
            files[f"decision_result_{end}"] = "".join(
                f"{row.name},{int(row.is_anomaly)}\n" for row in rows
            )
    return files


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
    found: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*.csv")):
        parsed = parse_result_name(path.name)
        if parsed is not None:
            in_machine_folder = path.parent.name == parsed.machine_type and path.parent != folder
            found[path.parent.parent if in_machine_folder else path.parent].append(path)
    if not found:
        raise DataError(
            "no result file",
            path=folder,
            advice=(
                "expected anomaly_score_<machine>_section_<NN>_test.csv, as 'dcase-classic score' "
                "writes them"
            ),
        )
    return [
        SystemFiles(name=_system_name(home, folder), folder=home, paths=tuple(paths))
        for home, paths in sorted(found.items())
    ]


def read_system(found: SystemFiles) -> System:
    """Read all files that `find_systems` found; defects are collected as findings, not raised."""
    files: _Files = defaultdict(dict)
    findings: list[Finding] = []
    is_by_id = False
    for path in found.paths:
        parsed = parse_result_name(path.name)
        if parsed is None:
            raise ValueError(f"{path}: not the name of a result file")
        is_by_id = is_by_id or parsed.is_by_id
        tables = files[(parsed.machine_type, parsed.section), parsed.is_decision]
        if parsed.domain in tables:
            other = tables[parsed.domain].path.name
            text = f"the same results are in {other}; keep one of the two files"
            findings.append(Finding(severity=Severity.ERROR, path=path, problem=text))
            continue
        tables[parsed.domain] = read_table(path, is_decision=parsed.is_decision)
        findings.extend(tables[parsed.domain].findings)
    sections = {}
    for key in dict.fromkeys(key for key, _ in files):
        section, section_findings = _section(files.get((key, False)), files.get((key, True)))
        findings += section_findings
        if section is not None:
            sections[key] = section
    return System(
        name=found.name,
        sections=sections,
        findings=tuple(findings),
        is_split_by_domain=any(None not in tables for tables in files.values()),
        is_by_id=is_by_id,
    )


def _rows_per_file(result: SectionScores, tail: str) -> dict[str, list[ClipScore]]:
    """Rows sorted by name, in one file, or one for each domain where the tail names it."""
    rows = sorted(result.scores, key=lambda score: score.name)
    if "{domain}" not in tail:
        return {"": rows}
    files: dict[str, list[ClipScore]] = defaultdict(list)
    for row in rows:
        parsed = parse_name(row.name)
        if parsed is None or parsed.domain is None:
            raise SubmissionError(
                "the name does not tell the domain, expected section_<NN>_source_... or "
                "section_<NN>_target_...",
                path=row.name,
            )
        files[parsed.domain].append(row)
    return files


def _system_name(home: Path, folder: Path) -> str:
    return folder.resolve().name if home == folder else home.relative_to(folder).as_posix()


def _section(
    scores: _Tables | None, decisions: _Tables | None
) -> tuple[SectionResult | None, list[Finding]]:
    """Scores and decisions of one section from all its files."""
    if scores is None:
        text = "decisions without scores; expected the file anomaly_score_... beside it"
        return None, [
            Finding(severity=Severity.ERROR, path=table.path, problem=text)
            for table in (decisions or {}).values()
        ]
    anomaly_scores, findings = _merged(scores)
    if decisions is None:
        return SectionResult(anomaly_scores=anomaly_scores, decisions=None), findings
    decided, more_findings = _merged(decisions)
    return (
        SectionResult(anomaly_scores=anomaly_scores, decisions=decided),
        findings + more_findings,
    )


def _merged(tables: _Tables) -> tuple[dict[str, float], list[Finding]]:
    """The rows of all files of one section together; a name in two of them is a finding."""
    rows: dict[str, float] = {}
    findings = []
    for table in tables.values():
        both = sorted(rows.keys() & table.values.keys())
        if both:
            text = f"rows that another file of the section has too: {listed(both)}"
            findings.append(Finding(severity=Severity.ERROR, path=table.path, problem=text))
        rows = table.values | rows
    return rows, findings
