"""``dcase-classic predict``."""

from itertools import chain
from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, end_with_skipped, show_rate
from dcase_classic.cli.page_options import PageOptions, page_options, report_option
from dcase_classic.cli.recordings import InquiryOptions, inquiry_options, spooled_inquiry
from dcase_classic.run import Run


@click.command
@inquiry_options
@options.form_options
@options.flag("--why", help="Say why in the rows (see 'explain').")
@options.flag("--worst-first", help="Highest severity first, not as given.")
@options.flag("--fail-on-anomaly", help="Exit with 1 if there is an anomaly.")
@report_option
@page_options
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    asked: InquiryOptions,
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
    from dcase_classic.io.recordings.own_clips import known_labels
    from dcase_classic.pipeline.predict import predict_clips
    from dcase_classic.report import predictions as texts

    if why and form is None:
        raise click.UsageError("--why needs --json, --jsonl or --csv; for text there is 'explain'")
    if why and report is not None:
        raise click.UsageError("--why and --report exclude each other; the page says why")
    with spooled_inquiry(asked, run) as inquiry:
        labels = known_labels(inquiry.clips)
        if why:
            from dcase_classic.pipeline.explain import explain

            rows = explain(inquiry)
        else:
            rows = predict_clips(inquiry)
        unwritten = None
        if report is not None:
            from dcase_classic.pipeline.page import write_recordings_page

            try:
                rows = write_recordings_page(report, inquiry, rows, page.settings())
            except OSError as error:  # a full disk takes no rows away
                unwritten = error
    show_rate(inquiry)
    predictions = inquiry.named(chain.from_iterable(rows))
    if worst_first:
        predictions = texts.worst_first(predictions)
    if form:
        emit(texts.predictions_rows(predictions, form))
    else:
        emit(texts.predictions_text(predictions, labels))
    if unwritten is not None:
        raise unwritten
    if fail_on_anomaly and any(row.decision == 1 for row in predictions):
        context.exit(1)
    end_with_skipped(context, sum(row.decision is None for row in predictions))
