"""What a shell offers when somebody presses tab."""

from collections.abc import Iterable, Iterator
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

    file = context.params.get("file") or next(_arguments(context), None)
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

    models, data = context.params.get("models"), next(_arguments(context), None)
    try:
        if data is not None:
            machines = {clip.machine_type for clip in find_clips(data)}
        else:
            machines = {machine for machine, _ in read_manifest(Path(models or "."))}
    except DcaseClassicError:
        return []
    return _items(sorted(machines), incomplete)


def _arguments(context: click.Context) -> Iterator[Path]:
    """What stands in a line that is no option; click leaves it unread where a value is missing."""
    yield from map(Path, context.args)


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
