"""The rows of one clip, or of the windows of a long one: what a worker does."""

import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dcase_classic.errors import DataError
from dcase_classic.io.feature_packs import ClipFeatures, FileIdentity
from dcase_classic.io.feature_store import identify
from dcase_classic.io.recordings.audio import Recording
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.log import LOGGER
from dcase_classic.model.length_scale import PART_SHARE
from dcase_classic.pipeline.expected import Expected, Windows
from dcase_classic.records import Clip, Rows, Span, Waveform
from dcase_classic.sound.front_end import FrontEnd, Part
from dcase_classic.sound.level import level_db

# Smaller files are decoded at once; of larger ones the header tells first whether they are long.
_SMALL_BYTES = 2**20
_N_PLACES = 4  # first, last, and two between
_PART_EVERY = 5  # so many windows of a recording have one part
_MOST_CARRIED = 64  # windows that travel from a worker: a MB of rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What is taken of clips.

    Attributes
    ----------
    front_end : what makes the rows.
    expected : what clips have to fit; without a format, that of most of them.
    with_part : the clips of which a part is taken too.
    is_kept : whether rows are kept for the next time.
    is_training : whether windows are learned from, each as a clip of its own.
    """

    front_end: FrontEnd
    expected: Expected = field(default_factory=Expected)
    with_part: frozenset[Clip] = frozenset()
    is_kept: bool = False
    is_training: bool = False

    def place(self, clip: Clip) -> float | None:
        """Where the part of a clip lies that is taken, as its name has it; None for no part."""
        if clip not in self.with_part:
            return None
        return zlib.crc32(os.fsencode(clip.name)) % _N_PLACES / (_N_PLACES - 1)

    def place_in_window(self, clip: Clip, number: int) -> float | None:
        """As `place`, of a window of the clip, counted from 0."""
        if not self.is_training or clip not in self.with_part or number % _PART_EVERY:
            return None
        return number // _PART_EVERY % _N_PLACES / (_N_PLACES - 1)

    def takes(self, features: ClipFeatures, clip: Clip) -> bool:
        """Whether rows that were kept are those that this would make."""
        place = self.place(clip)
        return (
            (place is None or features.place == place)
            and not self.expected.gain_db(features.level_db)
            and not self.expected.is_long(features.format.duration_s)
        )


WindowFeatures = tuple[Span, ClipFeatures | DataError]  # a window's rows, or why there are none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LongClip:
    """A clip that is taken in windows; ``features`` is None where these are too many to carry."""

    windows: Windows
    features: tuple[WindowFeatures, ...] | None


def clip_features(clip: Clip, *, intake: Intake) -> ClipFeatures | LongClip | DataError:
    """The rows of a clip for every kind of features, or what is wrong with it."""
    start_s = time.perf_counter()
    features = _clip_features(clip, intake)
    LOGGER.debug("%s: computed in %.0f ms", clip.path, 1000 * (time.perf_counter() - start_s))
    return features


def _clip_features(clip: Clip, intake: Intake) -> ClipFeatures | LongClip | DataError:
    try:
        with naming_unusable(clip.path):
            expected = intake.expected
            if _is_known_before(clip) and expected.windows is not None:
                from dcase_classic.io.recordings.lengths import duration_s

                length_s = duration_s(clip)
                if expected.windows.are_of(length_s):
                    return _long_clip(clip, length_s, expected.windows, intake)
            is_kept = intake.is_kept and is_known_by_file(clip)
            identity = identify(clip.path) if is_kept else None
            recording = recording_of(clip, intake.front_end.audio)
            length_s = recording.format.duration_s
            if expected.windows is not None and expected.windows.are_of(length_s):
                return _long_clip(clip, length_s, expected.windows, intake)
            return recording_features(
                clip.path, recording, intake, identity=identity, place=intake.place(clip)
            )
    except DataError as error:
        return error


def iter_window_features(clip: Clip, windows: Windows, intake: Intake) -> Iterator[WindowFeatures]:
    """The rows of every window of a long clip, one after the other.

    Of those that are learned from, none holds again at the end what the one before holds: a near
    copy would be held out against its twin.

    Raises
    ------
    DataError
        If the file cannot be read to its end.
    """
    from dcase_classic.io.recordings.windows import iter_window_recordings

    recordings = iter_window_recordings(
        clip,
        intake.front_end.audio,
        window_s=windows.length_s,
        hop_s=windows.hop_s,
        with_rest=not intake.is_training,
    )
    for number, (span, recording) in enumerate(recordings):
        features: ClipFeatures | DataError
        try:
            if isinstance(recording, DataError):
                raise recording
            with naming_unusable(clip.path):
                features = recording_features(
                    clip.path, recording, intake, place=intake.place_in_window(clip, number)
                )
        except DataError as error:
            features = error
        yield span, features


def is_known_by_file(clip: Clip) -> bool:
    """False for a clip that was cut into parts, that is no file, or that is read as a list says."""
    return len(clip.files) == 1 and clip.raw is None and clip.samples is None


def _is_known_before(clip: Clip) -> bool:
    """Whether the length of a clip is asked for before its samples are looked at."""
    n_bytes = sum(path.stat().st_size for path in clip.files if path.is_file())
    return clip.samples is not None or n_bytes > _SMALL_BYTES


def _long_clip(clip: Clip, length_s: float, windows: Windows, intake: Intake) -> LongClip:
    if length_s > _MOST_CARRIED * windows.hop_s:
        return LongClip(windows=windows, features=None)
    features = tuple(iter_window_features(clip, windows, intake))
    return LongClip(windows=windows, features=features)


def recording_features(
    path: Path,
    recording: Recording,
    intake: Intake,
    *,
    identity: FileIdentity | None = None,
    place: float | None = None,
) -> ClipFeatures:
    """The rows of a recording of whatever origin; see `ClipFeatures` for ``path`` and the rest."""
    level = level_db(recording.waveform.samples)
    gain_db = intake.expected.gain_db(level)
    waveform = scored_waveform(recording.waveform, gain_db)
    part_rows: tuple[Rows, ...] = ()
    if place is None:
        rows = intake.front_end.rows(waveform)
    else:
        part = Part(share=PART_SHARE, place=place)
        rows, rows_of_part = intake.front_end.rows_with_part(waveform, part)
        part_rows = tuple(rows_of_part.values())
    return ClipFeatures(
        path=path,
        rows=tuple(rows.values()),
        format=recording.format,
        flags=recording.flags,
        level_db=level,
        identity=None if gain_db else identity,
        place=place,
        part_rows=part_rows,
    )


def scored_waveform(waveform: Waveform, gain_db: float) -> Waveform:
    """The sound that is scored: with the gain that `Expected.gain_db` asks for."""
    if not gain_db:
        return waveform
    factor = np.float32(10 ** (gain_db / 20))
    return waveform.changed(lambda samples: samples * factor)
