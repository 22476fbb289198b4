"""Recordings as a program has them: paths, arrays of samples, or a table with a column of paths."""

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from numbers import Number
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.errors import ConfigError, DataError, listed
from dcase_classic.io.recordings.limits import MOST_CHANNELS
from dcase_classic.io.recordings.memory import clip_in_memory
from dcase_classic.io.recordings.own_clips import known_labels, survey_own_clips, with_own_names
from dcase_classic.records import Clip, Domain, Label
from dcase_classic.wording import counted

if TYPE_CHECKING:
    import pandas as pd

Single: TypeAlias = str | bytes | PathLike[str] | NDArray[Any]
Given: TypeAlias = "Single | Sequence[Single] | pd.DataFrame"

_PATH_COLUMN = "path"
_COLUMNS = {"y": "label", "domains": "domain", "sessions": "session"}
_DOMAINS: dict[str | None, Domain | None] = {None: None, **{str(name): name for name in Domain}}
_LABELS: dict[int | str, Label] = {
    1: Label.NORMAL,
    -1: Label.ANOMALY,
    **{str(label): label for label in Label},
}
_MISSING = {"None", "nan", "NaT", "<NA>"}  # as Python, numpy and pandas show them
_SAMPLE_KINDS = "fiubc"  # of dtypes; which of them are samples is told later


def given_clips(recordings: Given, *, sample_rate: int | None = None) -> list[Clip]:
    """The recordings as clips, in order; names tell nothing of them.

    Parameters
    ----------
    recordings : a file, a folder with all below it, or an array (n_samples,); several of these; an
        array whose rows are clips of one channel; or a table of pandas with a column ``path``.
    sample_rate : of arrays, in Hz.

    Raises
    ------
    DataError
        If there is none, a folder holds none or cannot be read, or an array is no recording.
    """
    clips = [
        clip
        for number, item in enumerate(_items(recordings))
        for clip in _clips_of(item, sample_rate, number)
    ]
    if not clips:
        raise DataError("no recording was given")
    return with_own_names(clips)


def given_clip(recording: Single, *, sample_rate: int | None = None) -> Clip:
    """A single recording: a file, or samples (n_samples,) or (n_samples, n_channels).

    Raises
    ------
    DataError
        If it is a folder of several, or as `given_clips`.
    """
    clips = given_clips((recording,), sample_rate=sample_rate)
    if len(clips) > 1:
        raise DataError(f"{len(clips)} recordings, expected one", path=clips[0].path.parent)
    return clips[0]


def given_siblings(siblings: Any, *, sample_rate: int | None = None) -> Iterator[Clip]:
    """The recordings of other machines, each with the name of its machine as section.

    Parameters
    ----------
    siblings : a mapping of names to recordings.
    sample_rate : of arrays, in Hz.

    Raises
    ------
    ConfigError
        If they have no names.
    DataError
        As `given_clips`.
    """
    if not isinstance(siblings, Mapping):
        expected = "expected recordings by the name of their machine, {'pump8': ...}"
        raise ConfigError(f"siblings: got {type(siblings).__name__}, {expected}")
    for name, recordings in siblings.items():
        for clip in given_clips(recordings, sample_rate=sample_rate):
            path = clip.path if clip.samples is None else Path(f"{name} {clip.path}")
            yield replace(clip, path=path, section=str(name), is_sibling=True)


def labelled_clips(
    recordings: Given,
    labels: ArrayLike | None,
    *,
    sample_rate: int | None,
    domains: Sequence[str | None] | None,
    sessions: Sequence[str] | None,
) -> list[Clip]:
    """The normal ones of some recordings of a machine, with what is known of each.

    Parameters
    ----------
    recordings : as of `given_clips`; columns ``label``, ``domain`` and ``session`` of a table tell
        what is not given.
    labels : 1 or ``normal`` for a normal clip, -1 or ``anomaly`` for an anomaly; None if all are
        normal.
    sample_rate : of arrays, in Hz.
    domains : ``source``, ``target`` or None.
    sessions : texts; clips of one session were made together.

    Raises
    ------
    ConfigError
        If there is not one of each for every clip, or one is unknown.
    DataError
        As `given_clips`.
    """
    clips = given_clips(recordings, sample_rate=sample_rate)
    n_clips, table = len(clips), _said_in_columns(recordings)
    said_labels = _column("y", labels, table, n_clips, words=_LABELS)
    known_domains = _column("domains", domains, table, n_clips, words=_DOMAINS)
    known_sessions = _column("sessions", sessions, table, n_clips)
    n_unknown = known_sessions.count(None)
    if 0 < n_unknown < n_clips:
        expected = "expected one of each, or of none"
        raise ConfigError(f"sessions: got none for {n_unknown} of {n_clips}, {expected}")
    known_labels(
        replace(clip, label=label)
        for clip, label in zip(clips, said_labels, strict=True)
        if clip.samples is None
    )
    return [
        replace(clip, domain=domain, session="" if session is None else str(session))
        for clip, label, domain, session in zip(
            clips, said_labels, known_domains, known_sessions, strict=True
        )
        if label is not Label.ANOMALY
    ]


