"""Pictures with matplotlib: a clip with its marks, scores, curves, calibration, machines.

Each function draws into ``ax``, the current axes where it is None, and returns it. They need the
extra ``plot``: ``pip install 'dcase_classic[plot]'``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.errors import ConfigError
from dcase_classic.evaluation.metrics import MAX_FPR
from dcase_classic.io.recordings.given_clips import Single, given_clip
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.model.standing import AT_THRESHOLD
from dcase_classic.outcomes.reasons import Explanation
from dcase_classic.pipeline.settings import Settings, settings_of
from dcase_classic.report.explanations import told
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.front_end import log_mel_of

if TYPE_CHECKING:
    import pandas as pd

Axis: TypeAlias = Any  # matplotlib.axes.Axes, which may not be installed
_NORMAL, _ANOMALY = "tab:green", "tab:red"
_LINE = "grey"  # is seen on light and dark
_RANGE_DB = 80.0  # below the loudest value, as librosa shows it


def clip(
    recording: Single,
    *,
    explanation: Explanation | None = None,
    sample_rate: int | None = None,
    config: Settings = None,
    ax: Axis | None = None,
) -> Axis:
    """The log-mel spectrogram of a recording, with marks where an explanation sees something odd.

    Parameters
    ----------
    recording : a file, or samples (n_samples,).
    explanation : as of `AnomalyDetector.explain`.
    sample_rate : of samples, in Hz.
    config : the settings of the model that explains it, such as those of a loaded detector: they
        say which channel is heard, and how. None for those of the default preset.
    """
    import librosa.display
    from matplotlib.patches import Rectangle

    ax = _axis(ax)
    settings = settings_of(None, config)
    spectrum = settings.spectrum
    given = given_clip(recording, sample_rate=sample_rate)
    waveform = recording_of(given, settings.audio).waveform
    frames = log_mel_of(waveform, spectrum)
    axes = Axes(spectrum=spectrum, sample_rate_hz=waveform.sample_rate_hz)
    librosa.display.specshow(
        np.maximum(frames, frames.max() - _RANGE_DB).T,
        x_axis="s",
        y_axis="mel",
        x_coords=axes.middles_s(len(frames)),
        y_coords=axes.centres_hz(),
        sr=waveform.sample_rate_hz,
        cmap="magma",
        ax=ax,
    )
    reasons = [] if explanation is None else told(explanation)
    first_s, last_s = ax.get_xlim()
    for number, reason in enumerate(reasons, start=1):
        if reason.band_hz is None or reason.from_s is None or reason.to_s is None:
            continue
        low, high = reason.band_hz
        from_s, to_s = max(reason.from_s, first_s), min(reason.to_s, last_s)  # as far as is drawn
        mark = Rectangle(
            (from_s, low), to_s - from_s, high - low, fill=False, edgecolor="cyan", lw=2
        )
        ax.add_patch(mark)
        ax.annotate(str(number), (from_s, high), color="white", backgroundcolor="black")
    return ax


def scores_over_time(table: "pd.DataFrame", *, ax: Axis | None = None) -> Axis:
    """The severity of every window of a recording, with the threshold at 100.

    Parameters
    ----------
    table : as of `AnomalyDetector.score_frame`; rows without a score leave a gap. Every recording
        (``path``) has a line of its own.

    Raises
    ------
    ValueError
        If the table has no such columns.
    """
    _check_columns(table, "start_s", "end_s", "severity")
    ax = _axis(ax)
    paths = table["path"] if "path" in table.columns else np.full(len(table), "")
    recordings = table.groupby(paths, sort=False)
    for path, rows in recordings:
        middles = (rows["start_s"] + rows["end_s"]) / 2
        name = path if recordings.ngroups > 1 else None
        # a marker, as a line of one window is not seen
        ax.plot(middles, rows["severity"], drawstyle="steps-mid", marker=".", label=name)
    ax.axhline(AT_THRESHOLD, color=_LINE, linestyle="--", label="threshold")
    ax.set(xlabel="time in s", ylabel="severity")
    for text in ax.legend().get_texts():
        text.set_parse_math(False)  # names are text
    return ax


def roc(scores: ArrayLike, is_anomaly: ArrayLike, *, ax: Axis | None = None) -> Axis:
    """The ROC curve; the shaded part counts for the pAUC.

    Parameters
    ----------
    scores : array, shape (n_clips,), higher = more anomalous; NaN, which is no score, is left out.
    is_anomaly : array, shape (n_clips,), the truth.

    Raises
    ------
    ValueError
        If there are other numbers of scores than of truths, one of them is neither true nor
        false, a class is absent, or a score is infinite.
    """
    ax = _axis(ax)
    normal, anomalous = _split(scores, is_anomaly)
    limits = np.unique(np.concatenate((normal, anomalous)))[::-1]
    alarms = [0.0, *((normal >= limit).mean() for limit in limits)]
    hits = [0.0, *((anomalous >= limit).mean() for limit in limits)]
    ax.plot(alarms, hits)
    ax.plot([0, 1], [0, 1], color=_LINE, linestyle=":")
    ax.axvspan(0, MAX_FPR, alpha=0.15)
    ax.set(xlabel="false alarms", ylabel="hits", xlim=(0, 1), ylim=(0, 1))
    return ax


def histogram(
    scores: ArrayLike,
    is_anomaly: ArrayLike,
    *,
    threshold: float | None = None,
    ax: Axis | None = None,
) -> Axis:
    """How the scores of normal and of anomalous recordings are spread.

    Parameters
    ----------
    scores, is_anomaly : as of `roc`.
    threshold : drawn as a line where it is finite.

    Raises
    ------
    ValueError
        As `roc`.
    """
    ax = _axis(ax)
    normal, anomalous = _split(scores, is_anomaly)
    bins = np.histogram_bin_edges(np.concatenate((normal, anomalous)), bins=30)
    ax.hist(normal, bins=bins, color=_NORMAL, alpha=0.6, label="normal")
    ax.hist(anomalous, bins=bins, color=_ANOMALY, alpha=0.6, label="anomalous", hatch="//")
    if threshold is not None and np.isfinite(threshold):
        ax.axvline(threshold, color=_LINE, linestyle="--", label="threshold")
    ax.set(xlabel="anomaly score", ylabel="recordings")
    ax.legend()
    return ax


def calibration(p_values: ArrayLike, *, ax: Axis | None = None) -> Axis:
    """The measured rate of false alarms for every nominal one.

    Parameters
    ----------
    p_values : array, shape (n_clips,), of normal recordings alone; NaN is left out.

    Raises
    ------
    ValueError
        If there is none, or one is not between 0 and 1.
    """
    ax = _axis(ax)
    ordered = np.asarray(p_values, np.float64)
    ordered = np.sort(ordered[~np.isnan(ordered)])
    if not ordered.size:
        raise ValueError("p_values: got none, expected those of normal recordings")
    if ordered[0] < 0 or ordered[-1] > 1:
        raise ValueError(f"p_values: got {ordered[0]:g} to {ordered[-1]:g}, expected 0 to 1")
    measured = np.arange(ordered.size + 1) / ordered.size
    ax.step([0, *ordered], measured, where="post")
    ax.plot([0, 1], [0, 1], color=_LINE, linestyle=":")
    ax.set(xlabel="nominal rate", ylabel="measured rate", xlim=(0, 1), ylim=(0, 1))
    return ax


def overview(table: "pd.DataFrame", *, by: str = "machine_type", ax: Axis | None = None) -> Axis:
    """The severities of all recordings, machine by machine, with the threshold at 100.

    Parameters
    ----------
    table : with ``severity``, such as ``predict(...).to_frame()``; rows without one are left out.
    by : the column that tells machines apart.

    Raises
    ------
    ValueError
        If the table has no such columns.
    """
    _check_columns(table, "severity", by)
    ax = _axis(ax)
    rows = table.dropna(subset=["severity"])
    machines = rows[by].map(str).where(rows[by].notna(), "none")
    names: Sequence[str] = sorted(machines.unique())
    for place, name in enumerate(names):
        values = rows.loc[machines == name, "severity"].to_numpy(np.float64)
        offsets = np.linspace(-0.2, 0.2, len(values))  # every point is seen
        colours = np.where(values > AT_THRESHOLD, _ANOMALY, _NORMAL)
        ax.scatter(values, place + offsets, c=list(colours), s=14)
    ax.axvline(AT_THRESHOLD, color=_LINE, linestyle="--", label="threshold")
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.set(xlabel="severity")
    ax.legend()
    return ax


def _check_columns(table: "pd.DataFrame", *columns: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise ValueError(f"table: got the columns {[*table.columns]}, expected {column}")


def _axis(ax: Axis | None) -> Axis:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        problem = f"matplotlib cannot be imported ({error})"
        raise ConfigError(problem, advice="run pip install 'dcase_classic[plot]'") from error
    return plt.gca()


def _split(
    scores: ArrayLike, is_anomaly: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The scores of normal and of anomalous clips."""
    values, labels = np.asarray(scores, np.float64), np.asarray(is_anomaly, np.float64)
    if values.shape != labels.shape:
        raise ValueError(f"is_anomaly: got shape {labels.shape}, expected {values.shape}")
    unknown = labels[~np.isin(labels, (0, 1))]
    if unknown.size:
        raise ValueError(f"is_anomaly: got {unknown[0]:g}, expected true or false for each score")
    truth = labels == 1
    has_score = ~np.isnan(values)
    values, truth = values[has_score], truth[has_score]
    if np.isinf(values).any():
        raise ValueError("scores: got an infinite one, expected finite ones, or NaN for none")
    if truth.all() or not truth.any():
        raise ValueError("is_anomaly: got one class, expected normal and anomalous recordings")
    return values[~truth], values[truth]
