"""``dcase-classic score``."""

from functools import partial
from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import show, show_overview


@click.command
@options.data_argument
@options.models_option
@click.option(
    "-o", "--output", type=options.FOLDER, required=True, metavar="DIR", help="Folder of results."
)
@options.machine_option
@options.year_option
@options.on_error_option("skip")
@options.jobs_option
@click.option("--p-values", is_flag=True, help="Also write conformal p-values: small is anomalous.")
@options.backend_option
@options.scheduler_option
@options.cache_option
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    models: Path,
    output: Path,
    machines: tuple[str, ...],
    year: int | None,
    on_error: str,
    n_jobs: int | None,
    p_values: bool,
    backend: str,
    scheduler: str | None,
    has_cache: bool,
) -> None:
    """Write anomaly scores and decisions for the test recordings in DATA.

    Higher scores are more anomalous; decision 1 is an anomaly. A recording that cannot be used is
    named in skipped.csv, gets no row, and makes the exit status 3; one that is odd (clipped, partly
    silent, of another coding than in training ...) is scored and named in flagged.csv.
    """
    from dcase_classic.io.recordings.dataset import of_split
    from dcase_classic.pipeline.extract import OnError
    from dcase_classic.pipeline.score import score_clips
    from dcase_classic.records import Split
    from dcase_classic.report.progress import scored_lines

    clips = of_split(show_overview(data, machines, year), Split.TEST, root=data)
    with options.workers(backend, scheduler):
        scored = score_clips(
            clips,
            models,
            output,
            n_jobs=n_jobs,
            year=year,
            on_error=OnError(on_error),
            with_p_values=p_values,
            cache=options.cache_folder(has_cache),
        )
        n_skipped = show(scored, partial(scored_lines, with_p_values=p_values))
    click.echo(f"results are in {output}", err=True)
    if n_skipped:
        context.exit(3)
