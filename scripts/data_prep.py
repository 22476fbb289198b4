"""Cut the recordings under data/raw into segments with mel spectrograms under data/processed.

The classic first step: ``dcase-classic prepare data/raw data/processed``, with these defaults.
"""

from pathlib import Path

import click

from dcase_classic.cli import run_command
from dcase_classic.cli.options import FOLDER
from dcase_classic.cli.output import show
from dcase_classic.pipeline.prepare import PrepareSettings, prepare
from dcase_classic.report.progress import prepared_lines


@click.command(help=__doc__)
@click.option("--data", type=FOLDER, default=Path("data/raw"), show_default=True)
@click.option("--output", type=FOLDER, default=Path("data/processed"), show_default=True)
@click.option(
    "--segment-seconds",
    type=click.FloatRange(min=0.064),
    default=1.0,
    show_default=True,
)
@click.option("--jobs", "n_jobs", type=click.IntRange(min=1))
@click.option("--force", is_flag=True, help="Replace segments of other settings.")
@click.pass_context
def main(
    context: click.Context,
    data: Path,
    output: Path,
    segment_seconds: float,
    n_jobs: int | None,
    force: bool,
) -> None:
    """Prepare every machine."""
    settings = PrepareSettings(segment_s=segment_seconds)
    prepared = prepare(data, output, settings, n_jobs=n_jobs, is_forced=force)
    if show(prepared, prepared_lines):
        context.exit(3)


if __name__ == "__main__":
    run_command(main, name="data_prep.py")
