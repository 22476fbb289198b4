"""``dcase-classic unpack``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import echo_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcase_classic.outcomes.tables import Row


@click.command
@click.argument("zips", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=options.FOLDER,
    metavar="DIR",
    help="Where to unpack; by default beside the zip files.",
)
@options.form_options
def command(zips: Path, output: Path | None, form: str | None) -> None:
    """Unpack downloaded zip files such as dev_fan.zip: one file, or all in a folder.

    Nothing is written outside the folder: a zip file with absolute paths, '..', links, or of an
    absurd size is refused before its first file is written. Files that are there are kept.
    """
    from dcase_classic.io.zip_files import find_archives, unpack
    from dcase_classic.report.about import unpacked_lines
    from dcase_classic.report.rows import row_lines

    def rows() -> "Iterator[Row]":
        for archive in find_archives(zips):
            folder = output or archive.parent
            n_written = unpack(archive, folder)
            yield {"path": str(archive), "folder": str(folder), "n_written": n_written}

    echo_lines(row_lines(rows(), form) if form else unpacked_lines(rows()))
