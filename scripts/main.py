"""Train every machine under data/raw and write results/<machine>/anomaly_score_... and decisions.

The classic second step: ``dcase-classic fit`` and ``score`` in one, with the plain file names
``anomaly_score_<machine>_section_<NN>.csv`` and ``decision_result_<machine>_section_<NN>.csv``.
"""

from dataclasses import replace
from pathlib import Path

import click

from dcase_classic.challenge.years import PLAIN_TAIL
from dcase_classic.cli import run_command
from dcase_classic.cli.options import FOLDER, run_options
from dcase_classic.cli.output import show
from dcase_classic.config import OutputConfig, load_preset
from dcase_classic.pipeline.fit import iter_fit
from dcase_classic.pipeline.score import iter_score
from dcase_classic.report.progress import fitted_lines, scored_lines
from dcase_classic.run import Run


@click.command(help=__doc__)
@click.option("--data", type=FOLDER, default=Path("data/raw"), show_default=True)
@click.option("--models", type=FOLDER, default=Path("models"), show_default=True)
@click.option("--results", type=FOLDER, default=Path("results"), show_default=True)
@click.option("--preset", default="default", show_default=True)
@run_options()
@click.option("--force", is_flag=True, help="Replace models of other settings or recordings.")
@click.pass_context
def main(
    context: click.Context,
    data: Path,
    models: Path,
    results: Path,
    preset: str,
    run: Run,
    force: bool,
) -> None:
    """Fit, then score."""
    config = replace(load_preset(preset), output=OutputConfig(tail=PLAIN_TAIL))
    show(iter_fit(data, models, config, is_forced=force, run=run), fitted_lines)
    if show(iter_score(data, models, results, run=run), scored_lines):
        context.exit(3)


if __name__ == "__main__":
    run_command(main, name="main.py")
