"""From files to feature tables, one clip at a time and in several processes."""

import logging
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.feature_packs import ClipFeatures
from dcase_classic.io.feature_store import FeatureStore
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.row_file import RowFile
from dcase_classic.log import LOGGER, timing
from dcase_classic.model.row_tables import ChosenRows, ClipRows
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.parallel.blas_threads import one_blas_thread
from dcase_classic.parallel.processes import map_ordered
from dcase_classic.pipeline.clip_features import (
    Intake,
    LongClip,
    WindowFeatures,
    clip_features,
    is_known_by_file,
    iter_window_features,
)
from dcase_classic.pipeline.expected import Expected
from dcase_classic.records import Clip, IndexArray, Scores, Span
from dcase_classic.run import Run
from dcase_classic.sound.clip_format import ClipFormat, majority_format
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures
from dcase_classic.wording import Loss, counted

_OWN = f"{__name__.partition('.')[0]}."


def feature_store(front_end: FrontEnd, run: Run) -> FeatureStore | None:
    """Where an earlier run may have kept what is computed of clips; None where nothing is kept.

    Nothing tells whether an extractor of others is still the code that it was.
    """
    folder = run.cache_folder
    extractors = (extractor for view in front_end.features for extractor in view.extractors)
    is_own = all(type(extractor).__module__.startswith(_OWN) for extractor in extractors)
    return FeatureStore(folder, repr(front_end)) if folder is not None and is_own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipMeasure:
    """What is known of a clip, or of a window of one, beside its rows; ``span`` is None for a clip.

    ``flags`` tell what is odd about it.
    """

    duration_s: float
    level_db: float
    span: Span | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A clip, or a window of one, that cannot be used, and why; ``span`` is None for a clip."""

    clip: Clip
    span: Span | None
    error: DataError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """The clips that could be read, their rows by what these hold, and the clips that could not.

    Rows stay in temporary files as long as the tables are there.

    Attributes
    ----------
    clips, measures : what the rows of the tables belong to; a clip that is scored in windows stands
        there once for each, and where windows are learned from, each is a clip with a span.
    tables : the rows.
    skipped : the clips that cannot be used at all.
    lost : windows that cannot be used, of clips that can.
    flagged : the clips that are odd.
    part_clips, part_tables : the clips that a part was taken of, and the rows of the parts.
    usual : the format that the clips were compared with: that of the model, or of most clips; None
        where no clip could be read.
    notes : what was done with all clips.
    """

    clips: tuple[Clip, ...]
    measures: tuple[ClipMeasure, ...]
    tables: Mapping[ViewFeatures, ClipRows]
    skipped: tuple[SkippedClip, ...]
    lost: tuple[Unusable, ...]
    flagged: tuple[FlaggedClip, ...]
    part_clips: tuple[Clip, ...]
    part_tables: Mapping[ViewFeatures, ClipRows]
    usual: ClipFormat | None = None
    notes: tuple[str, ...] = ()

    def length_shares(self, expected: Expected) -> Scores:
        """How long the clips are for a model that expects this, (n_clips,)."""
        return expected.length_shares([measure.duration_s for measure in self.measures])

    @property
    def has_windows(self) -> bool:
        """Whether windows of clips are learned from."""
        return any(clip.span for clip in self.clips)

    @property
    def unit(self) -> str:
        """What clips are, in people's words."""
        return "window" if self.has_windows else "recording"

    def choose(self, kept: IndexArray) -> "Extraction":
        """Some of the clips, by ascending position."""
        return replace(
            self,
            clips=tuple(self.clips[position] for position in kept),
            measures=tuple(self.measures[position] for position in kept),
            tables={
                features: ChosenRows.from_clips(table, table.clip_index, kept)
                for features, table in self.tables.items()
            },
        )

    def check_none_skipped(self) -> None:
        """Raise what was wrong with the skipped clips, one line each.

        Raises
        ------
        DataError
            If a clip was skipped.
        """
        if self.skipped:
            raise DataError.from_many([skipped.error for skipped in self.skipped])


