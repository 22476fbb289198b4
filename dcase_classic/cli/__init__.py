"""The command line: one small file per verb; whatever is slow to import is imported late."""

import atexit
import gc
from importlib import import_module

import click

from dcase_classic._version import __version__
from dcase_classic.cli.exits import run_command
from dcase_classic.cli.verbosity import add_verbosity
from dcase_classic.errors import closest

# verb: (module, one line of help); the modules are imported only when their verb is called.
_VERBS = {
    "demo": ("demo", "Make synthetic recordings, then fit, score and evaluate them."),
    "prepare": ("prepare", "Cut recordings into segments with mel spectrograms."),
    "fit": ("fit", "Fit a model for every machine from normal recordings."),
    "score": ("score", "Write anomaly scores and decisions for the test recordings."),
    "predict": ("predict", "Score any recordings: files, folders, or a list."),
    "explain": ("explain", "Say why recordings have their scores, where and when."),
    "watch": ("watch", "Listen to a folder, a stream or a device, and raise alarms."),
    "report": ("report", "Make a page of results, or of what models were fitted on."),
    "evaluate": ("evaluate", "Compute the official metrics of results from the truth."),
    "submission": ("submission", "Check and pack files for the challenge."),
    "compare": ("compare", "Put results beside published ones and beside each other."),
    "doctor": ("doctor", "Look through recordings before anything is computed."),
    "download": ("download", "Download the official recordings of a year."),
    "unpack": ("unpack", "Unpack downloaded zip files safely."),
    "models": ("models", "List, show, rename, remove, sign or check models."),
    "recalibrate": ("recalibrate", "Give a model a new threshold, as after a service."),
    "config": ("config", "Show, check and explain settings."),
    "cache": ("cache", "Show or clear the kept features of recordings."),
    "info": ("info", "Show versions, and what settings can choose from."),
}

_OBJECTS_BETWEEN_LOOKS = 100_000


class _LateGroup(click.Group):
    """A group that imports the module of a verb when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module = import_module(f"dcase_classic.cli.{_VERBS[cmd_name][0]}")
        command: click.Command = module.command
        add_verbosity(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb; a close one is suggested where there is none of the name."""
        if args[0] not in _VERBS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}. {closest(args[0], _VERBS)}".rstrip())
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in _VERBS.items()])


@click.command(
    cls=_LateGroup,
    # nothing is coloured here: what click would take for colours is of names, and a result is whole
    context_settings={"help_option_names": ["-h", "--help"], "color": True},
)
@click.version_option(__version__, prog_name="dcase-classic")
def _group() -> None:
    """Anomalous machine-sound detection for DCASE Challenge Task 2, on a CPU.

    Results go to standard output, everything else to standard error. Exit status: 0 done, 1
    findings where they were asked to fail, 2 wrong usage or failure, 3 done but some recordings
    were skipped, 70 a fault of this program, 130 interrupted, 143 terminated.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run ``dcase-classic``."""
    # what is imported stays: looking for garbage in it every 700 objects takes a tenth of the
    # start, and every 20,000 a twentieth
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    # nor is any looked for at the end of the process, whose memory goes back as a whole
    atexit.register(gc.disable)
    run_command(_group, arguments, name="dcase-classic")
