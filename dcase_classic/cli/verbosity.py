"""``-v``, ``-vv`` and ``-q``, which every verb has."""

import logging

import click

from dcase_classic.cli.output import say
from dcase_classic.log import LOGGER


class _EchoHandler(logging.Handler):
    """To standard error, as everything that is no result."""

    def emit(self, record: logging.LogRecord) -> None:
        say(self.format(record))


_HANDLER = _EchoHandler()


def add_verbosity(command: click.Command) -> None:
    """Give a verb, and all verbs below it, both options; once."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            add_verbosity(below)
    elif not any(option.name == "verbose" for option in command.params):
        command.params += [
            click.Option(
                ["-v", "--verbose"],
                count=True,
                expose_value=False,
                is_eager=True,
                callback=_follow,
                help="Say what is done and how long it takes; -vv of every recording.",
            ),
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_hush,
                help="Print results, errors and what was left out only.",
            ),
        ]


def _follow(context: click.Context, _parameter: click.Parameter, n_given: int) -> None:
    """Show the log for as long as the verb runs."""
    if n_given:
        _set_level(context, logging.INFO if n_given == 1 else logging.DEBUG)
        LOGGER.addHandler(_HANDLER)
        context.call_on_close(lambda: LOGGER.removeHandler(_HANDLER))


def _hush(context: click.Context, _parameter: click.Parameter, is_given: bool) -> None:
    if is_given:
        if LOGGER.level in {logging.INFO, logging.DEBUG}:
            context.close()  # which click does not do for a line that is wrong
            raise click.UsageError("-v and -q exclude each other")
        _set_level(context, logging.ERROR)


def _set_level(context: click.Context, level: int) -> None:
    before = LOGGER.level
    LOGGER.setLevel(level)
    context.call_on_close(lambda: LOGGER.setLevel(before))
