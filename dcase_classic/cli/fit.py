"""``dcase-classic fit``."""

from pathlib import Path

import click

from dcase_classic.cli import options


@click.command
@options.data_argument
@options.models_option
@click.option("--preset", metavar="NAME", help="Settings that come with the package.")
@click.option("-c", "--config", type=options.FOLDER, metavar="FILE", help="Settings in TOML.")
@options.machine_option
@options.jobs_option
@options.backend_option
@options.scheduler_option
@options.cache_option
@click.option("--force", is_flag=True, help="Replace models of other settings or recordings.")
def command(
    data: Path,
    models: Path,
    preset: str | None,
    config: Path | None,
    machines: tuple[str, ...],
    n_jobs: int | None,
    backend: str,
    scheduler: str | None,
    has_cache: bool,  # noqa: FBT001 - click passes it by name
    force: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Fit a model for every machine and section from the normal recordings in DATA.

    DATA holds <machine>/train/section_NN_<domain>_train_normal_<index>[_attributes].wav, also below
    dev_data/ or raw/.
    """
    from dcase_classic.cli import tables  # noqa: PLC0415 - keeps --help fast
    from dcase_classic.config import load_config, load_preset  # noqa: PLC0415
    from dcase_classic.pipeline.fit import fit  # noqa: PLC0415

    if preset is not None and config is not None:
        raise click.UsageError("--preset and --config exclude each other")
    settings = load_preset(preset or "default") if config is None else load_config(config)
    with options.workers(backend, scheduler):
        fitted = fit(
            data,
            models,
            settings,
            machines=machines,
            n_jobs=n_jobs,
            is_forced=force,
            cache=options.cache_folder(has_cache),
        )
        tables.show_fitted(fitted)
    click.echo(f"models are in {models}", err=True)
