"""The logger ``dcase_classic``: what is done, for who wants to follow it; silent by itself.

INFO tells of settings, models, sections and how long each took, DEBUG of every recording.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("dcase_classic")
LOGGER.addHandler(logging.NullHandler())


def is_quiet() -> bool:
    """Whether not even warnings are wanted, and so no notes and no progress bars."""
    return not LOGGER.isEnabledFor(logging.WARNING)


@contextmanager
def timing(what: str, *arguments: object) -> Iterator[None]:
    """Log how long the block took."""
    start_s = time.perf_counter()
    yield
    LOGGER.info("%s took %.2f s", what % arguments, time.perf_counter() - start_s)


@contextmanager
def collected_log(level: int) -> Iterator[list[logging.LogRecord]]:
    """What this thread logs in the block, for a process that shows it (`log_again`).

    The level is as before when the last of the threads that collect at once has ended.
    """
    collector = _Collector()
    with _COLLECTING:
        if not _are_collecting():
            _LEVELS_BEFORE.append(LOGGER.level)
        LOGGER.addHandler(collector)
        LOGGER.setLevel(level)
    try:
        yield collector.records
    finally:
        with _COLLECTING:
            LOGGER.removeHandler(collector)
            if not _are_collecting():
                LOGGER.setLevel(_LEVELS_BEFORE.pop())


_COLLECTING, _LEVELS_BEFORE = threading.Lock(), list[int]()


def _are_collecting() -> bool:
    return any(isinstance(handler, _Collector) for handler in LOGGER.handlers)


def log_again(records: list[logging.LogRecord]) -> None:
    """Log what another process has logged."""
    for record in records:
        LOGGER.handle(record)


class _Collector(logging.Handler):
    """Keeps what the thread that made it logs, with the arguments in the text."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.thread == self._thread:
            record.msg, record.args = record.getMessage(), None
            self.records.append(record)
