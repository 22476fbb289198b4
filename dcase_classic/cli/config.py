"""``dcase-classic config``."""

from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit
from dcase_classic.cli.settings import settings_options
from dcase_classic.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from dcase_classic.config import Config


@click.group
def command() -> None:
    """Show, check and explain settings.

    FILE is a TOML file; without it ./dcase-classic.toml, if there is one, or the default preset.
    """


@command.command("show")
@settings_options(is_argument=True)
@options.file_option
def show(settings: "Config", output: "Path | None") -> None:
    """Print the settings that result, as TOML that can be given to --config."""
    from dcase_classic.report.settings_toml import settings_toml

    emit(settings_toml(settings), output)


@command.command("check")
@settings_options(is_argument=True)
def check(settings: "Config") -> None:
    """Tell all mistakes in settings, each with its line and what would be right."""
    click.echo(f"nothing is wrong with these settings of {counted(len(settings.views), 'view')}")


@command.command("docs")
@options.file_option
def docs(output: "Path | None") -> None:
    """Print what every setting means, its unit, default, range and source, as Markdown."""
    from dcase_classic.report.settings_reference import settings_reference

    emit(settings_reference(), output)
