"""``dcase-classic demo``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit, say, show


@click.command
@options.path_option(
    "-o",
    "--output",
    default=Path("dcase-classic-demo"),
    metavar="DIR",
    show_default=True,
    help="Folder of recordings, models and results.",
)
@options.flag("--open", "opens", help="Show the folder when it is done.")
def command(output: Path, opens: bool) -> None:
    """Make synthetic recordings of two machines, then fit, score and evaluate them."""
    from dcase_classic.pipeline.demo import write_demo_data

    data, models, results = (output / name for name in ("data", "models", "results"))
    click.echo(f"{write_demo_data(data)} synthetic recordings of two machines in {data}\n")
    _fit_and_score(data, models, results)
    _evaluate(data, results)
    if opens and click.launch(str(output), wait=True):
        say(f"nothing here can show a folder: open {output} yourself")


def _fit_and_score(data: Path, models: Path, results: Path) -> None:
    from dcase_classic.config import load_preset
    from dcase_classic.pipeline.fit import iter_fit
    from dcase_classic.pipeline.score import iter_score
    from dcase_classic.report.progress import fitted_lines, scored_lines

    click.echo("fit: held-out false alarms on normal recordings, and the thresholds")
    show(iter_fit(data, models, load_preset("default"), is_forced=True), fitted_lines)
    click.echo("\nscore: test recordings above the threshold")
    show(iter_score(data, models, results), scored_lines)


def _evaluate(data: Path, results: Path) -> None:
    from dcase_classic.pipeline.evaluate import evaluate
    from dcase_classic.report.evaluation_text import ranking_text

    click.echo("\nevaluate: percent, the official metrics")
    emit(ranking_text(evaluate(results, (data,))))
