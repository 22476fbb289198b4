"""Results to standard output, everything else to standard error."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dcase_classic.records import Clip


def emit(text: str, path: Path | None) -> None:
    """Print the text, which ends with a line end, and write it to a file if one is given."""
    from dcase_classic.io.files import write_text

    if path is not None:
        write_text(path, text)
    click.echo(text, nl=False)


def warn(messages: Iterable[str]) -> None:
    """Print one line for every warning."""
    for message in messages:
        click.echo(f"warning: {message}", err=True)


def show_overview(data: Path, machines: Iterable[str], year: int | None = None) -> "list[Clip]":
    """All clips of a data set; say which year they are of and what was decided in finding them."""
    from dcase_classic.challenge.which_year import guess_year
    from dcase_classic.io.recordings.dataset import find_clips
    from dcase_classic.report.overview import overview_lines

    clips = find_clips(data, machines=machines)
    for line in overview_lines(clips, guess_year(clips, year)):
        click.echo(line, err=True)
    return clips
