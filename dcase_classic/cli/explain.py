"""``dcase-classic explain``."""

from itertools import chain

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, end_with_skipped, show_rate
from dcase_classic.cli.recordings import InquiryOptions, inquiry_options, spooled_inquiry
from dcase_classic.run import Run


@click.command
@inquiry_options
@options.form_options
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(context: click.Context, asked: InquiryOptions, form: str | None, run: Run) -> None:
    """Say why RECORDINGS, files or folders of any names, have the scores that they have.

    What is odd about each, in Hz and seconds, how much of the score that is, what is as usual, and
    the normal recording that sounds most alike. Shares sum to the score. A recording that cannot be
    scored is named with the reason, and the exit status is 3.
    """
    from dcase_classic.pipeline.explain import explain
    from dcase_classic.report.explanations import explanations_text
    from dcase_classic.report.predictions import predictions_rows

    with spooled_inquiry(asked, run) as inquiry:
        rows = inquiry.named(chain.from_iterable(explain(inquiry)))
    show_rate(inquiry)
    emit(predictions_rows(rows, form) if form else explanations_text(rows))
    end_with_skipped(context, sum(row.decision is None for row in rows))
