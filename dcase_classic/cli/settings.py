"""The options that settings are given by, wherever a verb takes settings."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcase_classic.cli.completion import complete_changes, complete_presets
from dcase_classic.cli.options import FOLDER, Decorator, gathered, path_option
from dcase_classic.cli.output import say

if TYPE_CHECKING:
    from dcase_classic.config import Config

_preset = click.option(
    "--preset",
    metavar="NAME",
    shell_complete=complete_presets,
    help="Settings that come with the package.",
)
_config = path_option(
    "-c",
    "--config",
    "file",
    metavar="FILE",
    help="Settings in TOML, which change those of --preset, or of its own line preset = NAME; "
    "without it ./dcase-classic.toml, if there is one.",
)
_file = click.argument("file", required=False, type=FOLDER)
_set = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=complete_changes,
    help="Change one setting, such as threshold.percentile=99 or views.NAME.level=keep; "
    "repeatable. 'config docs' explains all.",
)


def settings_options(*, is_argument: bool = False, unless: str = "") -> Decorator:
    """``--preset``, ``--config`` and ``--set`` as one parameter ``settings`` of the verb.

    Parameters
    ----------
    is_argument : whether the file is an argument and not an option.
    unless : an option of the verb with which settings are known already, and None is given.
    """
    options = (_preset, _file if is_argument else _config, _set)
    return gathered("settings", options, partial(_settings, unless=unless))


def _settings(values: dict[str, Any], *, unless: str) -> "Config | None":
    """Take the values of the options out of ``values``; what was decided about them is said."""
    preset, file, changes = (values.pop(name) for name in ("preset", "file", "changes"))
    if values.get(unless):
        return None
    from dcase_classic.config import OWN_SETTINGS
    from dcase_classic.pipeline.settings import resolve_settings

    if file is None and Path(OWN_SETTINGS).is_file():
        file = Path(OWN_SETTINGS)
        say(f"settings of ./{OWN_SETTINGS}, which is in this folder")
    resolved = resolve_settings(preset, file, changes)
    for note in resolved.notes:
        say(note)
    return resolved.config
