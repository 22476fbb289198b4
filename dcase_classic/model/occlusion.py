"""A clip without one of its oddities: what was odd is as normal clips have it, all else stays."""

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.fillings import neighbours
from dcase_classic.model.oddity import Filling, Oddity
from dcase_classic.records import Rows
from dcase_classic.sound.axes import Axes

_MOST_REPLACED = 0.25  # of a clip: longer stretches have no neighbours to stand for them
_HIDDEN = 0.7  # of the movement beside it: less is hidden by something steady
_LEAST_POWER = 1e-20
_LEAST_EXCESS_DB = 0.01


def without(frames: Rows, axes: Axes, oddity: Oddity, portrait: Axes, usual_db: Rows) -> Rows:
    """The frames (n_frames, n_bands) of a spectrogram of a clip, without an oddity.

    Parameters
    ----------
    frames, axes : any spectrogram of the clip.
    oddity, portrait : what was found in its portrait, and the spectrogram of that.
    usual_db : array, shape (n_mels,), the mean level of every band of the portrait.
    """

    def place(span: tuple[int, int]) -> tuple[int, int]:
        if axes == portrait:
            return span
        return axes.frames_between(*portrait.seconds(span), len(frames))

    if oddity.beat is not None:
        return oddity.beat.mended(frames, place)
    excess_db = _carried_over(oddity.excess_db, portrait, axes, usual_db)
    if oddity.rates is not None:
        rates_hz = np.array(oddity.rates) * portrait.frame_rate_hz
        return _without_rhythm(frames, excess_db, rates_hz / axes.frame_rate_hz)
    if oddity.frames is None:
        return _without_level(frames, excess_db, oddity.filling)
    between = place(oddity.frames)
    occluded = frames.copy()
    if oddity.is_outlier and between[1] - between[0] < _MOST_REPLACED * len(frames):
        bands = np.abs(excess_db) > 0
        occluded[slice(*between), bands] = neighbours(frames, between)[:, bands]
    else:
        occluded[slice(*between)] -= excess_db
    return occluded


def _without_level(frames: Rows, excess_db: Rows, filling: Filling) -> Rows:
    """Frames whose bands are as loud as usual.

    Where a steady tone hides how they move, they move as those beside them.
    """
    if filling is Filling.SUBTRACTED:
        return _without_power(frames, excess_db)
    occluded = frames - excess_db
    bands = np.flatnonzero(excess_db)
    if not 0 < len(bands) < _MOST_REPLACED * len(excess_db):
        return occluded
    inside = slice(int(bands[0]), int(bands[-1]) + 1)
    beside = neighbours(frames.T, (inside.start, inside.stop)).T
    is_hidden = frames[:, inside].std(axis=0).mean() < _HIDDEN * beside.std(axis=0).mean()
    if is_hidden or filling is Filling.BESIDE:
        occluded[:, inside] = occluded[:, inside].mean(axis=0) + beside - beside.mean(axis=0)
    return occluded


def _without_power(frames: Rows, excess_db: Rows) -> Rows:
    """Frames without the power of a sound that goes on all the time; what is louder stays."""
    power = 10 ** (frames.astype(np.float64) / 10)
    added = 10 ** (frames.mean(axis=0, dtype=np.float64) / 10) * (1 - 10 ** (-excess_db / 10))
    rest_db = 10 * np.log10(np.maximum(power - added, _LEAST_POWER))
    return np.asarray(np.maximum(rest_db, frames - excess_db), np.float32)


def _carried_over(excess_db: Rows, portrait: Axes, axes: Axes, usual_db: Rows) -> Rows:
    """The excess in the bands of another spectrogram, (n_bands,), by the power of what it covers.

    A tone that fills a narrow band is a small part of a wide one.
    """
    if portrait == axes:
        return excess_db
    weights = _overlap(portrait, axes)
    power = 10 ** (np.asarray(usual_db, np.float64) / 10) * portrait.widths_hz()
    usual = weights @ power
    now = weights @ (power * 10 ** (np.asarray(excess_db, np.float64) / 10))
    carried = 10 * np.log10(np.maximum(now, _LEAST_POWER) / np.maximum(usual, _LEAST_POWER))
    carried[np.abs(carried) < _LEAST_EXCESS_DB] = 0
    return np.asarray(carried, np.float32)


def _overlap(portrait: Axes, axes: Axes) -> NDArray[np.float64]:
    """How much of every band of a portrait lies in every other one, (n_bands, n_mels)."""
    centres, widths = portrait.centres_hz(), portrait.widths_hz()
    low, high = centres - widths / 2, centres + widths / 2
    others, other_widths = axes.centres_hz()[:, np.newaxis], axes.widths_hz()[:, np.newaxis]
    shared = np.minimum(high, others + other_widths / 2) - np.maximum(
        low, others - other_widths / 2
    )
    weights = np.maximum(shared, 0) / widths
    is_lost = weights.sum(axis=1) == 0  # wide bands hold several, narrow ones lie in one
    nearest = np.abs(centres - others).argmin(axis=1)
    weights[is_lost, nearest[is_lost]] = 1
    return np.asarray(weights)


def _without_rhythm(frames: Rows, excess_db: Rows, rates: NDArray[np.float64]) -> Rows:
    """Frames whose bands move less at some rates, by as much as they move more than usual."""
    from scipy.fft import irfft, rfft

    spectra = rfft(frames, axis=0)
    frequencies = np.fft.rfftfreq(len(frames))
    is_in = (frequencies >= rates[0]) & (frequencies <= rates[1]) & (frequencies > 0)
    spectra[is_in] *= 10 ** (-excess_db / 20)
    return np.asarray(irfft(spectra, n=len(frames), axis=0), np.float32)
