"""``dcase-classic cache``."""

from pathlib import Path

import click

from dcase_classic.cli import options


@click.group
def command() -> None:
    """Show or clear the kept features of recordings (see --no-cache of fit and score).

    They are kept in $DCASE_CLASSIC_CACHE, or else in ~/.cache/dcase_classic. Clearing them is
    always safe: they are computed again when they are needed.
    """


_folder_option = click.option(
    "--cache", type=options.FOLDER, metavar="DIR", help="Folder of the cache."
)


@command.command("info")
@_folder_option
def info(cache: Path | None) -> None:
    """Show where the cache is and how much it holds."""
    from dcase_classic.io.feature_store import default_cache, store_info

    found = store_info(cache or default_cache())
    click.echo(f"folder  {found.folder}")
    click.echo(f"clips   {found.n_clips} (in {found.n_packs} files)")
    click.echo(f"size    {found.n_bytes / 1e6:.1f} MB")


@command.command("clear")
@_folder_option
def clear(cache: Path | None) -> None:
    """Remove the kept features."""
    from dcase_classic.io.feature_store import clear_store, default_cache

    held = clear_store(cache or default_cache())
    click.echo(f"removed the features of {held.n_clips} clips from {held.folder}")
