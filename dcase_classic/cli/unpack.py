"""``dcase-classic unpack``."""

from pathlib import Path

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import echo_lines


@click.command
@click.argument("zips", type=options.EXISTING)
@options.path_option(
    "-o", "--output", metavar="DIR", help="Where to unpack; by default beside the zip files."
)
@options.form_options
def command(zips: Path, output: Path | None, form: str | None) -> None:
    """Unpack downloaded zip files such as dev_fan.zip: one file, or all in a folder.

    Nothing is written outside the folder: a zip file with absolute paths, '..', links, or of an
    absurd size is refused before its first file is written. Equal files are kept.
    """
    from dcase_classic.io.zip_files import unpack_all
    from dcase_classic.report.about import unpacked_lines, unpacked_rows
    from dcase_classic.report.rows import row_lines

    unpacked = unpack_all(zips, output)
    echo_lines(row_lines(unpacked_rows(unpacked), form) if form else unpacked_lines(unpacked))
