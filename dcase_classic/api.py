"""The Python door: a detector with scikit-learn's manners, and the features that it listens to.

It opens on the same functions as the command line, so both give the same bits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted

from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError, telling_system_errors
from dcase_classic.given_files import given_name, given_path
from dcase_classic.io.artifacts import Artifact, existing_models, load_entry, write_model
from dcase_classic.io.learned_clips import read_learned_clips
from dcase_classic.io.manifest import add_entry, read_manifest, while_unchanged
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.recordings.given_clips import (
    Given,
    Single,
    given_clip,
    given_clips,
    given_siblings,
    labelled_clips,
)
from dcase_classic.io.recordings.own_clips import normal_clips
from dcase_classic.log import LOGGER
from dcase_classic.model.rates import at_rate
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.reasons import Explanation
from dcase_classic.pipeline.clip_rows import log_mel_frame, view_rows
from dcase_classic.pipeline.explain import explain_in_memory
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.inference import infer_in_memory, recalibrated
from dcase_classic.pipeline.model_choice import only_entry
from dcase_classic.pipeline.score_table import score_table
from dcase_classic.pipeline.settings import Settings, settings_of
from dcase_classic.pipeline.stream import Stream
from dcase_classic.records import OWN_SECTION, Clip, Rows
from dcase_classic.report.own_words import learned_lines
from dcase_classic.run import OnError, Run

if TYPE_CHECKING:
    import pandas as pd

Siblings: TypeAlias = Mapping[str, Given]

_UNNAMED = "machine"  # until it is saved


class AnomalyDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """A model of the normal sound of one machine.

    ``X`` is always recordings: a file, a folder with all below it, or an array of samples
    (n_samples,); a list of paths or of arrays, (n_samples,) or (n_samples, n_channels); an array
    whose rows are clips of one channel; or a table of pandas with a column ``path``. Arrays are
    checked, resampled and centred like files. Names of files tell nothing.

    Signs are scikit-learn's: `score_samples` and `decision_function` are higher for more *normal*
    sounds and `predict` gives -1 for an anomaly, where DCASE's anomaly score, as in `score_frame`,
    is higher for more *anomalous* ones and its decision 1 is an anomaly.

    Parameters
    ----------
    preset : of settings, see ``dcase-classic info``; None for that which ``config`` begins with, or
        the default ``classic``.
    config : settings that change the preset: a TOML file; or all of them, as a `Config`.
    false_alarms : the rate of false alarms that is wanted, in (0, 1); None for the settings'.
    sample_rate : of arrays, in Hz, where a call does not tell it.
    n_jobs : number of processes; None lets the number of recordings decide.

    Attributes
    ----------
    model_ : Artifact
        What was learned, and from what.
    offset_ : float
        Minus the threshold: ``decision_function`` is ``score_samples`` less this.
    """

    def __init__(
        self,
        preset: str | None = None,
        *,
        config: Settings = None,
        false_alarms: float | None = None,
        sample_rate: int | None = None,
        n_jobs: int | None = 1,
    ) -> None:
        self.preset = preset
        self.config = config
        self.false_alarms = false_alarms
        self.sample_rate = sample_rate
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """What scikit-learn should know: the input is recordings, not a table of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags

    @property
    def threshold_(self) -> float:
        """A greater anomaly score is an alarm."""
        return -self.offset_

    def fit(
        self,
        X: Given,
        y: ArrayLike | None = None,
        *,
        sample_rate: int | None = None,
        domains: Sequence[str | None] | None = None,
        sessions: Sequence[str] | None = None,
        siblings: Siblings | None = None,
    ) -> Self:
        """Learn from normal recordings.

        Parameters
        ----------
        X : recordings; columns ``label``, ``domain`` and ``session`` of a table say what ``y``,
            ``domains`` and ``sessions`` say where these are not given.
        y : array, shape (n_recordings,)
            1 for a normal recording, -1 for an anomaly, which is left out; None if all are normal.
        sample_rate : of arrays, in Hz.
        domains : ``source``, ``target`` or None of each recording.
        sessions : of each recording; those of one session were made together.
        siblings : recordings of other machines of the kind, by their names, to tell this one from.

        Raises
        ------
        ConfigError
            If a parameter is out of range.
        DataError
            If recordings are missing or cannot be used.
        """
        config = self._settings()
        rate_hz = self._rate(sample_rate)
        clips = labelled_clips(X, y, sample_rate=rate_hz, domains=domains, sessions=sessions)
        if siblings is not None:
            clips += given_siblings(siblings, sample_rate=rate_hz)
        with TemporaryDirectory(prefix="dcase-classic-") as folder:
            training = normal_clips(clips, _UNNAMED)
            (fitted,) = fit(training, folder, config, run=Run(n_jobs=self.n_jobs))
            artifact = _load(Path(folder), read_manifest(Path(folder))[_UNNAMED, OWN_SECTION])
        for line in learned_lines([fitted]):
            LOGGER.info("%s", line.text)
        return self.with_model(artifact)

    def with_model(self, artifact: Artifact) -> Self:
        """The detector itself, fitted by a model that is there already; see `load`."""
        self.model_ = artifact
        self.offset_ = -artifact.model.threshold
        return self

    def score_samples(self, X: Given, *, sample_rate: int | None = None) -> NDArray[np.float64]:
        """Normality (n_recordings,), minus DCASE's anomaly score; of windows the least normal.

        Raises
        ------
        DataError
            If a recording cannot be used.
        """
        scores = [clip.anomaly_score for clip in self._judged(X, sample_rate)]
        return -np.array(scores)

    def decision_function(self, X: Given, *, sample_rate: int | None = None) -> NDArray[np.float64]:
        """Normality less the threshold's, (n_recordings,): below 0 is an alarm.

        Raises
        ------
        DataError
            If a recording cannot be used.
        """
        return self.score_samples(X, sample_rate=sample_rate) - self.offset_

    def predict(self, X: Given, *, sample_rate: int | None = None) -> NDArray[np.int64]:
        """-1 for an anomaly and 1 for a normal recording, (n_recordings,).

        Raises
        ------
        DataError
            If a recording cannot be used.
        """
        alarms = [clip.is_anomaly for clip in self._judged(X, sample_rate)]
        return np.where(alarms, -1, 1)

    def score_frame(self, X: Given, *, sample_rate: int | None = None) -> "pd.DataFrame":
        """A table with a row for every recording, or for each window of a long one.

        Columns: ``path``, ``start_s``, ``end_s``, ``anomaly_score`` (higher = more anomalous),
        ``threshold``, ``severity`` (0 for a usual normal recording, 100 at the threshold),
        ``p_value``, ``p_value_is_extrapolated``, ``is_anomaly``, ``flags`` and ``reason``. A
        recording that cannot be used has a reason and no numbers.
        """
        clips = self._clips(X, sample_rate)
        inference = infer_in_memory(clips, self.model_, run=self._run(OnError.SKIP))
        return score_table(clips, inference, self.model_.key)

    def explain(self, X: Given, *, sample_rate: int | None = None) -> list[Explanation]:
        """Why every recording has its score; of windows that of the highest score is explained.

        ``why`` holds what is odd, in Hz and seconds, each with its share of the anomaly score; the
        shares sum to it.

        Raises
        ------
        DataError
            If a recording cannot be used.
        """
        clips = self._clips(X, sample_rate)
        return explain_in_memory(clips, self.model_, run=self._run(OnError.FAIL))

    def stream(
        self, *, sample_rate: int | None = None, window_s: float | None = None, hop_s: float = 1.0
    ) -> Stream:
        """What scores windows of sound that comes in pieces; its windows are those of a file.

        Parameters
        ----------
        sample_rate : of the sound, in Hz; None for that of the detector, or else of the model.
        window_s : length of the windows in seconds; None for that of training.
        hop_s : their distance in seconds.
        """
        check_is_fitted(self, "model_")
        return Stream(self, sample_rate_hz=sample_rate, window_s=window_s, hop_s=hop_s)

    @telling_system_errors()
    def save(
        self, folder: str | PathLike[str], *, machine_type: str, overwrite: bool = False
    ) -> None:
        """Write the model where ``predict`` of the command line, or `load`, finds it.

        Parameters
        ----------
        folder : of models; made if missing.
        machine_type : the name of the machine.
        overwrite : whether another model of this name is replaced.

        Raises
        ------
        ArtifactError
            If there is another model of this name, or it cannot be a name of a file.
        DcaseClassicError
            If the folder cannot be written to.
        """
        check_is_fitted(self, "model_")
        path = given_path(folder)
        artifact = replace(self.model_, machine_type=given_name(machine_type))
        entry = existing_models(path, is_forced=False).get(artifact.key)
        if entry is not None and not overwrite:
            problem = f"holds a model of {machine_type!r} already"
            raise ArtifactError(problem, path=path, advice="give overwrite=True, or another name")
        path.mkdir(parents=True, exist_ok=True)
        add_entry(path, write_model(path, artifact))

    def _settings(self) -> Config:
        config = settings_of(self.preset, self.config)
        return config if self.false_alarms is None else at_rate(config, self.false_alarms)

    def _rate(self, sample_rate: int | None) -> int | None:
        """That of a call, or else of the detector."""
        return self.sample_rate if sample_rate is None else sample_rate

    def _run(self, on_error: OnError) -> Run:
        return Run(n_jobs=self.n_jobs, on_error=on_error)

    def _judged(self, X: Given, sample_rate: int | None) -> list[ClipScore]:
        """The score of every recording: that of the highest window."""
        clips = self._clips(X, sample_rate)
        inference = infer_in_memory(clips, self.model_, run=self._run(OnError.FAIL))
        scores = inference.highest_scores
        return [scores[clip] for clip in clips]

    def _clips(self, X: Given, sample_rate: int | None) -> list[Clip]:
        """The recordings that the fitted model is asked about."""
        check_is_fitted(self, "model_")
        return given_clips(X, sample_rate=self._rate(sample_rate))


