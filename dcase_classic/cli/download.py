"""``dcase-classic download``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import echo_lines, emit, say
from dcase_classic.wording import counted


@click.command
@click.argument("year", type=options.YEAR)
@click.option("--machine", "machines", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["dev", "train", "eval"]),
    help="Development, additional training or evaluation data; repeatable, all by default.",
)
@options.path_option(
    "-o",
    "--output",
    default=Path("data"),
    metavar="DIR",
    show_default=True,
    help="Folder of the data sets.",
)
@click.option("--base-url", metavar="URL", help="A mirror of the records instead of Zenodo.")
@options.flag("--dry-run", help="Only show what would be downloaded.")
@options.form_options
def command(
    year: int,
    machines: tuple[str, ...],
    parts: tuple[str, ...],
    output: Path,
    base_url: str | None,
    dry_run: bool,
    form: str | None,
) -> None:
    """Download the official recordings of a YEAR, check their hashes, and unpack them.

    They are some GB per year. What is complete is kept: call it again after a break. Needs the
    extra: pip install 'dcase_classic[download]'.
    """
    from dcase_classic.challenge.years import RecordKind
    from dcase_classic.io.recordings.download import ZENODO, Server
    from dcase_classic.pipeline import download as verb
    from dcase_classic.report.about import file_rows, plan_lines
    from dcase_classic.report.rows import rows_text

    if form and not dry_run:
        raise click.UsageError(f"--{form} needs --dry-run")
    server, kinds = Server(base_url=base_url or ZENODO), [RecordKind(part) for part in parts]
    plan = verb.plan_download(
        year, server, kinds=kinds, machines=machines, warn=lambda text: say(f"warning: {text}")
    )
    echo_lines(plan_lines(plan, with_files=dry_run and not form))
    if form:
        emit(rows_text(file_rows(plan), form))
    for done in () if dry_run else verb.download(plan, server, output):
        click.echo(f"{done.path}: {counted(done.n_written, 'new file')}")
