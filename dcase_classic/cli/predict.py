"""``dcase-classic predict``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, end_with_skipped, show_rate
from dcase_classic.cli.page_options import PageOptions, page_options, report_option
from dcase_classic.cli.recordings import RecordingOptions, recording_options, spooled_clips
from dcase_classic.run import Run


@click.command
@recording_options
@options.models_option
@options.false_alarms_option
@options.out_of_range_option
@options.form_options
@click.option("--why", is_flag=True, help="Say why in the rows (see 'explain').")
@click.option("--worst-first", is_flag=True, help="Highest severity first, not as given.")
@click.option("--fail-on-anomaly", is_flag=True, help="Exit with 1 if there is an anomaly.")
@report_option
@page_options
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    given: RecordingOptions,
    models: Path,
    false_alarms: float | None,
    out_of_range: str | None,
    form: str | None,
    why: bool,
    worst_first: bool,
    fail_on_anomaly: bool,
    report: Path | None,
    page: PageOptions,
    run: Run,
) -> None:
    """Score RECORDINGS, files or folders of any names, with the models of 'fit'.

    '-' is standard input, and pipes are read to their end.
    Higher scores are more anomalous. Severity is 0 for a usual normal recording and 100 at the
    threshold; p is the share of normal recordings that score as high, with ~ where a fitted tail
    tells it. A recording that cannot be scored is named with the reason, and the exit status is 3;
    with --fail-on-anomaly an anomaly makes it 1 in any case.
    """
    from dcase_classic.pipeline.explain import explain
    from dcase_classic.pipeline.page import PagePrinter
    from dcase_classic.pipeline.predict import predict
    from dcase_classic.report import predictions as texts

    if why and form is None:
        raise click.UsageError("--why needs --json, --jsonl or --csv; for text there is 'explain'")
    if why and report is not None:
        raise click.UsageError("--why and --report exclude each other; the page says why")
    with spooled_clips(given) as (clips, with_names):
        verb = explain if why else predict
        if report is not None:
            verb = PagePrinter(path=report, settings=page.settings()).predict
        rows = verb(
            clips,
            models,
            machine_type=given.machine,
            false_alarms=false_alarms,
            out_of_range=out_of_range,
            run=run,
        )
    show_rate(models, false_alarms)
    predictions = with_names(rows)
    if worst_first:
        predictions = texts.worst_first(predictions)
    if form:
        emit(texts.predictions_rows(predictions, form))
    else:
        emit(texts.predictions_text(predictions))
    if fail_on_anomaly and any(row.decision == 1 for row in rows):
        context.exit(1)
    end_with_skipped(context, sum(row.decision is None for row in rows))
