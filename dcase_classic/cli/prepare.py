"""``dcase-classic prepare``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import end_with_skipped, say, show, show_overview
from dcase_classic.errors import listed
from dcase_classic.run import Run
from dcase_classic.wording import counted

if TYPE_CHECKING:
    from dcase_classic.pipeline.prepare import PrepareSettings


@click.command
@options.data_argument
@click.argument("out", type=options.FOLDER)
@click.option(
    "--segment-seconds",
    type=options.Seconds(0.001),
    default=1.0,
    show_default=True,
    help="Length of a segment.",
)
@options.machine_option
@options.year_option
@options.channel_option
@options.form_options
@options.run_options(on_error="skip")
@options.flag("--force", help="Replace segments of other settings.")
@options.flag("--verify", help="Only check every file in OUT.")
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    out: Path,
    segment_seconds: float,
    machines: tuple[str, ...],
    year: int | None,
    channel: int | str | None,
    form: str | None,
    run: Run,
    force: bool,
    verify: bool,
) -> None:
    """Cut the recordings in DATA into segments in OUT, with a mel spectrogram for each.

    'fit' and 'score' can start from OUT: index.csv leads from segments back to recordings. What was
    prepared before is verified and kept. The channel is that of the spectrograms; segments keep
    all.
    """
    from dcase_classic.pipeline import prepare as verb
    from dcase_classic.report.progress import prepared_lines
    from dcase_classic.report.result_rows import result_lines

    if verify and form:
        raise click.UsageError(f"--{form} has nothing to say with --verify")
    if verify:
        click.echo(f"{counted(verb.verify(out), 'segment')} in {out}: all as written")
        return
    settings = _settings(segment_seconds, channel)
    clips = show_overview(data, machines, year)
    prepared = verb.iter_prepare(data, out, settings, machines=machines, is_forced=force, run=run)
    n_skipped = show(prepared, partial(result_lines, form=form) if form else prepared_lines)
    others = () if machines else verb.prepared_before(out, clips)
    if others:
        say(f"{out} also holds {listed(others)}: prepared before, and not in {data}")
    end_with_skipped(context, n_skipped)


def _settings(segment_s: float, channel: int | str | None) -> "PrepareSettings":
    from dcase_classic.config.sound import AudioConfig
    from dcase_classic.pipeline.prepare import PrepareSettings

    try:
        return PrepareSettings(segment_s=segment_s, audio=AudioConfig(channel=channel or 0))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