@telling_system_errors()
def load(
    folder: str | PathLike[str],
    machine_type: str | None = None,
    *,
    section: str | None = None,
    false_alarms: float | None = None,
    verify_key: str | PathLike[str] | None = None,
    allow_parts: Collection[str] = (),
) -> AnomalyDetector:
    """The detector of a model that ``fit`` or `AnomalyDetector.save` has written.

    Parameters
    ----------
    folder : of models.
    machine_type, section : which; None where there is only one.
    false_alarms : the rate that decisions are made for, in (0, 1); None for that of the model.
    verify_key : the file of the public key that must have signed the models; None is that of
        ``$DCASE_CLASSIC_VERIFY_KEY``, and admits unsigned ones where there is none.
    allow_parts : names of parts of other packages that the model may load.

    Raises
    ------
    ArtifactError
        If there is no such model, or several; if it is damaged, of another version or not signed by
        the key.
    ConfigError
        If the key cannot be read.
    DataError
        If the model rests on too few recordings for the rate.
    """
    path = given_path(folder)

    def read() -> Artifact:
        entry = only_entry(path, machine_type, section, verify_key=verify_key)
        return _load(path, entry, allow_parts)

    artifact = while_unchanged(path, read)
    if false_alarms is not None:
        artifact = recalibrated(artifact, false_alarms, path)
    settings = artifact.config
    if not settings.windows.are_learned:  # another fit has clips of a length of their own
        settings = replace(settings, training_s=None)
    return AnomalyDetector(config=settings).with_model(artifact)


