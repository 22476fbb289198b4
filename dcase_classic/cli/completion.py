"""What a shell offers when somebody presses tab."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem


def complete_presets(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of presets."""
    from dcase_classic.config import preset_names

    return _items(("default", *preset_names()), incomplete)


def complete_changes(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The keys of the settings that are chosen so far, each with ``=``."""
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.pipeline.settings import setting_keys

    file = context.params.get("file") or _argument(context)
    try:
        keys = list(setting_keys(context.params.get("preset"), file))
    except DcaseClassicError:  # a line that is not finished yet
        return []
    return _items((f"{key}=" for key in keys), incomplete)


def complete_machines(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The machines of the models, or those of the data."""
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.io.manifest import read_manifest
    from dcase_classic.io.recordings.dataset import find_clips

    models = context.params.get("models")
    data = _argument(context)
    machines: set[str] = set()
    if data is not None:
        with suppress(DcaseClassicError):  # recordings of one's own have no machines
            machines = {clip.machine_type for clip in find_clips(data)}
    if not machines:
        with suppress(DcaseClassicError):
            machines = {machine for machine, _ in read_manifest(Path(models or "."))}
    return _items(sorted(machines), incomplete)


def _argument(context: click.Context) -> Path | None:
    """The first word that is no option; click leaves them unread where a value is missing."""
    return Path(context.args[0]) if context.args else None


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
