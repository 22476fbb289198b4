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
from dcase_classic.io.recordings.lengths import duration_s
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.io.recordings.windows import iter_window_recordings
from dcase_classic.log import LOGGER
from dcase_classic.model.length_scale import PART_SHARE
from dcase_classic.pipeline.expected import Expected
from dcase_classic.records import Clip, Rows, Span, Waveform
from dcase_classic.sound.front_end import FrontEnd, Part
from dcase_classic.sound.level import level_db

# Smaller files are decoded at once; of larger ones the header tells first whether they are long.
_SMALL_BYTES = 2**20
_N_PLACES = 4  # first, last, and two between
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
    """

    front_end: FrontEnd
    expected: Expected = field(default_factory=Expected)
    with_part: frozenset[Clip] = frozenset()
    is_kept: bool = False

    def place(self, clip: Clip) -> float | None:
        """Where the part of a clip lies that is taken, as its name has it; None for no part."""
        if clip not in self.with_part:
            return None
        return zlib.crc32(os.fsencode(clip.name)) % _N_PLACES / (_N_PLACES - 1)

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
    """A clip that is scored in windows; None where these are too many to be carried."""

    clip: Clip
    windows: tuple[WindowFeatures, ...] | None


def clip_features(clip: Clip, *, intake: Intake) -> ClipFeatures | LongClip | DataError:
    """The rows of a clip for every kind of features, or what is wrong with it."""
    start_s = time.perf_counter()
    features = _clip_features(clip, intake)
    LOGGER.debug("%s: computed in %.0f ms", clip.path, 1000 * (time.perf_counter() - start_s))
    return features


def _clip_features(clip: Clip, intake: Intake) -> ClipFeatures | LongClip | DataError:
    try:
        with naming_unusable(clip.path):
            if _is_large(clip) and intake.expected.window_s is not None:
                length_s = duration_s(clip)
                if intake.expected.is_long(length_s):
                    return _long_clip(clip, length_s, intake)
            is_kept = intake.is_kept and is_known_by_file(clip)
            identity = identify(clip.path) if is_kept else None
            recording = recording_of(clip, intake.front_end.audio)
            if intake.expected.is_long(recording.format.duration_s):
                return _long_clip(clip, recording.format.duration_s, intake)
            return recording_features(
                clip.path, recording, intake, identity=identity, place=intake.place(clip)
            )
    except DataError as error:
        return error


def iter_window_features(clip: Clip, intake: Intake) -> Iterator[WindowFeatures]:
    """The rows of every window of a long clip, one after the other.

    Raises
    ------
    DataError
        If the file cannot be read to its end.
    """
    window_s, hop_s = intake.expected.window_and_hop_s
    audio = intake.front_end.audio
    for span, recording in iter_window_recordings(clip, audio, window_s=window_s, hop_s=hop_s):
        features: ClipFeatures | DataError
        try:
            if isinstance(recording, DataError):
                raise recording
            with naming_unusable(clip.path):
                features = recording_features(clip.path, recording, intake)
        except DataError as error:
            features = error
        yield span, features


def is_known_by_file(clip: Clip) -> bool:
    """False for a clip that was cut into parts, that is no file, or that is read as a list says."""
    return len(clip.files) == 1 and clip.raw is None and clip.samples is None


def _is_large(clip: Clip) -> bool:
    return sum(path.stat().st_size for path in clip.files if path.is_file()) > _SMALL_BYTES


def _long_clip(clip: Clip, length_s: float, intake: Intake) -> LongClip:
    _, hop_s = intake.expected.window_and_hop_s
    if length_s > _MOST_CARRIED * hop_s:
        return LongClip(clip=clip, windows=None)
    return LongClip(clip=clip, windows=tuple(iter_window_features(clip, intake)))


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
