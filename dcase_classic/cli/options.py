"""Arguments and options that several verbs share."""

from contextlib import AbstractContextManager, nullcontext
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
backend_option = click.option(
    "--backend",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Where the processes run: here, or on a Dask cluster that sees the same folders.",
)
scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Of the Dask cluster, such as tcp://10.0.0.1:8786."
)


def workers(backend: str, scheduler: str | None) -> AbstractContextManager[None]:
    """The block whose work is done by the chosen backend."""
    if (backend == "dask") != (scheduler is not None):
        raise click.UsageError("--backend dask and --scheduler ADDRESS need each other")
    if scheduler is None:
        return nullcontext()
    from dcase_classic.parallel import dask_cluster  # noqa: PLC0415 - keeps --help fast

    return dask_cluster(scheduler)


cache_option = click.option(
    "--no-cache",
    "has_cache",
    flag_value=False,
    default=True,
    help="Neither use nor keep the features of recordings (see 'cache').",
)


def cache_folder(has_cache: bool) -> Path | None:  # noqa: FBT001 - it is the option's value
    """Where features are kept, if at all."""
    from dcase_classic.io.feature_store import default_cache  # noqa: PLC0415 - keeps --help fast

    return default_cache() if has_cache else None
