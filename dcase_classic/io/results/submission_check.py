"""Whether score and decision files are what the challenge of a year accepts; all problems at once.

The official scripts pair rows by position, so a byte order mark, a doubled or a renamed row gives
wrong scores without a word; here every row is matched by its name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from dcase_classic.challenge.clip_names import is_audio, parse_name
from dcase_classic.challenge.result_names import (
    DECISIONS,
    SCORES,
    ResultName,
    expected_files,
    parse_result_name,
)
from dcase_classic.challenge.years import Subset, Year, find_year
from dcase_classic.errors import listed
from dcase_classic.evaluation.joining import name_problems
from dcase_classic.given_files import read_given_bytes
from dcase_classic.io.results.meta_yaml import LABEL, check_meta
from dcase_classic.io.results.package import META_ENDING, TASK_FOLDER
from dcase_classic.io.results.result_table import parse_table
from dcase_classic.io.results.systems import SystemFiles, find_systems, moved
from dcase_classic.io.zip_files import opened
from dcase_classic.outcomes.examinations import CheckReport
from dcase_classic.records import Domain, Finding, SectionKey
from dcase_classic.wording import counted

TestNames = Mapping[SectionKey, set[str]]


def check_submission(path: Path, year: int, test_names: TestNames | None) -> CheckReport:
    """Check a folder or zip file of systems; see `pipeline.submission.check`."""
    with opened(path) as folder:
        systems = find_systems(folder)
        findings = [
            finding
            for system in systems
            for finding in moved(_system_findings(system, year, test_names), folder, path)
        ]
    return CheckReport(
        n_systems=len(systems),
        n_files=sum(len(system.files) for system in systems),
        findings=tuple(findings),
    )


def check_files(
    folder: Path, contents: Mapping[Path, bytes], year: int, test_names: TestNames | None
) -> list[Finding]:
    """Every problem of the result files of one system.

    Parameters
    ----------
    folder : of the system; missing files are missed here.
    contents : of its score and decision files.
    year : of the challenge.
    test_names : the names of the evaluation clips; None if they are not at hand: then the form
        and the number of the names is checked, but not whether every single one is right.
    """
    record, expected = find_year(year), expected_files(year)
    paths = {path.name: path for path in contents}
    findings = [
        Finding.error(path, f"the same file is in {paths[path.name].parent}", advice="keep one")
        for path in contents
        if path != paths[path.name]
    ]
    findings += [
        Finding.error(folder, f"{name} is missing", advice=_similar(expected[name], paths))
        for name in sorted(expected.keys() - paths.keys())
    ]
    names_in: dict[str, set[str]] = {}
    for name, path in sorted(paths.items()):
        parsed = expected.get(name)
        if parsed is None:
            findings.append(_unexpected(path, record))
            continue
        table = parse_table(path, contents[path], is_decision=parsed.is_decision)
        findings += table.findings
        problems = _row_problems(set(table.values), parsed, record, test_names)
        findings += [Finding.error(path, problem) for problem in problems]
        names_in[name] = set(table.values)
    if test_names is None:
        findings += _pair_findings(paths, names_in)
        if record.n_eval_clips is None:
            problem = f"the number of clips is not checked for {year}"
            findings.append(Finding.warning(folder, problem, advice="--data compares every name"))
    return findings


def _system_findings(
    system: SystemFiles, year: int, test_names: TestNames | None
) -> Iterator[Finding]:
    """Every finding about one system: its result files, its meta file, what else is there."""
    home, in_package = system.folder, system.folder.resolve().parent.name == TASK_FOLDER
    contents = {path: read_given_bytes(path) for path in system.files}
    yield from check_files(home, contents, year, test_names)
    yield from system.findings
    odd = {finding.path for finding in system.findings}
    if any(path.parent != home for path in contents):
        make = Finding.error if in_package else Finding.warning
        problem = "files are in machine folders, expected all in one"
        yield make(home, problem, advice="'submission pack' gathers them")
    if in_package and not LABEL.fullmatch(home.name):
        yield Finding.error(home, "not named <LastName>_<Institute>_task2_<1-4>")
    metas = sorted(home.glob("*.yaml")) + sorted(home.glob("*.yml"))
    for meta in metas:
        yield from check_meta(meta, year, home.name if in_package else None)
    wanted = home / f"{home.name}{META_ENDING}"
    if in_package and wanted not in metas:
        yield Finding.error(wanted, "is missing", advice="'submission meta' makes it")
    if in_package and not any(home.parent.rglob("*.pdf")):
        yield Finding.warning(home.parent, "no technical report (.technical_report.pdf) in it")
    for path in sorted(set(home.iterdir()) - {*contents, *metas, *odd}):
        if path.is_file() and path.suffix != ".pdf":
            yield Finding.warning(path, "extra file, not part of it")


def _similar(missing: ResultName, names: Iterable[str]) -> str:
    """What to do with a file of another name that seems to be meant; empty if there is none."""
    for name in names:
        parsed = parse_result_name(name)
        if parsed is None or parsed.domain not in {None, missing.domain}:
            continue
        if replace(parsed, domain=missing.domain, is_by_id=missing.is_by_id) == missing:
            return f"{name} seems to hold it: rename it, or use 'submission pack'"
    return ""


def _unexpected(path: Path, year: Year) -> Finding:
    """What is wrong with the name of a result file."""
    parsed, sections = parse_result_name(path.name), year.machines[Subset.EVAL]
    if parsed is None:
        return Finding.error(path, "not the name of a result file")
    machine_type, section = parsed.machine_type, parsed.section
    wrong, expected = f"wrong machine: {machine_type}", ", ".join(sections)
    if machine_type in sections:
        wrong = f"wrong section: {machine_type} {section}"
        expected = ", ".join(sections[machine_type])
    if section not in sections.get(machine_type, ()):
        return Finding.error(
            path, f"{wrong} is not evaluated in {year.number}, expected {expected}"
        )
    if parsed.is_decision and not year.has_decisions:
        return Finding.error(path, f"{year.number} has no decisions", advice="remove the file")
    tail = year.submission_tail.format(section=section, domain=parsed.domain or "<domain>")
    return Finding.error(
        path, f"wrong name: expected the end {machine_type}_{tail}.csv in {year.number}"
    )


def _row_problems(
    names: set[str], file: ResultName, year: Year, test_names: TestNames | None
) -> list[str]:
    """What is wrong with the names of the rows as a whole."""
    labelled = sorted(name for name in names if _is_labelled(name))
    hidden = names - set(labelled)
    problems = []
    if labelled:
        problems.append(
            f"{counted(len(labelled), 'name carries', 'names carry')} "
            f"labels, expected hidden ones: {listed(labelled)}"
        )
    recoded = sorted(name for name in hidden if is_audio(name) and not name.endswith(".wav"))
    if recoded:
        do = counted(len(recoded), "name does", "names do")
        problems.append(f"{do} not end in .wav, as official ones: {listed(recoded)}")
    if test_names is not None:
        wanted = test_names.get((file.machine_type, file.section))
        if wanted is None:
            return [*problems, "the evaluation data has no test clip of this machine and section"]
        wanted = {name for name in wanted if file.domain in {None, _domain(name)}}
        return problems + name_problems(wanted, hidden | (names & wanted))
    odd = sorted(
        name
        for name in hidden.difference(recoded)
        if not year.is_hidden_name(name, file.section) or file.domain not in {None, _domain(name)}
    )
    if odd:
        problems.append(
            f"{counted(len(odd), 'name')} of another section, domain or year: {listed(odd)}"
        )
    if year.n_eval_clips not in {None, len(names)}:
        problems.append(f"{counted(len(names), 'different name')}, expected {year.n_eval_clips}")
    return problems


def _is_labelled(name: str) -> bool:
    parts = parse_name(name)
    return parts is not None and parts.label is not None


def _domain(name: str) -> Domain | None:
    parts = parse_name(name)
    return None if parts is None else parts.domain


def _pair_findings(paths: Mapping[str, Path], names_in: Mapping[str, set[str]]) -> list[Finding]:
    """Where a decision file has other names than the score file beside it."""
    return [
        Finding.error(paths[name], f"compared with the scores: {problem}")
        for name, names in names_in.items()
        for problem in name_problems(names_in.get(name.replace(DECISIONS, SCORES, 1), names), names)
    ]
