"""What a shell offers when somebody presses tab."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_LARGEST_BYTES = 32 * 2**20
_OF_OTHER_CONTENT = (ValueError, RecursionError, TypeError, KeyError, AttributeError)


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
    """The machines of the data, or those of the models."""
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.io.recordings.dataset import find_clips

    data = _argument(context)
    machines: set[str] = set()
    if data is not None:
        with suppress(DcaseClassicError):  # recordings of one's own have no machines
            machines = {clip.machine_type for clip in find_clips(data)}
    return _items(sorted(machines), incomplete) or complete_known_machines(
        context, parameter, incomplete
    )


def complete_known_machines(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The machines of the models."""
    return _items(sorted({machine for machine, _ in _model_names(context)}), incomplete)


def complete_models(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The machines of the models, and ``MACHINE/SECTION`` where one has several."""
    names = sorted(_model_names(context))
    machines = [machine for machine, _ in names]
    several = [f"{name}/{section}" for name, section in names if machines.count(name) > 1]
    return _items([*dict.fromkeys(machines), *several], incomplete)


def _model_names(context: click.Context) -> set[tuple[str, str]]:
    """Machines and sections that a manifest names; it is only looked at, checks are slow."""
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.io.files import read_bounded

    folder = context.params.get("models") or context.params.get("folder") or "."
    with suppress(DcaseClassicError, OSError, *_OF_OTHER_CONTENT):
        table = json.loads(read_bounded(Path(folder, "manifest.json"), _LARGEST_BYTES))
        entries = list(table["models"].values())
        return {(str(entry["machine_type"]), str(entry["section"])) for entry in entries}
    return set()


def _argument(context: click.Context) -> Path | None:
    """The first word that is no option; click leaves them unread where a value is missing."""
    return Path(context.args[0]) if context.args else None


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
