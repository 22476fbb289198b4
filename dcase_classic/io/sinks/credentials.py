"""Secrets: from the environment or a file, never from the command line, never in a message."""

import os

from dcase_classic.errors import ConfigError
from dcase_classic.given_files import given_path, read_given_text

_MAX_BYTES = 2**16
_PREFIX = "DCASE_CLASSIC_"


def read_secret(name: str) -> str | None:
    """What ``DCASE_CLASSIC_<name>`` holds, or the file that ``DCASE_CLASSIC_<name>_FILE`` names.

    Raises
    ------
    ConfigError
        If the file cannot be read, or both are given.
    """
    variable = f"{_PREFIX}{name}"
    value, path = os.environ.get(variable), os.environ.get(f"{variable}_FILE")
    if value is not None and path is not None:
        raise ConfigError(f"both {variable} and {variable}_FILE are set", advice="unset one")
    if path is None:
        return value
    return read_given_text(
        given_path(path, error=ConfigError), error=ConfigError, max_bytes=_MAX_BYTES
    ).strip()
