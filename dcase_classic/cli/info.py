"""``dcase-classic info``."""

import click

from dcase_classic.cli.output import emit


@click.command
def command() -> None:
    """Show versions, and what settings can choose from."""
    from dcase_classic.report.installation import choices_text, versions_text

    emit(versions_text() + choices_text())
