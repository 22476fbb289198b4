"""``dcase-classic evaluate``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, say_makers, warn
from dcase_classic.cli.page_options import report_option


@click.command
@click.argument("results", type=options.FOLDER)
@options.truth_option
@click.option("--year", type=options.YEAR, help="Year whose metric rule counts.")
@options.form_options
@options.file_option
@click.option(
    "--intervals/--no-intervals", default=True, help="Jackknife intervals (default) or none."
)
@options.skip_missing_option
@report_option
@click.pass_context
def command(
    context: click.Context,
    results: Path,
    truth_paths: tuple[Path, ...],
    year: int | None,
    form: str | None,
    output: Path | None,
    intervals: bool,
    skip_missing: bool,
    report: Path | None,
) -> None:
    """Compute the official metrics of RESULTS: one system, or a folder of many (a ranking).

    RESULTS is the output of 'score' or a folder of score and decision files. The exit status is 3
    if some systems of a ranking could not be evaluated. Values in JSON and CSV are in [0, 1].
    """
    from dcase_classic.pipeline import evaluate as verb
    from dcase_classic.report.evaluation_json import ranking_json
    from dcase_classic.report.evaluation_text import ranking_text
    from dcase_classic.report.rows import frame_rows, rows_text

    settings = verb.EvaluationSettings(
        year=year, with_intervals=intervals, skip_missing=skip_missing
    )
    (evaluated,) = verb.evaluate_folders([results], truth_paths, settings)
    ranking = evaluated.ranking()
    if form in {"jsonl", "csv"}:
        text = rows_text(frame_rows(ranking.to_frame()), form)
    else:
        text = ranking_json(ranking) if form else ranking_text(ranking)
    emit(text, output)
    say_makers(ranking.evaluations)
    warn(ranking.all_warnings)
    if report is not None:
        from dcase_classic.pipeline.page import write_page
        from dcase_classic.pipeline.page_challenge import challenge_page

        write_page(report, challenge_page([evaluated], year))
    if ranking.failures:
        context.exit(3)
