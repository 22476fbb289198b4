"""``dcase-classic recalibrate``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_models
from dcase_classic.cli.output import echo_lines
from dcase_classic.cli.recordings import found_clips, raw_format, raw_option
from dcase_classic.run import Run


@click.command
@click.argument("recordings", nargs=-1, type=options.EXISTING)
@options.models_option
@click.option(
    "--machine",
    metavar="NAME",
    shell_complete=complete_models,
    help="Whose model, or NAME/SECTION; it may be left out where there is one.",
)
@raw_option
@options.false_alarms_option
@options.flag("--undo", help="Take back the last change of the model.")
@options.form_options
@options.run_options(on_error="skip", is_heavy=True, reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    recordings: tuple[Path, ...],
    models: Path,
    machine: str | None,
    raw: str | None,
    false_alarms: float | None,
    undo: bool,
    form: str | None,
    run: Run,
) -> None:
    """Give a model the threshold and scales of new normal RECORDINGS, ten or more.

    For the first normals after a service: what the model has learned stays, only what counts as
    unusual is measured anew. Without RECORDINGS --false-alarms changes the rate for good. The model
    that was stays in the folder: --undo brings it back.
    """
    from dcase_classic.pipeline import maintain
    from dcase_classic.report import maintenance, result_rows

    if undo and (recordings or false_alarms is not None):
        raise click.UsageError("--undo takes neither RECORDINGS nor --false-alarms")
    if undo:
        changed = maintain.undo(models, machine_type=machine, run=run)
    else:
        clips = found_clips(recordings, raw_format(raw))
        changed = maintain.recalibrate(
            clips, models, machine_type=machine, false_alarms=false_alarms, run=run
        )
    if form:
        echo_lines(result_rows.recalibrated_lines(changed, form))
    else:
        echo_lines(maintenance.recalibrated_lines(changed, is_undone=undo))
    options.say_signature(models)
    if changed.skipped:
        context.exit(3)
