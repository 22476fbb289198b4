"""The settings that change a result: how they are read, what they mean, and their parts."""

from dcase_classic.config.configuration import (
    DEFAULT_PRESET,
    DEFAULT_TAIL,
    OWN_SETTINGS,
    Config,
    OutputConfig,
    draft_config,
    load_config,
    load_preset,
    parse_config,
    preset_names,
)
from dcase_classic.config.sound import AudioConfig

__all__ = [
    "DEFAULT_PRESET",
    "DEFAULT_TAIL",
    "OWN_SETTINGS",
    "AudioConfig",
    "Config",
    "OutputConfig",
    "draft_config",
    "load_config",
    "load_preset",
    "parse_config",
    "preset_names",
]
