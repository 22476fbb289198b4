"""``dcase-classic explain``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, end_with_skipped, show_rate
from dcase_classic.cli.recordings import RecordingOptions, recording_options, spooled_clips
from dcase_classic.run import Run


@click.command
@recording_options
@options.models_option
@options.false_alarms_option
@options.out_of_range_option
@options.form_options
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    given: RecordingOptions,
    models: Path,
    false_alarms: float | None,
    out_of_range: str | None,
    form: str | None,
    run: Run,
) -> None:
    """Say why RECORDINGS, files or folders of any names, have the scores that they have.

    What is odd about each, in Hz and seconds, how much of the score that is, what is as usual, and
    the normal recording that sounds most alike. Shares sum to the score. A recording that cannot be
    scored is named with the reason, and the exit status is 3.
    """
    from dcase_classic.pipeline.explain import explain
    from dcase_classic.report.explanations import explanations_text
    from dcase_classic.report.predictions import predictions_rows

    with spooled_clips(given) as (clips, with_names):
        rows = explain(
            clips,
            models,
            machine_type=given.machine,
            false_alarms=false_alarms,
            out_of_range=out_of_range,
            run=run,
        )
    show_rate(models, false_alarms)
    explained = with_names(rows)
    emit(predictions_rows(explained, form) if form else explanations_text(explained))
    end_with_skipped(context, sum(row.decision is None for row in rows))
