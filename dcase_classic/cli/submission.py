"""``dcase-classic submission``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, say, warn
from dcase_classic.wording import counted

_PATH = options.FOLDER
_year = click.option("--year", type=options.YEAR, required=True, help="Year of the challenge.")
_data = options.path_option(
    "--data",
    metavar="EVAL_DIR",
    help="Evaluation recordings or a ground truth, to compare every name with.",
)


@click.group
def command() -> None:
    """Check and pack the files that are handed in to the challenge."""


@command.command
@click.argument("folder", type=_PATH, metavar="DIR")
@_year
@_data
@options.form_options
@click.pass_context
def check(
    context: click.Context, folder: Path, year: int, data: Path | None, form: str | None
) -> None:
    """List all problems of the submission in DIR (or a zip file); exit status 2 if it has errors.

    Without --data the form and number of clip names is checked, but not every single name.
    """
    from dcase_classic.pipeline import submission
    from dcase_classic.report.about import check_json, check_text
    from dcase_classic.report.rows import finding_rows, rows_text

    report = submission.check(folder, year, data)
    if form in {"jsonl", "csv"}:
        emit(rows_text(finding_rows(report.findings), form))
    else:
        emit((check_json if form else check_text)(report))
    if report.n_errors:
        context.exit(2)


@command.command
@click.argument("results", type=_PATH)
@_year
@options.path_option("--meta", required=True, metavar="FILE", help="Describes the system.")
@click.option(
    "-o", "--output", type=options.PACKAGE, required=True, metavar="OUT.zip", help="Zip file."
)
@_data
@options.path_option("--report", metavar="PDF", help="Technical report to pack.")
def pack(
    results: Path, year: int, meta: Path, output: Path, data: Path | None, report: Path | None
) -> None:
    """Pack the RESULTS of one system as the challenge wants them, if nothing is wrong with them."""
    from dcase_classic.pipeline import submission

    packed = submission.pack(results, year, meta, output, data=data, technical_report=report)
    for finding in packed.findings:
        say(finding)
    click.echo(f"{output}: {counted(packed.n_files, 'file')}")


@command.command
@_year
@click.option("--label", required=True, help="<LastName>_<Institute>_task2_<1-4>")
@options.path_option(
    "--metrics", metavar="FILE", help="Development results from 'evaluate --json'."
)
@options.file_option
def meta(year: int, label: str, metrics: Path | None, output: Path | None) -> None:
    """Print a meta file with all keys of the year, to be filled in."""
    from dcase_classic.errors import SubmissionError
    from dcase_classic.io.results.metrics_file import read_metrics
    from dcase_classic.pipeline import submission

    if output is not None and output.is_file() and output.stat().st_size:
        advice = "name another file, or remove it"
        raise SubmissionError("is there, and may be filled in", path=output, advice=advice)
    emit(submission.make_meta(year, label, metrics), output)
    if metrics is not None:
        warn(read_metrics(metrics).warnings)
