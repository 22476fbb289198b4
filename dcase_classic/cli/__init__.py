"""The command line: one small file per verb; whatever is slow to import is imported late."""

import sys
from importlib import import_module
from typing import Any

import click

from dcase_classic._version import __version__
from dcase_classic.errors import DcaseClassicError

# verb: (module, one line of help); the modules are imported only when their verb is called.
_VERBS = {
    "evaluate": ("evaluate", "Compute the official metrics of results from the truth."),
    "submission": ("submission", "Check and pack files for the challenge."),
    "compare": ("compare", "Put results beside published ones and beside each other."),
}


class _LateGroup(click.Group):
    """A group that imports the module of a verb when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        module = import_module(f"dcase_classic.cli.{_VERBS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in _VERBS.items()])


@click.command(cls=_LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dcase-classic")
def _group() -> None:
    """Anomalous machine-sound detection for DCASE Challenge Task 2, on a CPU.

    Results go to standard output, everything else to standard error. Exit status: 0 done, 2 wrong
    usage or failure, 3 done but some recordings were skipped.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error that a user can mend is one line and status 2."""
    options: dict[str, Any] = {"args": arguments, "prog_name": "dcase-classic"}
    try:
        _group(**options)
    except DcaseClassicError as error:
        click.echo(f"dcase-classic: {error}", err=True)
        sys.exit(2)
    except (OSError, MemoryError) as error:
        click.echo(
            f"dcase-classic: {error}; check the path, its rights and the free space", err=True
        )
        sys.exit(2)
