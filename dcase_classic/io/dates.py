"""The time, as files say it."""

import os
from datetime import UTC, datetime


def utc_now() -> str:
    """Now, in UTC to the second, as ``2026-11-26T07:00:00Z``.

    The environment variable SOURCE_DATE_EPOCH, in seconds since 1970, takes its place: two runs
    that must give equal files need equal dates.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(fixed), UTC) if fixed.isdecimal() else datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
