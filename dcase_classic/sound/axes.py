"""Where the bands and frames of a spectrogram lie, in Hz and seconds."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.sound.engines import ENGINES, band_centres_hz
from dcase_classic.sound.spectra import n_bands_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The bands and frames of a spectrogram at a rate of samples."""

    spectrum: SpectrumConfig
    sample_rate_hz: int

    @property
    def frame_rate_hz(self) -> float:
        """Frames per second."""
        return self.sample_rate_hz / self.spectrum.hop_samples

    def centres_hz(self) -> NDArray[np.float64]:
        """The middle of every band, (n_bands,)."""
        return band_centres_hz(self.spectrum, self.sample_rate_hz)

    def widths_hz(self) -> NDArray[np.float64]:
        """How much of the axis every band covers, (n_bands,): half of where it is not 0."""
        edges_hz = _edges_hz(self)
        return np.asarray(edges_hz[2:] - edges_hz[:-2]) / 2

    def band_hz(self, bands: tuple[int, int]) -> tuple[float, float]:
        """From where to where bands reach; the second is the one behind the last."""
        edges_hz = _edges_hz(self)
        middles_hz = (edges_hz[:-1] + edges_hz[1:]) / 2
        return float(middles_hz[bands[0]]), float(middles_hz[bands[1]])

    def seconds(self, frames: tuple[int, int]) -> tuple[float, float]:
        """From when to when frames last; the second is the one behind the last."""
        spectrum = self.spectrum
        before = spectrum.n_fft / 2 if spectrum.center else 0
        first = max(0, frames[0] * spectrum.hop_samples - before)
        behind = (frames[1] - 1) * spectrum.hop_samples - before + spectrum.n_fft
        return first / self.sample_rate_hz, behind / self.sample_rate_hz

    def middles_s(self, n_frames: int) -> NDArray[np.float64]:
        """When the middle of each of so many frames is."""
        middles = np.arange(n_frames) * self.spectrum.hop_samples + self._middle
        return np.asarray(middles / self.sample_rate_hz)

    @property
    def _middle(self) -> float:
        """The sample in the middle of the first frame."""
        return 0 if self.spectrum.center else self.spectrum.n_fft / 2

    def frames_between(self, from_s: float, to_s: float, n_frames: int) -> tuple[int, int]:
        """The frames whose middle lies there, of so many: one at least."""
        samples = np.array([from_s, to_s]) * self.sample_rate_hz - self._middle
        places = samples / self.spectrum.hop_samples
        first, behind = np.ceil(places).astype(int)
        first = min(max(int(first), 0), n_frames - 1)
        return first, min(max(int(behind), first + 1), n_frames)


@lru_cache(maxsize=64)
def _edges_hz(axes: Axes) -> NDArray[np.float64]:
    """Where the bands begin, (n_bands + 2,)."""
    spectrum, rate_hz = axes.spectrum, axes.sample_rate_hz
    edges_hz = ENGINES[spectrum.engine].edges_hz(spectrum, rate_hz)
    return np.asarray(edges_hz[: n_bands_below(edges_hz, spectrum.highest_hz) + 2])
