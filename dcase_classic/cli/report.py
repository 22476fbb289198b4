"""``dcase-classic report``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import say, warn
from dcase_classic.cli.page_options import PageOptions, page_options
from dcase_classic.run import Run

if TYPE_CHECKING:
    from dcase_classic.pipeline.evaluate import EvaluationSettings
    from dcase_classic.pipeline.page import PageSettings
    from dcase_classic.report.page.document import Page


@click.command
@click.argument("results", nargs=-1, type=options.FOLDER)
@options.truth_option
@options.path_option("--models", metavar="DIR", help="Show what these were fitted on.")
@click.option("--year", type=options.YEAR, help="Year whose metric rule counts.")
@options.skip_missing_option
@click.option(
    "-o", "--output", type=options.PAGE, required=True, metavar="FILE", help="The page, .html."
)
@page_options
@options.run_options(reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    results: tuple[Path, ...],
    truth_paths: tuple[Path, ...],
    models: Path | None,
    year: int | None,
    skip_missing: bool,
    output: Path,
    page: PageOptions,
    run: Run,
) -> None:
    """Make one page of RESULTS, folders of score files: metrics, histograms, curves, comparisons.

    RESULTS that end in .json or .jsonl are what 'predict --json --why' or '--jsonl --why' printed;
    the page shows and plays those recordings, as that of 'predict --report' does. With --models it
    shows and plays training recordings: those that fit least, and the most typical of every
    session. The page opens from disk and loads nothing. The exit status is 3 if some systems could
    not be evaluated.
    """
    from dcase_classic.pipeline.page import write_page
    from dcase_classic.pipeline.page_models import models_page

    if bool(results) == (models is not None):
        raise click.UsageError("give RESULTS, or --models DIR")
    given = {"--truth": truth_paths, "--year": year, "--skip-missing": skip_missing}
    idle = ", ".join(option for option, value in given.items() if value)
    if idle and all(map(_is_rows, results)):
        raise click.UsageError(f"{idle}: only with RESULTS that are folders of score files")
    has_failures = False
    if models is not None:
        content = models_page(models, page.settings(), run=run)
    else:
        from dcase_classic.pipeline.evaluate import EvaluationSettings

        evaluation = EvaluationSettings(year=year, skip_missing=skip_missing)
        content, has_failures = _results_page(
            results, truth_paths, evaluation, page.settings(), run
        )
    write_page(output, content)
    warn(content.warnings)
    say(f"the page is {output}")
    if has_failures:
        context.exit(3)


def _is_rows(path: Path) -> bool:
    """Whether rows of recordings are in it, not score files."""
    return path.suffix in {".json", ".jsonl"} and not path.is_dir()


def _results_page(
    results: tuple[Path, ...],
    truth_paths: tuple[Path, ...],
    evaluation: "EvaluationSettings",
    settings: "PageSettings",
    run: Run,
) -> "tuple[Page, bool]":
    """The page of rows of recordings, of folders of score files, or of both.

    With it, whether some of the systems could not be evaluated.
    """
    from dcase_classic.pipeline.evaluate import evaluate_folders
    from dcase_classic.pipeline.page_challenge import challenge_page
    from dcase_classic.pipeline.page_predictions import predictions_page

    rows = [path for path in results if _is_rows(path)]
    folders = [path for path in results if path not in rows]
    recordings = predictions_page(rows, settings, run=run) if rows else None
    if not folders and recordings is not None:
        return recordings, False
    evaluated = evaluate_folders(folders, truth_paths, evaluation)
    content = challenge_page(evaluated, evaluation.year)
    if recordings is not None:
        content = replace(recordings, challenge=content.challenge)
    return content, any(folder.failures for folder in evaluated)
