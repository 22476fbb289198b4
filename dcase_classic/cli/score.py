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
@click.option("--p-values", is_flag=True, help="Also write conformal p-values: small is anomalous.")
@click.pass_context
def command(
    context: click.Context,
    data: Path,
    models: Path,
    output: Path,
    machines: tuple[str, ...],
    n_jobs: int | None,
    p_values: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write anomaly scores and decisions for the test recordings in DATA.

    Higher scores are more anomalous; decision 1 is an anomaly. A recording that cannot be read is
    named in skipped.csv, gets no row, and makes the exit status 3.
    """
    from dcase_classic.cli import tables  # noqa: PLC0415 - keeps --help fast
    from dcase_classic.pipeline.score import score  # noqa: PLC0415

    scored = score(data, models, output, machines=machines, n_jobs=n_jobs, with_p_values=p_values)
    n_skipped = tables.show_scored(scored, with_p_values=p_values)
    click.echo(f"results are in {output}", err=True)
    if n_skipped:
        context.exit(3)