def _said_in_columns(recordings: Any) -> dict[str, Any]:
    """What a table, of pandas or alike, says of its recordings, by column."""
    columns = list(getattr(recordings, "columns", ()))
    return {name: recordings[name] for name in _COLUMNS.values() if name in columns}


def _column(
    name: str,
    values: Any,
    table: Mapping[str, Any],
    n_clips: int,
    *,
    words: Mapping[Any, Any] | None = None,
) -> list[Any]:
    """What is known of every clip, by the words that there are; None of each if not given."""
    values = table.get(_COLUMNS[name]) if values is None else values
    if values is None:
        return [None] * n_clips
    given = np.asarray(values, dtype=object)
    if given.shape != (n_clips,):
        numbers = {0: "none", 1: counted(given.size, "value")}
        number = numbers.get(given.ndim, f"shape {given.shape}")
        raise ConfigError(f"{name}: got {number}, expected one for each of {n_clips}")
    known = [None if _is_missing(value) else value for value in given]
    for value in known:
        if words is not None and value not in list(words):
            expected = " or ".join(map(repr, words))
            raise ConfigError(f"{name}: got {value!r}, expected {expected}")
    return known if words is None else [words[value] for value in known]


def _is_missing(value: Any) -> bool:
    """Whether it is what a table has where it knows nothing; also an empty text."""
    return not value if isinstance(value, str) else str(value) in _MISSING


def _items(recordings: Any) -> Iterator[Any]:
    """One item for each path or array."""
    if isinstance(recordings, str | bytes | PathLike):
        yield recordings
        return
    if hasattr(recordings, "columns"):
        recordings = _path_column(recordings)
    if not _has_order(recordings):
        expected = "expected paths, arrays of samples, or a table with a column path"
        raise DataError(f"recordings: got {type(recordings).__name__}, {expected}")
    array = recordings if isinstance(recordings, np.ndarray) else None
    if array is None and len(recordings) and isinstance(next(iter(recordings)), Number):
        array = np.asarray(recordings)
    if array is None or array.dtype.kind not in _SAMPLE_KINDS:
        yield from recordings
    elif array.ndim == 1:
        yield array
    elif array.ndim == 2 and array.shape[1] <= MOST_CHANNELS:
        raise DataError(
            f"an array of shape {array.shape} has clips of "
            f"{counted(array.shape[1], 'sample')} as its rows",
            advice="put a recording of several channels into a list",
        )
    else:
        yield from array


def _has_order(recordings: Any) -> bool:
    """Whether it holds recordings one after the other, so that scores can stand beside them."""
    if isinstance(recordings, Set | Mapping) or not hasattr(recordings, "__len__"):
        return False
    return np.ndim(recordings) > 0 if isinstance(recordings, np.ndarray) else True


def _path_column(table: Any) -> Any:
    names = list(map(str, table.columns))
    if names.count(_PATH_COLUMN) != 1:
        problem = f"a table of the columns {listed(names)}, expected a column {_PATH_COLUMN}"
        raise DataError(problem)
    return table[_PATH_COLUMN]


def _clips_of(item: Any, sample_rate: int | None, number: int) -> list[Clip]:
    if isinstance(item, str | bytes | PathLike):
        survey = survey_own_clips(os.fsdecode(item))
        if survey.left_out.unreadable:
            raise DataError.from_many(survey.left_out.unreadable)
        return survey.clips
    name = f"array {number}"
    if not _is_numeric(item):
        shown = type(item).__name__ if np.iterable(item) else repr(item)
        raise DataError(f"got {shown}, expected a path or an array of samples", path=name)
    if sample_rate is None:
        raise DataError("samples without a rate", path=name, advice="give sample_rate, in Hz")
    return [clip_in_memory(item, sample_rate, name=name)]


def _is_numeric(item: Any) -> bool:
    try:
        array = np.asarray(item)
    except ValueError:  # rows of different lengths
        return False
    return array.ndim > 0 and array.dtype.kind in _SAMPLE_KINDS
