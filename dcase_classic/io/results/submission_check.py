"""Whether score and decision files are what the challenge of a year accepts; all problems at once.

The official scripts pair rows by position, so a byte order mark, a doubled or a renamed row gives
wrong scores without a word; here every row is matched by its name.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from dcase_classic.challenge.clip_names import is_hidden_name, parse_name
from dcase_classic.challenge.result_names import ResultName, expected_files, parse_result_name
from dcase_classic.challenge.years import Subset, Year, find_year
from dcase_classic.errors import listed
from dcase_classic.evaluation.joining import name_problems
from dcase_classic.io.results.result_table import read_table
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
    record, expected = find_year(year), expected_files(year)
    found = {path.name: path for path in paths}
    findings = [
        _error(folder, f"{name} is missing{_similar(expected[name], found)}")
        for name in sorted(expected.keys() - found.keys())
    ]
    names_in: dict[str, set[str]] = {}
    for name, path in sorted(found.items()):
        parsed = expected.get(name)
        if parsed is None:
            findings.append(_error(path, _why_unexpected(path.name, record)))
            continue
        table = read_table(path, is_decision=parsed.is_decision)
        findings += table.findings
        findings += [
            _error(path, text) for text in _row_problems(table.values, parsed, record, test_names)
        ]
        names_in[name] = set(table.values)
    if test_names is None:
        findings += _pair_findings(found, names_in)
    return findings


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


def _why_unexpected(name: str, year: Year) -> str:
    """What is wrong with the name of a result file."""
    parsed = parse_result_name(name)
    sections = year.machines[Subset.EVAL]
    if parsed is None:
        return "not the name of a result file"
    if parsed.machine_type not in sections:
        return (
            f"wrong machine: {parsed.machine_type} is not evaluated in {year.number}, expected "
            f"{', '.join(sections)}"
        )
    if parsed.section not in sections[parsed.machine_type]:
        return (
            f"wrong section: {parsed.machine_type} {parsed.section} is not evaluated in "
            f"{year.number}, expected {', '.join(sections[parsed.machine_type])}"
        )
    if parsed.is_decision and not year.has_decisions:
        return f"{year.number} has no decisions; remove the file"
    tail = year.submission_tail.format(section=parsed.section, domain=parsed.domain or "<domain>")
    return f"wrong name: expected the end {parsed.machine_type}_{tail}.csv in {year.number}"


def _row_problems(
    names: Iterable[str], file: ResultName, year: Year, test_names: TestNames | None
) -> list[str]:
    """What is wrong with the names of the rows as a whole."""
    found = set(names)
    labelled = sorted(name for name in found if _is_labelled(name))
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
        wanted = {name for name in wanted if file.domain in {None, _domain(name)}}
        return problems + name_problems(wanted, found_hidden | (found & wanted))
    odd = sorted(
        name
        for name in found_hidden
        if not is_hidden_name(name, year, file.section) or file.domain not in {None, _domain(name)}
    )
    if odd:
        problems.append(f"{len(odd)} names of another section, domain or year: {listed(odd)}")
    n_expected = year.n_eval_clips
    if n_expected is not None and len(found) != n_expected:
        problems.append(f"{len(found)} different names, expected {n_expected}")
    return problems


def _is_labelled(name: str) -> bool:
    parts = parse_name(name)
    return parts is not None and parts.label is not None


def _domain(name: str) -> Domain | None:
    parts = parse_name(name)
    return None if parts is None else parts.domain


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
