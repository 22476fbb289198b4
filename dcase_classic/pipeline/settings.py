"""Settings from a preset, a file and single changes, checked to the last part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from os import PathLike
from typing import Any, TypeAlias

from dcase_classic.config import Config, draft_config
from dcase_classic.config.specs import Spec, parse_record, to_plain
from dcase_classic.errors import ConfigError
from dcase_classic.log import LOGGER
from dcase_classic.model.foreign_parts import load_named_parts
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.parts import part_mistakes, settle

Settings: TypeAlias = Config | str | PathLike[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Settings that can be fitted with, and what was decided in reading them."""

    config: Config
    notes: tuple[str, ...]


def resolve_settings(
    preset: str | None = None, path: str | PathLike[str] | None = None, changes: Sequence[str] = ()
) -> Resolved:
    """The settings of a preset, changed by a file, changed by single ``KEY=VALUE``.

    An option of a part that another kind of part has, as ``threshold.percentile=99`` where the
    threshold is a ``limit``, chooses that kind.

    Parameters
    ----------
    preset : its name; None for what the file begins with, or the default without a file.
    path : a TOML file.
    changes : ``threshold.percentile=99``, ``views.NAME.level=keep`` and the like.

    Raises
    ------
    ConfigError
        If there is no such preset, the file cannot be read, or settings or parts are unknown or
        wrong; it tells all mistakes, each with its line or change and what would be right.
    """
    draft = draft_config(preset, path, changes)
    load_named_parts(draft.table)
    notes = settle(draft.table, draft.inherited)
    config = draft.parse(Config, part_mistakes(draft.table))
    MachineFitter.from_config(config.at_length(config.training_s or 1.0))  # what parts say together
    LOGGER.info(
        "settings: preset %s, file %s, changes %s; views %s",
        preset or "not given",
        path or "none",
        ", ".join(changes) or "none",
        ", ".join(view.name for view in config.views),
    )
    return Resolved(config=config, notes=tuple(notes))


def settings_of(preset: str | None, config: Settings) -> Config:
    """All settings at hand, or those that a file makes of a preset.

    Raises
    ------
    ConfigError
        As `resolve_settings`, or if they are no settings, or a preset would do nothing.
    """
    if config is None or isinstance(config, str | PathLike):
        return resolve_settings(preset, config).config
    config = checked_config(config, expected="a TOML file or a Config")
    if preset is not None:
        problem = f"preset: got {preset!r} beside a config of all settings"
        raise ConfigError(problem, advice="give one of the two, or config=None")
    return config


def checked_config(config: object, *, expected: str, advice: str = "") -> Config:
    """The settings as they are read again from the manifest, with numbers of numpy as Python's.

    Raises
    ------
    ConfigError
        If they are none, where it says what is ``expected``, or a value is of another type.
    """
    if not isinstance(config, Config):
        problem = f"config: got {type(config).__name__}, expected {expected}"
        raise ConfigError(problem, advice=advice)
    return parse_record(Config, to_plain(config), where="config")


def setting_keys(
    preset: str | None = None, path: str | PathLike[str] | None = None
) -> Iterator[str]:
    """The keys that single changes can name, as ``views.NAME.level``.

    Raises
    ------
    ConfigError
        If there is no such preset, or the file cannot be read or is wrong.
    """
    yield from _keys(resolve_settings(preset, path).config, "")


def _keys(record: Any, prefix: str) -> Iterator[str]:
    for item in fields(record):
        value, name = getattr(record, item.name), f"{prefix}{item.name}"
        if isinstance(value, Spec):
            yield name
            yield from (f"{name}.{option}" for option, _ in value.options)
        elif is_dataclass(value):
            yield from _keys(value, f"{name}.")
        elif item.name == "views":
            for view in value:
                yield from _keys(view, f"{name}.{view.name}.")
        else:
            yield name
