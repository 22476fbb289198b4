"""What the views of a preset make of one recording: spectrogram and feature rows, with names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import Config
from dcase_classic.errors import ConfigError, closest
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.records import Clip, Rows
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.engines import band_centres_hz
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures, log_mel_of
from dcase_classic.sound.segments import segment_bounds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewRows:
    """The feature rows of a recording in one view.

    Attributes
    ----------
    X : array, shape (n_segments, n_features), float32
    names : of the columns.
    bounds_s : array, shape (n_segments, 2)
        Where the segments begin and end, in seconds.
    """

    X: Rows
    names: tuple[str, ...]
    bounds_s: NDArray[np.float64]

    def to_frame(self) -> "pd.DataFrame":
        """The rows below ``names``, by ``start_s`` and ``end_s``."""
        import pandas as pd

        index = pd.MultiIndex.from_arrays([*self.bounds_s.T], names=["start_s", "end_s"])
        return pd.DataFrame(self.X, index=index, columns=list(self.names))


def view_rows(clip: Clip, config: Config, view: str) -> ViewRows:
    """The rows that a view of the settings learns from.

    Segments that are a share of the length of training clips are that share of this clip, unless
    the settings tell the length.

    Raises
    ------
    ConfigError
        If the settings have no such view, or an extractor has other names than columns.
    DataError
        If the recording cannot be used.
    """
    with naming_unusable(clip.path):
        recording = recording_of(clip, config.audio)
        if config.training_s is None:
            config = config.at_length(recording.format.duration_s)
        views = {known.name: known for known in config.timed_views}
        if view not in views:
            problem = f"view: got {view!r}, expected one of {', '.join(views)}"
            raise ConfigError(problem, advice=closest(view, views))
        features = ViewFeatures.from_config(views[view], config.spectrum)
        waveform = recording.waveform
        X = FrontEnd(audio=config.audio, features=(features,)).rows(waveform)[features]
    rate_hz = waveform.sample_rate_hz
    n_bands = len(band_centres_hz(features.spectrum, rate_hz))
    bounds = segment_bounds(
        len(waveform.samples),
        length_samples=features.segment_s * rate_hz,
        hop_samples=features.segment_hop_s * rate_hz,
    )
    names = [name for extractor in features.extractors for name in extractor.names(n_bands)]
    if len(names) != X.shape[1]:
        problem = f"view {view}: names of its extractors: got {len(names)}, expected {X.shape[1]}"
        raise ConfigError(f"{problem}, one for each column of extract")
    return ViewRows(X=X, names=tuple(names), bounds_s=bounds / rate_hz)


def log_mel_frame(clip: Clip, config: Config) -> "pd.DataFrame":
    """The log-mel spectrogram in dB: rows ``time_s`` (middle of a frame), columns ``hz`` of bands.

    Raises
    ------
    DataError
        If the recording cannot be used.
    """
    import pandas as pd

    spectrum = config.spectrum
    with naming_unusable(clip.path):
        waveform = recording_of(clip, config.audio).waveform
        frames = log_mel_of(waveform, spectrum)
    axes = Axes(spectrum=spectrum, sample_rate_hz=waveform.sample_rate_hz)
    return pd.DataFrame(
        frames,
        index=pd.Index(axes.middles_s(len(frames)), name="time_s"),
        columns=pd.Index(axes.centres_hz(), name="hz"),
    )
