"""Cut the recordings under data/raw into segments with mel spectrograms under data/processed.

The classic first step: ``dcase-classic prepare data/raw data/processed``, with these defaults.
"""

from pathlib import Path

import click

from dcase_classic.cli import run_command
from dcase_classic.cli.options import FOLDER, run_options
from dcase_classic.cli.output import show
from dcase_classic.pipeline.prepare import PrepareSettings, iter_prepare
from dcase_classic.report.progress import prepared_lines
from dcase_classic.run import Run


@click.command(help=__doc__)
@click.option("--data", type=FOLDER, default=Path("data/raw"), show_default=True)
@click.option("--output", type=FOLDER, default=Path("data/processed"), show_default=True)
@click.option("--segment-seconds", type=click.FloatRange(min=0.064), default=1.0, show_default=True)
@run_options()
@click.option("--force", is_flag=True, help="Replace segments of other settings.")
@click.pass_context
def main(
    context: click.Context, data: Path, output: Path, segment_seconds: float, run: Run, force: bool
) -> None:
    """Prepare every machine."""
    settings = PrepareSettings(segment_s=segment_seconds)
    prepared = iter_prepare(data, output, settings, is_forced=force, run=run)
    if show(prepared, prepared_lines):
        context.exit(3)


if __name__ == "__main__":
    run_command(main, name="data_prep.py")
