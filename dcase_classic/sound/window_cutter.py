"""Windows of sound that comes in pieces of any size: a fixed length, in order, constant memory."""

from dataclasses import dataclass

import numpy as np

from dcase_classic.records import Rows
from dcase_classic.wording import counted

_MOST_PIECES = 256  # that are kept apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """Samples (n_samples, n_channels) of a recording from sample ``start`` on."""

    start: int
    samples: Rows


class WindowCutter:
    """Cuts a window every ``n_hop`` samples; no sample is left out.

    Pieces are not copied as long as that is possible, and must not be changed afterwards.

    Raises
    ------
    ValueError
        If a length is not positive, or the hop is longer than the window.
    """

    def __init__(self, *, n_window: int, n_hop: int) -> None:
        if not 0 < n_hop <= n_window:
            raise ValueError(
                f"hop: got {counted(n_hop, 'sample')}, expected 1 to the window's {n_window}"
            )
        self._n_window, self._n_hop = n_window, n_hop
        self._pieces: list[Rows] = []
        self._position = 0  # of the first sample that is kept
        self._n_samples = 0  # that have come
        self._start, self._end = 0, 0  # of the next window; of the last one

    def feed(self, piece: Rows) -> list[Window]:
        """The windows that end within a piece (n, n_channels).

        Raises
        ------
        ValueError
            If it has other channels than those before.
        """
        n_before = self._pieces[0].shape[1] if self._pieces else piece.shape[1]
        if piece.shape[1] != n_before:
            got = counted(piece.shape[1], "channel")
            raise ValueError(f"chunk: got {got}, expected {n_before} as before")
        self._pieces.append(piece)
        self._n_samples += len(piece)
        if self._n_samples < self._start + self._n_window:
            if len(self._pieces) >= _MOST_PIECES:
                self._joined()
            return []
        kept, windows = self._joined(), []
        while self._start + self._n_window <= self._n_samples:
            self._end = self._start + self._n_window
            samples = kept[self._start - self._position : self._end - self._position]
            windows.append(Window(start=self._start, samples=samples))
            self._start += self._n_hop
        # the last window may have to end with the recording
        n_gone = max(0, min(self._start - self._position, len(kept) - self._n_window))
        self._pieces, self._position = [kept[n_gone:]], self._position + n_gone
        return windows

    def finish(self) -> list[Window]:
        """The window that ends with the recording, if anything lies behind the last one.

        A recording that is shorter than a window is one window. Afterwards another may begin.
        """
        windows = []
        if self._n_samples > self._end:
            kept = self._joined()
            n_last = min(self._n_window, len(kept))
            start = self._n_samples - n_last
            windows.append(Window(start=start, samples=kept[len(kept) - n_last :]))
        self._pieces, self._position, self._n_samples = [], 0, 0
        self._start, self._end = 0, 0
        return windows

    def _joined(self) -> Rows:
        joined = self._pieces[0] if len(self._pieces) == 1 else np.concatenate(self._pieces)
        self._pieces = [joined]
        return joined
