"""``dcase-classic compare``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, warn


@click.command
@click.argument("results", type=options.FOLDER, nargs=-1, required=True)
@options.truth_option
@click.option("--year", type=options.YEAR, help="Year of the published results.")
@options.skip_missing_option
@options.form_options
@options.file_option
@click.pass_context
def command(
    context: click.Context,
    results: tuple[Path, ...],
    truth_paths: tuple[Path, ...],
    year: int | None,
    skip_missing: bool,
    form: str | None,
    output: Path | None,
) -> None:
    """Put RESULTS beside published baselines and systems, machine by machine.

    Differences refer to the first of the RESULTS. Several of them are compared with a paired
    jackknife that says whether a difference is more than noise. Values in JSON and CSV are in
    [0, 1]. The exit status is 3 if some systems of a folder could not be evaluated.
    """
    from dcase_classic.pipeline.compare import compare
    from dcase_classic.report.comparison import comparison_json, comparison_text
    from dcase_classic.report.rows import frame_rows, rows_text

    comparison = compare(results, truth_paths, year=year, skip_missing=skip_missing)
    if form in {"jsonl", "csv"}:
        text = rows_text(frame_rows(comparison.rows), form)
    else:
        text = (comparison_json if form else comparison_text)(comparison)
    emit(text, output)
    warn(comparison.warnings)
    if comparison.failures:
        context.exit(3)
