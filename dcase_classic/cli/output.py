"""Results to standard output, everything else to standard error."""

from collections.abc import Iterable
from pathlib import Path

import click


def emit(text: str, path: Path | None) -> None:
    """Print the text, which ends with a line end, and write it to a file if one is given."""
    from dcase_classic.io.files import write_text  # noqa: PLC0415 - keeps --help fast

    if path is not None:
        write_text(path, text)
    click.echo(text, nl=False)


def warn(messages: Iterable[str]) -> None:
    """Print one line for every warning."""
    for message in messages:
        click.echo(f"warning: {message}", err=True)