def extract(clips: Sequence[Clip], intake: Intake, *, run: Run, description: str) -> Extraction:
    """The feature tables of ``clips``; a clip that cannot be used is set aside.

    Parameters
    ----------
    clips, intake : what is read, and what is taken of it.
    run : with how many processes, and where rows are kept for the next time.
    description : shown before the progress bar.
    """
    front_end, expected = intake.front_end, intake.expected
    store = feature_store(front_end, run)
    intake = replace(intake, is_kept=store is not None)
    rows = _RowFiles(front_end)
    results = _features_of(clips, intake, run, description, store)
    with (
        timing("%s: %s", description, counted(len(clips), "recording")),
        closing(results),
    ):  # on a full disk too: what was computed goes to the cache
        stored = [
            list(_items(clip, result, intake, rows))
            for clip, result in zip(clips, results, strict=True)
        ]
    formats = [item.format for items in stored for item in items if isinstance(item, _Stored)]
    if expected.recordings is None and formats:
        wanted_hz = front_end.audio.sample_rate_hz
        expected = replace(expected, recordings=majority_format(formats, wanted_rate_hz=wanted_hz))
    checked = [
        (clip, [_checked(clip, item, expected, front_end.audio) for item in items])
        for clip, items in zip(clips, stored, strict=True)
    ]
    notes = _notes(intake, expected.recordings, checked) + (store.notes if store else ())
    for clip, items in checked:
        _log_items(clip, items)
    extraction = _extraction(checked, rows, is_training=intake.is_training)
    return replace(extraction, usual=expected.recordings, notes=notes)


