"""The logger ``dcase_classic``: what is done, for who wants to follow it; silent by itself."""

import logging

LOGGER = logging.getLogger("dcase_classic")
LOGGER.addHandler(logging.NullHandler())


def is_quiet() -> bool:
    """Whether not even warnings are wanted, and so no notes and no progress bars."""
    return not LOGGER.isEnabledFor(logging.WARNING)