def features(
    recording: Single,
    *,
    view: str,
    preset: str | None = None,
    config: Settings = None,
    sample_rate: int | None = None,
    as_frame: bool = False,
) -> "Rows | pd.DataFrame":
    """What a view of the settings learns from: rows (n_segments, n_features) of one recording.

    Parameters
    ----------
    recording : a file, or samples (n_samples,) or (n_samples, n_channels).
    view : its name, such as ``mfcc_1s_density``.
    preset, config, sample_rate : see `AnomalyDetector`.
    as_frame : a table of pandas with names as columns, and seconds as index.

    Raises
    ------
    ConfigError
        If there is no such view or preset.
    DataError
        If the recording cannot be used.
    """
    rows = view_rows(
        given_clip(recording, sample_rate=sample_rate), settings_of(preset, config), view
    )
    return rows.to_frame() if as_frame else rows.X


def log_mel(
    recording: Single,
    *,
    preset: str | None = None,
    config: Settings = None,
    sample_rate: int | None = None,
) -> "pd.DataFrame":
    """The log-mel spectrogram in dB: rows are frames (``time_s``), columns bands (``hz``).

    Parameters are those of `features`.

    Raises
    ------
    DataError
        If the recording cannot be used.
    """
    return log_mel_frame(
        given_clip(recording, sample_rate=sample_rate), settings_of(preset, config)
    )


def _load(folder: Path, entry: ModelEntry, allow_parts: Collection[str] = ()) -> Artifact:
    """A model with what is known of its clips, so that it can be saved with it again."""
    artifact = load_entry(folder, entry, allow_parts=allow_parts)
    if not entry.clips_sha256:  # it is of an older version
        return artifact
    return replace(artifact, learned=read_learned_clips(folder, entry))
