"""The time, as files say it."""

import os
from datetime import UTC, datetime

from dcase_classic.errors import ConfigError
from dcase_classic.wording import whole_number

_VARIABLE = "SOURCE_DATE_EPOCH"
_LAST_S = 253_402_300_799  # the end of the year 9999


def utc_now() -> str:
    """Now, in UTC to the second, as ``2026-11-26T07:00:00Z``.

    The environment variable SOURCE_DATE_EPOCH, in seconds since 1970, takes its place: two runs
    that must give equal files need equal dates.

    Raises
    ------
    ConfigError
        If that is no such number.
    """
    seconds = fixed_date_s()
    now = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def shown_date(date: str) -> str:
    """What `utc_now` has given, to the minute and as a reader sees it."""
    return date[:16].replace("T", " ") + " UTC" if date else "not known"


def fixed_date_s() -> int | None:
    """The seconds since 1970 that the environment has files say; None for the clock.

    Raises
    ------
    ConfigError
        If they are no such number.
    """
    text = os.environ.get(_VARIABLE, "")
    seconds = whole_number(text)
    if text and (seconds is None or seconds > _LAST_S):
        problem = f"{_VARIABLE}: got {text!r}, expected seconds since 1970 up to the year 9999"
        raise ConfigError(problem, advice="unset it")
    return seconds
