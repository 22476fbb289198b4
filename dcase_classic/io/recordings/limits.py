"""What a recording may be, checked before memory is taken, and the error of what cannot be read.

A file comes from anywhere: a header may promise a rate of 1 Hz, which a resampler would blow up to
gigabytes, or more samples than there is memory.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from dcase_classic.errors import DataError, reason_of
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.wording import counted

RATES_HZ = range(1000, 768_001)
MOST_CHANNELS = 256
# 4.7 hours of one channel at 16 kHz, 1 GB as float32.
MOST_VALUES = 2**28


def is_recorded(sample_rate_hz: int, n_channels: int) -> bool:
    """Whether recorders have such a rate and so many channels."""
    return sample_rate_hz in RATES_HZ and 1 <= n_channels <= MOST_CHANNELS


def check_form(path: Path, sample_rate_hz: int, n_channels: int) -> None:
    """Check rate and channels that a header declares.

    Raises
    ------
    DataError
        If no recorder makes such files.
    """
    advice = "its header is damaged, record or export it again"
    if sample_rate_hz not in RATES_HZ:
        expected = f"expected {RATES_HZ.start} to {RATES_HZ.stop - 1} Hz"
        raise DataError(f"a rate of {sample_rate_hz} Hz, {expected}", path=path, advice=advice)
    if not 1 <= n_channels <= MOST_CHANNELS:
        expected = f"at most {MOST_CHANNELS}" if n_channels else "at least 1"
        problem = f"{counted(n_channels, 'channel')}, expected {expected}"
        raise DataError(problem, path=path, advice=advice)


def check_size(path: Path, n_values: float) -> None:
    """Check that so many samples of all channels fit into memory.

    Raises
    ------
    DataError
        If they do not.
    """
    if n_values > MOST_VALUES:
        problem = f"{n_values:.0f} samples, expected at most {MOST_VALUES}"
        raise DataError(problem, path=path, advice="cut it into shorter recordings")


def check_alike(path: Path, parts: Iterable[ClipFormat]) -> None:
    """Check that the parts of a clip have one rate and as many channels.

    Raises
    ------
    DataError
        If they differ.
    """
    if len({(part.sample_rate_hz, part.n_channels) for part in parts}) > 1:
        problem = "its parts differ in rate or channels"
        raise DataError(problem, path=path, advice="prepare it again")


def bounded(path: Path, blocks: Iterable[NDArray[Any]], n_declared: int) -> Iterator[NDArray[Any]]:
    """The blocks as they come, as long as they fit into memory; ``n_declared`` values are promised.

    Raises
    ------
    DataError
        As `check_size`.
    """
    check_size(path, n_declared)
    n_values = 0
    for block in blocks:
        n_values += block.size
        check_size(path, n_values)
        yield block


def encoded(path: Path) -> str | bytes:
    """The path as libsndfile takes it, also where it is no UTF-8."""
    return os.fsencode(path) if os.name == "posix" else str(path)


def unreadable(path: Path, error: OSError) -> DataError:
    """The error of a file or folder that the system does not let read."""
    problem = f"cannot be read ({reason_of(error)})"
    return DataError(problem, path=path, advice="check its rights and the drive")


@contextmanager
def naming_unusable(path: Path) -> Iterator[None]:
    """Whatever goes wrong in reading a recording becomes the error of this recording.

    Raises
    ------
    DataError
        Instead of OSError, MemoryError and ValueError.
    """
    try:
        yield
    except OSError as error:
        raise unreadable(path, error) from error
    except MemoryError as error:
        raise DataError(
            "needs more memory than there is", path=path, advice="cut it into shorter recordings"
        ) from error
    except ValueError as error:
        raise DataError(f"too short or unusable ({error})", path=path) from error
