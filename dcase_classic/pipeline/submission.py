"""Check and pack what is handed in to the challenge, and make its meta file."""

from pathlib import Path

from dcase_classic.challenge.years import find_year
from dcase_classic.errors import SubmissionError
from dcase_classic.evaluation.joining import SectionResult, name_problems
from dcase_classic.io.results.meta_yaml import check_meta, meta_template, read_meta
from dcase_classic.io.results.metrics_file import read_metrics
from dcase_classic.io.results.package import write_package
from dcase_classic.io.results.score_files import official_files
from dcase_classic.io.results.submission_check import check_files, check_submission
from dcase_classic.io.results.systems import System, raise_errors, read_systems
from dcase_classic.io.results.truth import read_test_names
from dcase_classic.outcomes.examinations import CheckReport
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.scores import SectionScores
from dcase_classic.records import Finding, SectionKey, Severity


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
    return check_submission(path, year, None if data is None else read_test_names(data))


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
    own = {path.name: path for path in system.files}  # told by the file that people have
    contents = {own.get(name, results / name): text.encode() for name, text in texts.items()}
    findings += check_files(results, contents, year, test_names)
    findings += check_meta(meta, year)
    raise_errors(findings, "not packed", path=results)
    n_files = write_package(output, str(label), texts, meta=meta, technical_report=technical_report)
    return CheckReport(n_systems=1, n_files=n_files, findings=tuple(findings))


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
    DataError : if the metrics are not those of one system on whole machines of that set.
    """
    if metrics is None:
        return meta_template(year, label)
    results = read_metrics(metrics)
    results.check_development_set(year)
    return meta_template(year, label, results.means)


def _only_system(results: Path) -> System:
    systems = read_systems(results)
    if len(systems) != 1:
        names = ", ".join(system.name for system in systems)
        raise SubmissionError(
            f"{len(systems)} systems ({names})", path=results, advice="give one's folder"
        )
    return systems[0]


def _official_texts(system: System, year: int) -> tuple[dict[str, str], list[Finding]]:
    """The official files by their names; what cannot be written is a finding."""
    texts: dict[str, str] = {}
    findings = []
    record = find_year(year)
    for key, section in sorted(system.sections.items()):
        if section.decisions is not None:
            problems = name_problems(section.anomaly_scores.keys(), section.decisions.keys())
            findings += [
                Finding.error(system.folder, f"decisions of {key[0]} {key[1]}: {problem}")
                for problem in problems
            ]
        try:
            texts |= official_files(
                _section_scores(key, section),
                tail=record.submission_tail,
                has_decisions=record.has_decisions and section.decisions is not None,
            )
        except SubmissionError as error:
            error.path = system.folder
            findings.append(Finding.from_error(error))
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
