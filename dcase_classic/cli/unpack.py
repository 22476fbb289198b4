"""``dcase-classic unpack``."""

from pathlib import Path

import click

from dcase_classic.cli import options


@click.command
@click.argument("zips", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=options.FOLDER,
    metavar="DIR",
    help="Where to unpack; by default beside the zip files.",
)
def command(zips: Path, output: Path | None) -> None:
    """Unpack downloaded zip files such as dev_fan.zip: one file, or all in a folder.

    Nothing is written outside the folder: a zip file with absolute paths, '..', links, or of an
    absurd size is refused before its first file is written. Files that are there are kept.
    """
    from dcase_classic.io.zip_files import find_archives, unpack

    for archive in find_archives(zips):
        n_written = unpack(archive, output or archive.parent)
        click.echo(f"{archive.name}: {n_written} files")
