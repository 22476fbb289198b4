"""``dcase-classic score``."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import end_with_skipped, say, show, show_overview, show_rate, warn
from dcase_classic.cli.page_options import PageOptions, page_options, report_option
from dcase_classic.errors import DcaseClassicError
from dcase_classic.run import Run
from dcase_classic.wording import counted

if TYPE_CHECKING:
    from dcase_classic.outcomes.scores import Scored
    from dcase_classic.report.page.document import Page


@click.command
@options.data_argument
@options.models_option
@options.path_option("-o", "--output", required=True, metavar="DIR", help="Folder of results.")
@options.machine_option
@options.year_option
@options.false_alarms_option
@options.out_of_range_option
@options.form_options
@options.run_options(on_error="skip", is_heavy=True, reads_models=True)
@report_option
@page_options
@options.flag("--p-values", help="Also write severities (100 at the threshold) and p-values.")
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    models: Path,
    output: Path,
    machines: tuple[str, ...],
    year: int | None,
    false_alarms: float | None,
    out_of_range: str | None,
    form: str | None,
    report: Path | None,
    page: PageOptions,
    run: Run,
    p_values: bool,
) -> None:
    """Write anomaly scores and decisions for the test recordings in DATA.

    Higher scores are more anomalous; decision 1 is an anomaly. A recording that cannot be used is
    named in skipped.csv, gets no row, and makes the exit status 3; one that is odd (clipped, partly
    silent, of another coding than in training ...) is scored and named in flagged.csv.
    """
    from dcase_classic.io.recordings.dataset import in_split
    from dcase_classic.pipeline.predict import Inquiry
    from dcase_classic.pipeline.score import ScoreSettings, iter_score
    from dcase_classic.records import Split
    from dcase_classic.report.progress import scored_lines
    from dcase_classic.report.result_rows import result_lines

    clips = in_split(show_overview(data, machines, year), Split.TEST, root=data)
    settings = ScoreSettings(
        year=year,
        with_p_values=p_values,
        false_alarms=false_alarms,
        out_of_range=out_of_range,
        command=options.command_line(context),
        with_predictions=report is not None,
    )
    results: list[Scored] = []
    scored = _kept(iter_score(clips, models, output, settings, run=run), results)
    inquiry = Inquiry(
        clips=clips,
        models=models.absolute(),
        false_alarms=false_alarms,
        out_of_range=out_of_range,
        run=run,
    )
    show_rate(inquiry)
    as_text = partial(scored_lines, with_p_values=p_values)
    with _telling_what_is_kept(results, output, report):
        n_skipped = show(scored, partial(result_lines, form=form) if form else as_text)
    say(f"results are in {output}")
    if report is not None:  # slow to import
        from dcase_classic.pipeline.page import write_recordings_page
        from dcase_classic.pipeline.predict import scored_rows

        add_metrics = partial(_with_metrics, results=output, year=year)
        rows = scored_rows(clips, results)
        write_recordings_page(report, inquiry, rows, page.settings(), complete=add_metrics)
    end_with_skipped(context, n_skipped)


@contextmanager
def _telling_what_is_kept(
    results: "list[Scored]", output: Path, report: Path | None
) -> "Iterator[None]":
    """Where it ends with an error, say what was scored before it."""
    try:
        yield
    except DcaseClassicError:
        if results:
            page = "" if report is None else "; no page is made of them"
            say(f"results of {counted(len(results), 'section')} are in {output}{page}")
        raise


def _with_metrics(page: "Page", results: Path, year: int | None) -> "Page":
    """The page with the metrics of its run; what they lack is printed too."""
    from dcase_classic.pipeline.page_challenge import with_challenge  # slow to import

    content = with_challenge(page, results, year)
    warn(content.warnings)
    return content


def _kept(results: "Iterable[Scored]", kept: "list[Scored]") -> "Iterator[Scored]":
    for result in results:
        kept.append(result)
        yield result
