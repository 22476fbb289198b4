"""``dcase-classic report``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import say
from dcase_classic.cli.page_options import PageOptions, page_options
from dcase_classic.run import Run


@click.command
@click.argument("results", nargs=-1, type=options.FOLDER)
@options.truth_option
@click.option(
    "--models", type=options.FOLDER, metavar="DIR", help="Show what these were fitted on."
)
@click.option("--year", type=options.YEAR, help="Year whose metric rule counts.")
@click.option(
    "-o", "--output", type=options.FOLDER, required=True, metavar="FILE", help="The page, .html."
)
@page_options
@options.run_options(reads_models=True)
def command(
    results: tuple[Path, ...],
    truth_paths: tuple[Path, ...],
    models: Path | None,
    year: int | None,
    output: Path,
    page: PageOptions,
    run: Run,
) -> None:
    """Make one page of RESULTS, folders of score files: metrics, histograms, curves, comparisons.

    With --models the page shows and plays training recordings: those that fit least, and the most
    typical of every session. The page opens from disk and loads nothing. For recordings there is
    'predict --report'.
    """
    from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate_folders
    from dcase_classic.pipeline.page import write_page
    from dcase_classic.pipeline.page_challenge import challenge_page
    from dcase_classic.pipeline.page_models import models_page

    if bool(results) == (models is not None):
        raise click.UsageError("give RESULTS, or --models DIR")
    if models is not None:
        content = models_page(models, page.settings(), run=run)
    else:
        settings = EvaluationSettings(year=year)
        content = challenge_page(evaluate_folders(results, truth_paths, settings), year)
    write_page(output, content)
    say(f"the page is {output}")
