"""``dcase-classic prepare``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import show, show_overview


@click.command
@options.data_argument
@click.argument("out", type=options.FOLDER)
@click.option(
    "--segment-seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Length of a segment.",
)
@options.machine_option
@options.channel_option
@options.on_error_option("skip")
@options.jobs_option
@click.option("--force", is_flag=True, help="Replace segments of other settings.")
@click.option("--verify", is_flag=True, help="Only check every file in OUT.")
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    out: Path,
    segment_seconds: float,
    machines: tuple[str, ...],
    channel: int | str | None,
    on_error: str,
    n_jobs: int | None,
    force: bool,
    verify: bool,
) -> None:
    """Cut the recordings in DATA into segments in OUT, with a mel spectrogram for each.

    'fit' and 'score' can start from OUT: index.csv leads from segments back to recordings. What was
    prepared before is verified and kept. The channel is that of the spectrograms; segments keep
    all.
    """
    from dcase_classic.config import AudioConfig
    from dcase_classic.pipeline import prepare as verb
    from dcase_classic.pipeline.extract import OnError
    from dcase_classic.report.progress import prepared_lines

    if verify:
        click.echo(f"{verb.verify(out)} segments in {out} are as they were written")
        return
    try:
        settings = verb.PrepareSettings(
            segment_s=segment_seconds, audio=AudioConfig(channel=channel or 0)
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    show_overview(data, machines)
    prepared = verb.prepare(
        data,
        out,
        settings,
        machines=machines,
        n_jobs=n_jobs,
        is_forced=force,
        on_error=OnError(on_error),
    )
    if show(prepared, prepared_lines):
        context.exit(3)
