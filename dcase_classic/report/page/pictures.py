"""Log-mel spectrograms as small pictures: PNG by zlib alone, with the ticks of both axes."""

import struct
import zlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.records import Rows
from dcase_classic.sound.axes import Axes

_LARGEST_WIDTH, _LARGEST_HEIGHT = 320, 64
_RANGE_DB = 80.0  # below the loudest value, as librosa shows it
_LOUDEST, _SOFTEST = 99.8, 0.5  # percent: single values set no scale
_N_COLOURS = 48
# Magma of matplotlib (CC0) at equal steps.
_MAGMA = np.array(
    [(0, 0, 4), (28, 16, 68), (79, 18, 123), (129, 37, 129), (181, 54, 122), (229, 80, 100),
     (251, 135, 97), (254, 194, 135), (252, 253, 191)]
)  # fmt: skip
_TICKS_HZ = (100, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000)
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_MOST_TICKS = 8
_LEAST_GAP = 0.09  # of the height, between ticks

Ticks = list[tuple[float, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A spectrogram as PNG, and the places of ticks as shares of its height and width."""

    png: bytes
    hz: Ticks
    seconds: Ticks

    @classmethod
    def from_frames(cls, frames: Rows, axes: Axes, *, start_s: float, duration_s: float) -> Self:
        """That of dB frames (n_frames, n_bands) which begin at ``start_s`` of a recording."""
        n_bands = frames.shape[1]
        places = [(band_place(hz, axes, n_bands), _hz_text(hz)) for hz in _TICKS_HZ]
        hz_ticks: Ticks = []
        for place, text in places:
            if 0 < place < 1 and (not hz_ticks or place - hz_ticks[-1][0] > _LEAST_GAP):
                hz_ticks.append((place, text))
        return cls(
            png=png_of(_levels(frames)), hz=hz_ticks, seconds=_second_ticks(start_s, duration_s)
        )


def band_place(hz: float, axes: Axes, n_bands: int) -> float:
    """How high a frequency stands in a picture, from 0 at the bottom to 1 at the top."""
    return float(np.interp(hz, axes.centres_hz(), (np.arange(n_bands) + 0.5) / n_bands, 0, 1))


def png_of(levels: NDArray[np.uint8]) -> bytes:
    """An indexed PNG of levels (height, width) from 0 to the number of colours less 1."""
    height, width = levels.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each begins with the number of its filter
    lines[:, 1:] = levels
    steps = np.linspace(0, len(_MAGMA) - 1, _N_COLOURS)
    colours = [np.interp(steps, np.arange(len(_MAGMA)), channel) for channel in _MAGMA.T]
    palette = np.column_stack(colours).round().astype(np.uint8)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _levels(frames: Rows) -> NDArray[np.uint8]:
    """The picture's levels (height, width), low bands at the bottom; loud moments stay."""
    image = _reduced(frames, _LARGEST_WIDTH, np.maximum)
    image = _reduced(image.T, _LARGEST_HEIGHT, np.add)[::-1]
    low, high = np.percentile(image, [_SOFTEST, _LOUDEST])
    low = max(low, high - _RANGE_DB)
    share = np.clip((image - low) / max(high - low, 1e-6), 0, 1)
    return np.asarray((share * (_N_COLOURS - 1)).round(), np.uint8)


def _reduced(values: Rows, most: int, ufunc: np.ufunc) -> Rows:
    """At most so many rows: the largest, or the mean, of neighbours."""
    if len(values) <= most:
        return values
    starts = (np.arange(most) * len(values) / most).astype(np.intp)
    reduced = ufunc.reduceat(values, starts, axis=0)
    if ufunc is np.add:
        reduced = reduced / np.diff([*starts, len(values)])[:, np.newaxis]
    return np.asarray(reduced, np.float32)


def _second_ticks(start_s: float, duration_s: float) -> Ticks:
    step = next((step for step in _TICKS_S if duration_s / step < _MOST_TICKS), duration_s)
    first = max(0.0, np.ceil(start_s / step - 1e-9) * step)
    times = np.arange(first, start_s + duration_s + 1e-9, step)
    return [(float((time - start_s) / duration_s), f"{time:g} s") for time in times.round(3)]


def _hz_text(hz: float) -> str:
    return f"{hz:g} Hz" if hz < 1000 else f"{hz / 1000:g} kHz"


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
