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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    given: RecordingOptions,
    models: Path,
    false_alarms: float | None,
    out_of_range: str | None,
    as_json: bool,
    run: Run,
) -> None:
    """Say why RECORDINGS, files or folders of any names, have the scores that they have.

    What is odd about each, in Hz and seconds, how much of the score that is, what is as usual, and
    the normal recording that sounds most alike. Shares sum to the score. A recording that cannot be
    scored is named with the reason, and the exit status is 3.
    """
    from dcase_classic.pipeline.explain import explain
    from dcase_classic.report.explanations import explanations_text
    from dcase_classic.report.predictions import predictions_json

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
    emit((predictions_json if as_json else explanations_text)(with_names(rows)))
    end_with_skipped(context, sum(row.decision is None for row in rows))
