"""``dcase-classic cache``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit
from dcase_classic.wording import counted


@click.group
def command() -> None:
    """Show or clear the kept features of recordings (see --no-cache of fit and score).

    They are kept in $DCASE_CLASSIC_CACHE, or else in ~/.cache/dcase_classic. Clearing them is
    always safe: they are computed again when they are needed.
    """


_folder_option = options.path_option("--cache", metavar="DIR", help="Folder of the cache.")


@command.command("info")
@_folder_option
@options.form_options
def info(cache: Path | None, form: str | None) -> None:
    """Show where the cache is and how much it holds."""
    from dcase_classic.io.feature_store import default_cache, store_info
    from dcase_classic.report.about import cache_row, cache_text
    from dcase_classic.report.rows import row_text

    held = store_info(cache or default_cache())
    emit(row_text(cache_row(held), form) if form else cache_text(held))


@command.command("clear")
@_folder_option
def clear(cache: Path | None) -> None:
    """Remove the kept features."""
    from dcase_classic.io.feature_store import clear_store, default_cache

    held = clear_store(cache or default_cache())
    click.echo(f"removed the features of {counted(held.n_clips, 'clip')} from {held.folder}")
