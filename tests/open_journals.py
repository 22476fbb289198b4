"""Journals that tests open: `conftest.closed_journals` closes them when a test ends."""

import sqlite3
from contextlib import suppress

from dcase_classic.io.journal import Journal

_OPEN = []


def open_journal(path, sinks, said):
    """A journal whose complaints go to a list."""
    _OPEN.append(Journal(path, sinks, complain=said.append))
    return _OPEN[-1]


def close_journals():
    """Close those that are open."""
    while _OPEN:
        with suppress(sqlite3.ProgrammingError):  # a test may have closed it
            _OPEN.pop().close()
