"""``dcase-classic info``."""

import click

from dcase_classic.cli import options
from dcase_classic.cli.output import emit


@click.command
@options.form_options
@options.allow_part_option
def command(form: str | None, allow_parts: tuple[str, ...]) -> None:
    """Show versions, and what settings can choose from.

    Parts that other installed packages offer stand at the end; none of their code runs here.
    """
    from dcase_classic.report import installation as texts
    from dcase_classic.report.rows import rows_text

    if form in {"jsonl", "csv"}:
        emit(rows_text(texts.part_rows(allow_parts), form))
    elif form:
        emit(texts.installation_json(allow_parts))
    else:
        emit(texts.versions_text() + texts.choices_text() + texts.offered_text(allow_parts))
