"""From files to feature tables, one clip at a time and in several processes."""

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from dcase_classic.errors import DataError
from dcase_classic.io.feature_store import ClipFeatures, FeatureStore, identify
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.row_file import RowFile
from dcase_classic.outcomes import FlaggedClip, SkippedClip
from dcase_classic.parallel import map_ordered
from dcase_classic.records import Clip, ClipRows
from dcase_classic.run import Run
from dcase_classic.sound.clip_format import ClipFormat, check_format, majority_format
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures
from dcase_classic.sound_config import AudioConfig


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """The clips that could be read, their rows by what these hold, and the clips that could not.

    Rows stay in temporary files as long as the tables are there.

    ``usual`` is the format that the clips were compared with: that of the model, or of most clips;
    None where no clip could be read. ``notes`` says what was done with all clips.
    """

    clips: tuple[Clip, ...]
    tables: Mapping[ViewFeatures, ClipRows]
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    usual: ClipFormat | None
    notes: tuple[str, ...] = ()

    def check_none_skipped(self) -> None:
        """Raise what was wrong with the skipped clips, one line each.

        Raises
        ------
        DataError
            If a clip was skipped.
        """
        if self.skipped:
            raise DataError.from_many([skipped.error for skipped in self.skipped])


def extract(
    clips: Sequence[Clip],
    front_end: FrontEnd,
    *,
    run: Run,
    description: str,
    usual: ClipFormat | None = None,
) -> Extraction:
    """The feature tables of ``clips``; a clip that cannot be used is set aside.

    Parameters
    ----------
    clips, front_end : what is read, and how.
    run : with how many processes, and where rows are kept for the next time.
    description : shown before the progress bar.
    usual : the format that clips have to fit; None takes that of most of them.
    """
    files = {features: RowFile() for features in front_end.features}
    folder = run.cache_folder
    store = None if folder is None else FeatureStore(folder, repr(front_end))
    results = _features_of(clips, front_end, run, description, store)
    with closing(results):  # on a full disk too: what was computed goes to the cache
        stored = [_store(result, tuple(files.values())) for result in results]
    formats = [item.format for item in stored if isinstance(item, _Stored)]
    if usual is None and formats:
        usual = majority_format(formats)
    pairs = [
        (clip, _compare(clip, item, usual, front_end.audio))
        for clip, item in zip(clips, stored, strict=True)
    ]
    kept = [(clip, item) for clip, item in pairs if isinstance(item, _Stored)]
    positions = [item.position for _, item in kept]
    return Extraction(
        clips=tuple(clip for clip, _ in kept),
        tables={features: file.table(positions) for features, file in files.items() if kept},
        skipped=tuple(
            SkippedClip(clip=clip, error=item)
            for clip, item in pairs
            if isinstance(item, DataError)
        ),
        flagged=tuple(
            FlaggedClip(clip=clip, flags=item.flags) for clip, item in kept if item.flags
        ),
        usual=usual,
        notes=_notes(usual, front_end.audio) + (store.notes if store else ()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A clip whose rows were put into files, as the one at ``position``."""

    position: int
    format: ClipFormat
    flags: tuple[str, ...]


def _store(features: ClipFeatures | DataError, files: Sequence[RowFile]) -> _Stored | DataError:
    if isinstance(features, DataError):
        return features
    position = files[0].n_clips
    for file, rows in zip(files, features.rows, strict=True):
        file.append(rows)
    return _Stored(position=position, format=features.format, flags=features.flags)


def _compare(
    clip: Clip, item: _Stored | DataError, usual: ClipFormat | None, audio: AudioConfig
) -> _Stored | DataError:
    """The clip with what is odd about its format, or why it cannot be used with the others."""
    if isinstance(item, DataError) or usual is None:
        return item
    check = check_format(item.format, usual, wanted_rate_hz=audio.sample_rate_hz)
    if check.refusal is not None:
        return check.refusal.at(clip.path)
    return replace(item, flags=item.flags + check.flags)


def _features_of(
    clips: Sequence[Clip],
    front_end: FrontEnd,
    run: Run,
    description: str,
    store: FeatureStore | None,
) -> Generator[ClipFeatures | DataError, None, None]:
    """The rows of every clip, from the cache where it has them, or what is wrong with it."""
    whole = [clip.path for clip in clips if _is_known_by_file(clip)]
    cached = store.read(whole) if store else {}
    known = deque(cached.get(clip.path) for clip in clips)
    cached.clear()
    missing = [clip for clip, features in zip(clips, known, strict=True) if features is None]
    compute = partial(_features, front_end=front_end, is_kept=store is not None)
    results = map_ordered(compute, missing, n_jobs=run.n_jobs, description=description)
    computed = store.keep(results) if store else results
    with closing(computed):
        while known:  # what was read back is freed clip by clip
            features = known.popleft()
            yield next(computed) if features is None else features
        next(computed, None)  # an ended run keeps its workers for the next, and its last rows


def _features(clip: Clip, *, front_end: FrontEnd, is_kept: bool) -> ClipFeatures | DataError:
    """The rows of a clip for every kind of features, or what is wrong with it."""
    try:
        with naming_unusable(clip.path):
            identity = identify(clip.path) if is_kept and _is_known_by_file(clip) else None
            recording = read_recording(clip.files, front_end.audio, raw=clip.raw)
            rows = tuple(front_end.rows(recording.waveform).values())
    except DataError as error:
        return error
    return ClipFeatures(
        path=clip.path, rows=rows, format=recording.format, flags=recording.flags, identity=identity
    )


def _is_known_by_file(clip: Clip) -> bool:
    """False for a clip that was cut into parts, or whose samples are read as a list says."""
    return len(clip.files) == 1 and clip.raw is None


def _notes(usual: ClipFormat | None, audio: AudioConfig) -> tuple[str, ...]:
    if usual is None or usual.sample_rate_hz == audio.sample_rate_hz:
        return ()
    return (f"recorded at {usual.sample_rate_hz} Hz, resampled to {audio.sample_rate_hz} Hz",)