class _RowFiles:
    """The rows of clips, and of parts of some, in files for every kind of features."""

    def __init__(self, front_end: FrontEnd) -> None:
        self.whole = {kind: RowFile() for kind in front_end.features}
        self.parts = {kind: RowFile() for kind in front_end.part_features}

    def store(self, features: ClipFeatures, span: Span | None) -> "_Stored":
        """Put the rows into the files."""
        position = next(iter(self.whole.values())).n_clips
        for file, rows in zip(self.whole.values(), features.rows, strict=True):
            file.append(rows)
        part = None
        if features.part_rows:
            part = next(iter(self.parts.values())).n_clips
            for file, rows in zip(self.parts.values(), features.part_rows, strict=True):
                file.append(rows)
        measure = ClipMeasure(
            duration_s=features.format.duration_s,
            level_db=features.level_db,
            span=span,
            flags=features.flags,
        )
        return _Stored(position=position, part=part, format=features.format, measure=measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A clip or window whose rows are in files at ``position``; those of its part at ``part``."""

    position: int
    part: int | None
    format: ClipFormat
    measure: ClipMeasure


_Item = _Stored | Unusable
_Checked = list[tuple[Clip, list[_Item]]]


def _items(
    clip: Clip, result: ClipFeatures | LongClip | DataError, intake: Intake, rows: _RowFiles
) -> Iterator[_Item]:
    """The clip, or its windows, with their rows in files; or the clip that cannot be used."""
    if isinstance(result, ClipFeatures):
        yield rows.store(result, None)
        return
    if isinstance(result, DataError):
        yield Unusable(clip=clip, span=None, error=result)
        return
    try:
        # as in the workers: several threads of BLAS would only wait for each other
        with one_blas_thread(), naming_unusable(clip.path):
            kept: Iterable[WindowFeatures] | None = result.features
            if kept is None:
                kept = iter_window_features(clip, result.windows, intake)
            for span, features in kept:
                if isinstance(features, DataError):
                    yield Unusable(clip=clip, span=span, error=features)
                else:
                    yield rows.store(features, span)
    except DataError as error:
        yield Unusable(clip=clip, span=None, error=error)


def _checked(clip: Clip, item: _Item, expected: Expected, audio: AudioConfig) -> _Item:
    """The clip or window with what is odd about it, or why it cannot be used with the others."""
    if isinstance(item, Unusable):
        return item
    measure = item.measure
    check = expected.check(item.format, measure.level_db, audio)
    if check.refusal is not None:
        return Unusable(clip=clip, span=measure.span, error=check.refusal.at(clip.path))
    return replace(item, measure=replace(measure, flags=measure.flags + check.flags))


def _log_items(clip: Clip, items: Sequence[_Item]) -> None:
    """What was made of a clip or its windows, for who follows the work."""
    for item in items if LOGGER.isEnabledFor(logging.DEBUG) else ():
        if isinstance(item, Unusable):
            LOGGER.debug("%s: not used, %s", clip.path, item.error.problem)
            continue
        measure, usual = item.measure, item.format
        where = "" if measure.span is None else f" at {measure.span.start_s:g} s"
        flags = "; ".join(measure.flags) or "nothing odd"
        LOGGER.debug(
            "%s%s: %.2f s, %d Hz, %s, %.1f dB, %s",
            *(clip.path, where, measure.duration_s, usual.sample_rate_hz),
            *(counted(usual.n_channels, "channel"), measure.level_db, flags),
        )


def _extraction(checked: _Checked, rows: _RowFiles, *, is_training: bool) -> Extraction:
    kept: list[tuple[Clip, _Stored]] = []
    skipped, lost, flagged = [], [], []
    for clip, items in checked:
        failed = [item for item in items if isinstance(item, Unusable)]
        used = [item for item in items if isinstance(item, _Stored)]
        whole = [item for item in failed if item.span is None]
        if whole or not used:
            skipped.append(SkippedClip(clip=clip, error=(whole or failed)[0].error))
            continue
        kept += [
            (replace(clip, span=item.measure.span) if is_training else clip, item) for item in used
        ]
        lost += failed
        flags = _clip_flags(used, failed, is_training=is_training)
        if flags:
            flagged.append(FlaggedClip(clip=clip, flags=flags))
    positions = [item.position for _, item in kept]
    parts = [(clip, item.part) for clip, item in kept if item.part is not None]
    return Extraction(
        clips=tuple(clip for clip, _ in kept),
        measures=tuple(item.measure for _, item in kept),
        tables={kind: file.table(positions) for kind, file in rows.whole.items() if kept},
        skipped=tuple(skipped),
        lost=tuple(lost),
        flagged=tuple(flagged),
        part_clips=tuple(clip for clip, _ in parts),
        part_tables={
            kind: file.table([part for _, part in parts])
            for kind, file in rows.parts.items()
            if parts
        },
    )


def _clip_flags(
    used: Sequence[_Stored], failed: Sequence[Unusable], *, is_training: bool
) -> tuple[str, ...]:
    """What is odd about a clip, or about the windows of one."""
    if used[0].measure.span is None:
        return used[0].measure.flags
    n_windows = len(used) + len(failed)
    highest = f"scored as the highest of its {counted(n_windows, 'window')}"
    flags: list[str] = [] if is_training else [f"longer than in training, {highest}"]
    odd = [
        (item.measure.span, "; ".join(item.measure.flags)) for item in used if item.measure.flags
    ]
    lost = [(item.span, item.error.problem) for item in failed]
    for said, spans, kind in (
        ("odd", odd, str),
        ("left out" if is_training else "without score", lost, Loss),
    ):
        if spans:
            span, reason = spans[0]
            where = "" if span is None else f" at {span.start_s:g} s"
            verb = "is" if len(spans) == 1 else "are"
            which = f"{len(spans)} of {counted(n_windows, 'window')}"
            flags.append(kind(f"{which} {verb} {said}, the first{where}: {reason}"))
    return tuple(flags)


def _features_of(
    clips: Sequence[Clip], intake: Intake, run: Run, description: str, store: FeatureStore | None
) -> Generator[ClipFeatures | LongClip | DataError, None, None]:
    """The rows of every clip, from the cache where it has them, or what is wrong with it."""
    cached = store.read([clip.path for clip in clips if is_known_by_file(clip)]) if store else {}
    if store:
        LOGGER.info("%s: %d in the cache %s", description, len(cached), store.folder)
    known = deque(_taken(cached.get(clip.path), clip, intake) for clip in clips)
    cached.clear()
    missing = [clip for clip, features in zip(clips, known, strict=True) if features is None]
    compute = partial(clip_features, intake=intake)
    results = map_ordered(compute, missing, n_jobs=run.n_jobs, description=description)
    computed: Generator[ClipFeatures | LongClip | DataError, None, None]
    computed = store.keep(results) if store else results
    with closing(computed):
        while known:  # what was read back is freed clip by clip
            features = known.popleft()
            yield next(computed) if features is None else features
        next(computed, None)  # an ended run keeps its workers for the next, and its last rows


def _taken(features: ClipFeatures | None, clip: Clip, intake: Intake) -> ClipFeatures | None:
    return features if features is not None and intake.takes(features, clip) else None


def _notes(intake: Intake, usual: ClipFormat | None, checked: _Checked) -> tuple[str, ...]:
    """What was done with all clips."""
    notes = []
    wanted_hz, windows = intake.front_end.audio.sample_rate_hz, intake.expected.windows
    if usual is not None and usual.sample_rate_hz != wanted_hz:
        notes.append(_resampling_note(usual.sample_rate_hz, wanted_hz, intake))
    n_long = sum(
        any(isinstance(item, _Stored) and item.measure.span is not None for item in items)
        for _, items in checked
    )
    if n_long and windows is not None:
        number = counted(n_long, "recording is", "recordings are")
        notes.append(
            f"{counted(n_long, 'recording')} heard in windows of {windows.length_s:g} s"
            if intake.is_training
            else f"{number} longer than those of training: scored in windows of "
            f"{windows.length_s:g} s, of which one or more alarm more often than a single clip"
        )
    return tuple(notes)


def _resampling_note(rate_hz: int, wanted_hz: int, intake: Intake) -> str:
    """That recordings are resampled, and how to learn from what there is where it is less."""
    note = f"recorded at {rate_hz} Hz, resampled to {wanted_hz} Hz"
    if rate_hz > wanted_hz or not intake.is_training:
        return note
    cure = f"--set audio.sample_rate_hz={rate_hz} learns from what there is"
    return f"{note}, of which the bands above {rate_hz // 2} Hz are empty; {cure}"
