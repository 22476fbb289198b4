"""Arguments and options that several verbs share."""

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)

data_argument = click.argument(
    "data", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
models_option = click.option(
    "--models", type=FOLDER, required=True, metavar="DIR", help="Folder of the fitted models."
)
machine_option = click.option(
    "--machine", "machines", multiple=True, metavar="NAME", help="Only this machine; repeatable."
)
jobs_option = click.option(
    "-j",
    "--jobs",
    "n_jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes; default 1 for fewer than 1000 recordings, else all cores it may use.",
)
