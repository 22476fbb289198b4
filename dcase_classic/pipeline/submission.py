"""Check and pack what is handed in to the challenge, and make its meta file."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dcase_classic.challenge.years import find_year
from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.evaluation.joining import name_problems
from dcase_classic.io.files import write_text
from dcase_classic.io.results.meta_yaml import LABEL, check_meta, meta_template, read_meta
from dcase_classic.io.results.score_files import (
    System,
    SystemFiles,
    find_systems,
    official_files,
    read_system,
)
from dcase_classic.io.results.submission_check import TestNames, check_files
from dcase_classic.io.results.truth import read_test_names
from dcase_classic.io.zip_files import opened, write_zip
from dcase_classic.outcomes import CheckReport
from dcase_classic.records import (
    ClipScore,
    Finding,
    SectionKey,
    SectionResult,
    SectionScores,
    Severity,
)

TASK_FOLDER = "task2"
META_ENDING = ".meta.yaml"


def check(path: Path, year: int, data: Path | None = None) -> CheckReport:
    """Check a submission: one system's folder, a folder of systems, or a package (or its zip file).

    Parameters
    ----------
    path : a package has ``task2/<label>/`` with the files of each system; of anything else only the
        result files, and a meta file that is there, are checked.
    year : of the challenge.
    data : the evaluation recordings, or a ground truth, so that every name can be compared.

    Raises
    ------
    DataError : if there is no result file at all, or ``data`` has no test clip.
    """
    test_names = None if data is None else read_test_names(data)
    with opened(path) as folder:
        systems = find_systems(folder)
        findings = [
            replace(finding, path=_shown(finding.path, folder, path))
            for found in systems
            for finding in _system_findings(found, year, test_names)
        ]
    return CheckReport(
        n_systems=len(systems),
        n_files=sum(len(found.paths) for found in systems),
        findings=tuple(findings),
    )


def pack(
    results: Path,
    year: int,
    meta: Path,
    output: Path,
    *,
    data: Path | None = None,
    technical_report: Path | None = None,
) -> CheckReport:
    """Pack the results of one system as ``task2/<label>/`` into a zip file, if they are complete.

    Files get the names of the year, their rows are sorted, line ends are LF.

    Parameters
    ----------
    results : the output of ``score``, or a folder of score and decision files.
    year : of the challenge.
    meta : the file that describes the system; its label names the folder.
    output : the zip file; the same results give the same bytes.
    data : see `check`.
    technical_report : a PDF that goes into the package.

    Returns
    -------
    CheckReport : with warnings only.

    Raises
    ------
    SubmissionError : with every problem of results and meta file; nothing is written then.
    """
    system = _only_system(results)
    block = read_meta(meta).get("submission")
    label = block.get("label") if isinstance(block, dict) else None
    test_names = None if data is None else read_test_names(data)
    texts, findings = _official_texts(system, year)
    # What packing mends, such as CRLF, needs no warning.
    findings += [finding for finding in system.findings if finding.severity is Severity.ERROR]
    findings += _findings_of_texts(texts, results, year, test_names)
    findings += check_meta(meta, year)
    errors = list(dict.fromkeys(str(one) for one in findings if one.severity is Severity.ERROR))
    if errors:
        raise SubmissionError("\n".join([f"{results}: {len(errors)} errors, not packed", *errors]))
    contents = {name: text.encode() for name, text in texts.items()}
    contents[f"{label}{META_ENDING}"] = meta.read_bytes().replace(b"\r\n", b"\n")
    if technical_report is not None:
        contents[f"{label}.technical_report.pdf"] = technical_report.read_bytes()
    write_zip(output, {f"{TASK_FOLDER}/{label}/{name}": text for name, text in contents.items()})
    warnings = tuple(finding for finding in findings if finding.severity is Severity.WARNING)
    return CheckReport(n_systems=1, n_files=len(contents), findings=warnings)


def make_meta(year: int, label: str, metrics: Path | None = None) -> str:
    """A meta file with all keys of the year, to be filled in.

    Parameters
    ----------
    year : of the challenge.
    label : of the system.
    metrics : what ``evaluate --json`` wrote about the development set; its results go in.

    Raises
    ------
    SubmissionError : if the label is not ``<LastName>_<Institute>_task2_<1-4>``.
    DataError : if the metrics are not those of one system.
    """
    if not LABEL.fullmatch(label):
        raise SubmissionError(f"label: got {label!r}, expected <LastName>_<Institute>_task2_<1-4>")
    return meta_template(year, label, {} if metrics is None else _development_results(metrics))


def _system_findings(
    found: SystemFiles, year: int, test_names: TestNames | None
) -> Iterator[Finding]:
    """Every finding about one system: its result files, its meta file, what else is there."""
    home, paths = found.folder, found.paths
    in_package = home.resolve().parent.name == TASK_FOLDER
    yield from check_files(home, paths, year, test_names)
    if any(path.parent != home for path in paths):
        text = "files are in machine folders, expected all in one; 'submission pack' gathers them"
        yield Finding(
            severity=Severity.ERROR if in_package else Severity.WARNING, path=home, problem=text
        )
    if in_package and not LABEL.fullmatch(home.name):
        text = "not named <LastName>_<Institute>_task2_<1-4>"
        yield _error(home, text)
    metas = sorted(home.glob("*.yaml")) + sorted(home.glob("*.yml"))
    for meta in metas:
        yield from check_meta(meta, year, home.name if in_package else None)
    wanted = home / f"{home.name}{META_ENDING}"
    if in_package and wanted not in metas:
        yield _error(wanted, "is missing; 'submission meta' makes it")
    if in_package and not any(home.parent.rglob("*.pdf")):
        text = "no technical report (.technical_report.pdf) in it"
        yield Finding(severity=Severity.WARNING, path=home.parent, problem=text)
    known = {*paths, *metas}
    for path in sorted(home.iterdir()):
        if path.is_file() and path not in known and path.suffix != ".pdf":
            yield Finding(
                severity=Severity.WARNING, path=path, problem="extra file, not part of it"
            )


def _shown(path: Path, folder: Path, given: Path) -> Path:
    """The path that people know: that of the zip file instead of the temporary folder."""
    return given / path.relative_to(folder) if folder != given else path


def _only_system(results: Path) -> System:
    systems = find_systems(results)
    if len(systems) != 1:
        names = ", ".join(found.name for found in systems)
        raise SubmissionError(
            f"{len(systems)} systems ({names})", path=results, advice="give one's folder"
        )
    return read_system(systems[0])


def _official_texts(system: System, year: int) -> tuple[dict[str, str], list[Finding]]:
    """The official files by their names; what cannot be written is a finding."""
    record = find_year(year)
    texts: dict[str, str] = {}
    findings = []
    for key, section in sorted(system.sections.items()):
        if section.decisions is not None:
            problems = name_problems(section.anomaly_scores.keys(), section.decisions.keys())
            findings += [
                _error(Path(system.name), f"decisions of {key[0]} {key[1]}: {problem}")
                for problem in problems
            ]
        try:
            texts |= official_files(
                _section_scores(key, section),
                tail=record.submission_tail,
                has_decisions=record.has_decisions and section.decisions is not None,
            )
        except SubmissionError as error:
            findings.append(_error(Path(system.name), str(error)))
    return texts, findings


def _section_scores(key: SectionKey, section: SectionResult) -> SectionScores:
    decisions = section.decisions or {}
    return SectionScores(
        machine_type=key[0],
        section=key[1],
        scores=tuple(
            ClipScore(name=name, anomaly_score=score, is_anomaly=decisions.get(name) == 1)
            for name, score in section.anomaly_scores.items()
        ),
    )


def _findings_of_texts(
    texts: dict[str, str], results: Path, year: int, test_names: TestNames | None
) -> list[Finding]:
    """What the check says about the files as they would be packed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, text in texts.items():
            write_text(folder / name, text)
        findings = check_files(folder, sorted(folder.iterdir()), year, test_names)
    return [
        replace(finding, path=results if finding.path == folder else results / finding.path.name)
        for finding in findings
    ]


def _development_results(metrics: Path) -> dict[tuple[str, str], float]:
    """Per machine and key of every year, in percent with two decimals."""
    try:
        machines = json.loads(metrics.read_text("utf-8"))["machines"]
        means = {
            one["machine_type"]: (one["arithmetic_mean"], one["harmonic_mean"]) for one in machines
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "not the metrics of one system",
            path=metrics,
            advice="expected the output of 'evaluate --json'",
        ) from error
    results: dict[tuple[str, str], float] = {}
    for machine_type, (arithmetic, harmonic) in means.items():
        sources = {f"averaged_{key}": arithmetic.get(key) for key in ("auc", "pauc")}
        for key in ("auc_source", "auc_target", "pauc"):
            sources[key] = sources[f"harmonic_mean_{key}"] = harmonic.get(key)
        results |= {
            (machine_type, key): round(100 * value, 2)
            for key, value in sources.items()
            if value is not None
        }
    return results


def _error(path: Path, text: str) -> Finding:
    return Finding(severity=Severity.ERROR, path=path, problem=text)
