"""``dcase-classic doctor``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit
from dcase_classic.cli.recordings import raw_format, raw_option
from dcase_classic.run import Run


@click.command
@click.argument("data", type=options.EXISTING)
@options.path_option("--models", metavar="DIR", help="Look at these models too.")
@options.year_option
@options.flag("--deep", help="Read all samples, not only headers.")
@raw_option
@options.form_options
@options.flag("--fail-on-findings", help="Exit with 1 if there is a finding.")
@options.run_options(reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    models: Path | None,
    year: int | None,
    deep: bool,
    raw: str | None,
    form: str | None,
    fail_on_findings: bool,
    run: Run,
) -> None:
    """Look through the recordings in DATA: counts, formats, duplicates, bad files, attributes.

    DATA is a data set, any folder of recordings, a recording, or a CSV list of them.
    """
    from dcase_classic.pipeline import doctor as verb
    from dcase_classic.report import examination as report
    from dcase_classic.report.rows import finding_rows, rows_text

    examination = verb.doctor(
        data, models=models, year=year, is_deep=deep, raw=raw_format(raw), run=run
    )
    if form in {"jsonl", "csv"}:
        emit(rows_text(finding_rows(examination.findings), form))
    else:
        emit((report.examination_json if form else report.examination_text)(examination))
    if fail_on_findings and examination.findings:
        context.exit(1)
