"""Whether score and decision files are what the challenge of a year accepts; all problems at once.

The official scripts pair rows by position, so a byte order mark, a doubled or a renamed row gives
wrong scores without a word; here every row is matched by its name.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from dcase_classic.challenge.years import (
    HIDDEN_NAMES,
    N_EVAL_CLIPS,
    SECTIONS,
    SUBMISSION_TAILS,
    YEARS_WITHOUT_DECISIONS,
    Part,
)
from dcase_classic.errors import listed
from dcase_classic.evaluation.joining import name_problems
from dcase_classic.io.results.result_table import read_table
from dcase_classic.io.results.score_files import ResultName, parse_result_name
from dcase_classic.io.results.truth_sources import parse_labelled_name
from dcase_classic.records import Domain, Finding, SectionKey, Severity

TestNames = Mapping[SectionKey, set[str]]


def check_files(
    folder: Path, paths: Iterable[Path], year: int, test_names: TestNames | None
) -> list[Finding]:
    """Every problem of the result files of one system.

    Parameters
    ----------
    folder : of the system; missing files are missed here.
    paths : its score and decision files.
    year : of the challenge.
    test_names : the names of the evaluation clips; None if they are not at hand: then the form
        and the number of the names is checked, but not whether every single one is right.
    """
    expected = expected_files(year)
    found = {path.name: path for path in paths}
    findings = [
        _error(folder, f"{name} is missing{_similar(expected[name], found)}")
        for name in sorted(expected.keys() - found.keys())
    ]
    names_in: dict[str, set[str]] = {}
    for name, path in sorted(found.items()):
        parsed = expected.get(name)
        if parsed is None:
            findings.append(_error(path, _why_unexpected(path.name, year)))
            continue
        table = read_table(path, is_decision=parsed.is_decision)
        findings += table.findings
        findings += [
            _error(path, text) for text in _row_problems(table.values, parsed, year, test_names)
        ]
        names_in[name] = set(table.values)
    if test_names is None:
        findings += _pair_findings(found, names_in)
    return findings


def expected_files(year: int) -> dict[str, ResultName]:
    """All files of a submission by their names."""
    tail = SUBMISSION_TAILS[year]
    domains: list[Domain | None] = list(Domain) if "{domain}" in tail else [None]
    files = [
        ResultName(
            is_decision=is_decision,
            machine_type=machine_type,
            section=section,
            domain=domain,
            is_by_id=tail.startswith("id_"),
        )
        for machine_type, sections in SECTIONS[year][Part.EVAL].items()
        for section in sections
        for domain in domains
        for is_decision in ([False] if year in YEARS_WITHOUT_DECISIONS else [False, True])
    ]
    return {_file_name(file, tail): file for file in files}


def _file_name(file: ResultName, tail: str) -> str:
    kind = "decision_result" if file.is_decision else "anomaly_score"
    return f"{kind}_{file.machine_type}_{tail.format(section=file.section, domain=file.domain)}.csv"


def _similar(missing: ResultName, found: Iterable[str]) -> str:
    """A file of another name that seems to be meant."""
    for name in found:
        parsed = parse_result_name(name)
        if (
            parsed is not None
            and (
                (parsed.is_decision, parsed.machine_type, parsed.section)
                == (missing.is_decision, missing.machine_type, missing.section)
            )
            and parsed.domain in {None, missing.domain}
        ):
            return f"; {name} seems to hold it: rename it, or use 'submission pack'"
    return ""


def _why_unexpected(name: str, year: int) -> str:
    """What is wrong with the name of a result file."""
    parsed = parse_result_name(name)
    sections = SECTIONS[year][Part.EVAL]
    if parsed is None:
        return "not the name of a result file"
    if parsed.machine_type not in sections:
        return (
            f"wrong machine: {parsed.machine_type} is not evaluated in {year}, expected "
            f"{', '.join(sections)}"
        )
    if parsed.section not in sections[parsed.machine_type]:
        return (
            f"wrong section: {parsed.machine_type} {parsed.section} is not evaluated in {year}, "
            f"expected {', '.join(sections[parsed.machine_type])}"
        )
    if parsed.is_decision and year in YEARS_WITHOUT_DECISIONS:
        return f"{year} has no decisions; remove the file"
    tail = SUBMISSION_TAILS[year].format(section=parsed.section, domain=parsed.domain or "<domain>")
    return f"wrong name: expected the end {parsed.machine_type}_{tail}.csv in {year}"


def _row_problems(
    names: Iterable[str], file: ResultName, year: int, test_names: TestNames | None
) -> list[str]:
    """What is wrong with the names of the rows as a whole."""
    found = set(names)
    labelled = sorted(name for name in found if parse_labelled_name(name) is not None)
    problems = []
    if labelled:
        problems.append(
            f"{len(labelled)} names carry labels, expected hidden ones: {listed(labelled)}"
        )
    found_hidden = found - set(labelled)
    if test_names is not None:
        wanted = test_names.get((file.machine_type, file.section))
        if wanted is None:
            return [*problems, "the evaluation data has no test clip of this machine and section"]
        if file.domain is not None:
            wanted = {name for name in wanted if f"_{file.domain}_" in name}
        return problems + name_problems(wanted, found_hidden | (found & wanted))
    form = re.compile(HIDDEN_NAMES[year].format(section=file.section))
    odd = sorted(
        name
        for name in found_hidden
        if not form.fullmatch(name) or (file.domain is not None and f"_{file.domain}_" not in name)
    )
    if odd:
        problems.append(f"{len(odd)} names of another section, domain or year: {listed(odd)}")
    n_expected = N_EVAL_CLIPS.get(year, len(found))
    if len(found) != n_expected:
        problems.append(f"{len(found)} different names, expected {n_expected}")
    return problems


def _pair_findings(found: Mapping[str, Path], names_in: Mapping[str, set[str]]) -> list[Finding]:
    """Where a decision file has other names than the score file beside it."""
    findings = []
    for name, names in names_in.items():
        scores = names_in.get(name.replace("decision_result_", "anomaly_score_", 1), names)
        findings += [
            _error(found[name], f"compared with the scores: {problem}")
            for problem in name_problems(scores, names)
        ]
    return findings


def _error(path: Path, text: str) -> Finding:
    return Finding(severity=Severity.ERROR, path=path, problem=text)
