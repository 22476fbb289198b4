"""Sound that comes bit by bit, as scored windows: the same scores as those of a file at once."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Protocol, Self, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError, telling_system_errors
from dcase_classic.given_files import given_path
from dcase_classic.io.artifacts import Artifact, load_entry
from dcase_classic.io.feature_packs import ClipFeatures
from dcase_classic.io.manifest import while_unchanged
from dcase_classic.io.recordings.audio import Decoded, Recording, as_recording, in_full_scale
from dcase_classic.io.recordings.limits import MOST_CHANNELS, naming_unusable
from dcase_classic.io.recordings.memory import whole_rate
from dcase_classic.model.explain import Explainer
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.outcomes.reasons import Explanation
from dcase_classic.parallel.blas_threads import one_blas_thread
from dcase_classic.pipeline.clip_features import Intake, recording_features
from dcase_classic.pipeline.expected import Expected
from dcase_classic.pipeline.explain import explain_recording
from dcase_classic.pipeline.model_choice import only_entry
from dcase_classic.records import Rows, Scores
from dcase_classic.report.page.pictures import Picture
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.front_end import FrontEnd, log_mel_of
from dcase_classic.sound.sample_scale import SampleRange, choose_scale
from dcase_classic.sound.signal_checks import SilenceError
from dcase_classic.sound.window_cutter import Window, WindowCutter
from dcase_classic.wording import is_number

STREAM_PATH = Path("-")
_USUAL_S = 10.0
_SILENCE_DB = -200.0  # of samples that do not move


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredWindow:
    """What a model says of a window.

    Attributes
    ----------
    start_s, end_s : in seconds from the beginning of the stream.
    new_s : seconds of it that were in no window before.
    anomaly_score, severity, p_value, is_anomaly : None where the window cannot be scored.
    level_db : of full scale.
    samples : array, shape (n_samples, n_channels), as they came in.
    problem : why it cannot be scored; empty where it can.
    flags : what is odd about it.
    """

    start_s: float
    end_s: float
    new_s: float
    anomaly_score: float | None = None
    severity: float | None = None
    p_value: float | None = None
    is_anomaly: bool | None = None
    level_db: float
    samples: Rows = field(repr=False, compare=False)
    problem: str = ""
    flags: tuple[str, ...] = ()


class FittedDetector(Protocol):
    """A detector in Python, as `dcase_classic.AnomalyDetector` is, that has been fitted."""

    model_: Artifact
    sample_rate: int | None


class StreamSettings(TypedDict, total=False):
    """How a `Stream` listens; see there."""

    window_s: float | None
    hop_s: float
    sample_rate_hz: int | None
    channel: int | str | None
    n_skipped: int


class Stream:
    """Scores windows of sound as it comes, in constant memory, in pieces of any size.

    A window is scored as a recording of its own: its mean is taken off and it is brought to the
    rate of the model, which is why neighbouring windows share no frames. Scores are those that
    ``predict`` gives a file of the same samples, and of windows of long files, to the last bit.

    Parameters
    ----------
    detector : a fitted `AnomalyDetector`, or its model; see `Stream.load` for one of a folder.
    window_s : length of a window in seconds; None for the length of the training clips.
    hop_s : distance of the windows in seconds; at most their length, for no sound is left out.
    sample_rate_hz : of the sound; None for that of the detector, or else of the model.
    channel : as `AudioConfig` has it, where another machine has its own; None for the model's.
    n_skipped : windows at the beginning that were scored before.

    Raises
    ------
    ValueError
        If the window or the hop is no number above 0, what is skipped no whole number from 0 on, or
        the detector not fitted.
    DataError
        If no recorder has such a rate.

    Examples
    --------
    A stream of 10 s of sound gives one window, and another for every second more::

        stream = Stream.load("models", "pump")
        for window in stream.feed(samples):
            print(window.end_s, window.severity)
    """

    def __init__(
        self,
        detector: Artifact | FittedDetector,
        *,
        window_s: float | None = None,
        hop_s: float = 1.0,
        sample_rate_hz: int | None = None,
        channel: int | str | None = None,
        n_skipped: int = 0,
    ) -> None:
        if not (isinstance(detector, Artifact) or hasattr(detector, "model_")):
            expected = "expected one that is fitted, or its model; Stream.load takes a folder"
            raise ValueError(f"detector: got {type(detector).__name__}, {expected}")
        if not isinstance(detector, Artifact):
            sample_rate_hz = detector.sample_rate if sample_rate_hz is None else sample_rate_hz
            detector = detector.model_
        config, usual = detector.config, detector.recordings
        audio = config.audio if channel is None else replace(config.audio, channel=channel)
        self._artifact, self._usual_coding = detector, "" if usual is None else usual.coding
        self._coding = "FLOAT"
        usual_hz = config.audio.sample_rate_hz
        self._rate_hz = whole_rate(usual_hz if sample_rate_hz is None else sample_rate_hz, "-")
        self.window_s = (config.training_s or _USUAL_S) if window_s is None else window_s
        for name, value in {"window_s": self.window_s, "hop_s": hop_s}.items():
            if not is_number(value) or not 0 < value < np.inf:
                raise ValueError(f"{name}: got {value!r}, expected a number above 0")
        if not hasattr(n_skipped, "__index__") or n_skipped < 0:
            raise ValueError(f"n_skipped: got {n_skipped!r}, expected 0 or more")
        n_window = max(1, round(self.window_s * self._rate_hz))
        n_hop = min(round(hop_s * self._rate_hz), n_window)
        self._cutter = WindowCutter(n_window=n_window, n_hop=n_hop)
        self._intake = Intake(
            front_end=FrontEnd(audio=audio, features=detector.model.features),
            expected=Expected.from_artifact(detector),
        )
        self._ready = detector.model.ready()
        self._n_skipped = n_skipped
        self._end = 0  # of the last window

    @classmethod
    @telling_system_errors()
    def load(
        cls,
        folder: str | PathLike[str],
        machine_type: str | None = None,
        *,
        section: str | None = None,
        verify_key: str | PathLike[str] | None = None,
        allow_parts: Collection[str] = (),
        **settings: Unpack[StreamSettings],
    ) -> Self:
        """A stream with a model of a folder, in half the memory of one with an `AnomalyDetector`.

        What that class inherits from scikit-learn is not imported.

        Parameters
        ----------
        folder, machine_type, section, verify_key, allow_parts : as of ``dcase_classic.load``.
        settings : as of the class.

        Raises
        ------
        ArtifactError, ConfigError
            As ``dcase_classic.load``.
        """
        path = given_path(folder)

        def read() -> Artifact:
            entry = only_entry(path, machine_type, section, verify_key=verify_key)
            return load_entry(path, entry, allow_parts=allow_parts)

        return cls(while_unchanged(path, read), **settings)

    def feed(
        self, chunk: NDArray[np.floating] | NDArray[np.int16], *, coding: str = "FLOAT"
    ) -> list[ScoredWindow]:
        """The windows that end within more sound.

        Parameters
        ----------
        chunk : array, shape (n_samples,) or (n_samples, n_channels)
            Floats of full scale 1, or 16-bit integers; it may be changed afterwards.
        coding : libsndfile's word for how they were coded.

        Raises
        ------
        ValueError
            If it has another shape or type, masked samples, or other channels than the sound
            before.
        """
        self._coding = coding
        return self._scored(self._cutter.feed(_as_samples(chunk)))

    def finish(self) -> list[ScoredWindow]:
        """The window that ends with the sound, if anything is left; then another may begin."""
        windows = self._scored(self._cutter.finish())
        self._end = 0
        return windows

    def explain(self, samples: Rows) -> Explanation:
        """Why a window of such samples (n_samples, n_channels) has its score.

        Raises
        ------
        DataError
            If it can have no score.
        """
        artifact, expected = self._artifact, self._intake.expected
        explainer = Explainer.from_config(artifact.model, artifact.view_config)
        with one_blas_thread():
            return explain_recording(self._recording(samples), artifact, expected, explainer)

    def picture(self, samples: Rows) -> Picture:
        """The spectrogram of a window of such samples (n_samples, n_channels).

        Raises
        ------
        DataError
            If it can have no score.
        """
        waveform, spectrum = self._recording(samples).waveform, self._artifact.config.spectrum
        axes = Axes(spectrum=spectrum, sample_rate_hz=waveform.sample_rate_hz)
        duration_s = len(waveform.samples) / waveform.sample_rate_hz
        with one_blas_thread():
            frames = log_mel_of(waveform, spectrum)
        return Picture.from_frames(frames, axes, start_s=0.0, duration_s=duration_s)

    def _scored(self, windows: list[Window]) -> list[ScoredWindow]:
        """The windows that were not scored before."""
        n_skipped = min(self._n_skipped, len(windows))
        self._n_skipped -= n_skipped
        if n_skipped:
            self._end = windows[n_skipped - 1].start + len(windows[n_skipped - 1].samples)
        return [self._score(window) for window in windows[n_skipped:]]

    def _score(self, window: Window) -> ScoredWindow:
        """What the model says of a window of the stream."""
        end = window.start + len(window.samples)
        n_new = end - max(self._end, window.start)
        self._end = end
        placed = partial(
            ScoredWindow,
            start_s=window.start / self._rate_hz,
            end_s=end / self._rate_hz,
            new_s=n_new / self._rate_hz,
            samples=window.samples,
        )
        try:
            with one_blas_thread():
                features = self._features(window.samples)
            check = self._intake.expected.check(
                features.format, features.level_db, self._intake.front_end.audio
            )
            if check.refusal is not None:
                raise check.refusal
        except SilenceError as error:
            return placed(level_db=_SILENCE_DB, problem=error.problem)
        except DataError as error:
            return placed(level_db=0.0, problem=error.problem)
        model = self._artifact.model
        with one_blas_thread():
            score = self._scores(features)
        standing = model.standing(score)
        return placed(
            anomaly_score=score.item(),
            severity=standing.severities.item(),
            p_value=standing.p_values.item(),
            is_anomaly=model.decide(score).item(),
            level_db=features.level_db,
            flags=features.flags + check.flags,
        )

    def _features(self, samples: Rows) -> ClipFeatures:
        """The rows of a window.

        Raises
        ------
        DataError
            If it can have no score.
        """
        recording = self._recording(samples)
        with naming_unusable(STREAM_PATH):
            return recording_features(STREAM_PATH, recording, self._intake)

    def _recording(self, samples: Rows) -> Recording:
        """A window as a recording of its own, checked, centred and resampled."""
        clip_format = ClipFormat(
            sample_rate_hz=self._rate_hz,
            n_channels=samples.shape[1],
            coding=self._usual_coding,
            n_samples=len(samples),
        )
        notes = _scale_notes(samples, self._coding)
        with naming_unusable(STREAM_PATH):
            decoded = Decoded(values=samples, format=clip_format, notes=notes)
            return as_recording(decoded, self._intake.front_end.audio, STREAM_PATH)

    def _scores(self, features: ClipFeatures) -> Scores:
        """The anomaly score, (1,)."""
        tables = {
            kind: FeatureTable.from_clips([rows])
            for kind, rows in zip(self._intake.front_end.features, features.rows, strict=True)
        }
        length_shares = self._intake.expected.length_shares([features.format.duration_s])
        return self._artifact.model.score(tables, length_shares, ready=self._ready).anomaly


def _scale_notes(samples: Rows, coding: str) -> tuple[str, ...]:
    """What is odd about the scale of a window's samples.

    A file is scaled by the largest of all its samples; those of a stream have not all come.

    Raises
    ------
    DataError
        If a file of these samples would be scaled, or refused.
    """
    scale = choose_scale(coding, SampleRange().including(samples))
    if scale.factor != 1 and coding == "PCM_32":
        raise DataError("16-bit values in 32-bit samples, or hardly any sound; send it as 16 bit")
    if scale.factor != 1:
        problem = f"float samples up to {np.abs(samples).max():.6g}, expected -1 to 1"
        raise DataError(f"{problem}; send whole numbers as integers, or divide them")
    return (scale.note,) if scale.note else ()


def _as_samples(chunk: NDArray[np.floating] | NDArray[np.int16]) -> Rows:
    """A chunk as float32 (n_samples, n_channels) of its own."""
    values = np.asarray(chunk)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    is_known = values.dtype.kind == "f" or values.dtype == np.int16
    if values.ndim != 2 or not 1 <= values.shape[1] <= MOST_CHANNELS or not is_known:
        raise ValueError(
            f"chunk: got {values.dtype} of shape {np.shape(chunk)}, expected floats or 16-bit "
            "integers of shape (n_samples,) or (n_samples, n_channels) with at most "
            f"{MOST_CHANNELS} channels"
        )
    if np.ma.is_masked(chunk):
        raise ValueError("chunk: holds samples that are masked, fill or cut them")
    with np.errstate(over="ignore"):  # what is infinite then is told as such
        return np.array(in_full_scale(values), dtype=np.float32)
