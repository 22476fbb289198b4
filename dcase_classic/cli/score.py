"""``dcase-classic score``."""

from pathlib import Path

import click

from dcase_classic.cli import options


@click.command
@options.data_argument
@options.models_option
@click.option(
    "-o", "--output", type=options.FOLDER, required=True, metavar="DIR", help="Folder of results."
)
@options.machine_option
@options.jobs_option
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
    n_jobs: int | None,
    backend: str,
    scheduler: str | None,
    has_cache: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write anomaly scores and decisions for the test recordings in DATA.

    Higher scores are more anomalous; decision 1 is an anomaly. A recording that cannot be read is
    named in skipped.csv, gets no row, and makes the exit status 3.
    """
    from dcase_classic.cli import tables  # noqa: PLC0415 - keeps --help fast
    from dcase_classic.pipeline.score import score  # noqa: PLC0415

    with options.workers(backend, scheduler):
        scored = score(
            data,
            models,
            output,
            machines=machines,
            n_jobs=n_jobs,
            cache=options.cache_folder(has_cache),
        )
        n_skipped = tables.show_scored(scored)
    click.echo(f"results are in {output}", err=True)
    if n_skipped:
        context.exit(3)
