"""From files to feature tables, one clip at a time and in several processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from dcase_classic.config import AudioConfig, Config
from dcase_classic.errors import DataError
from dcase_classic.front_end import FrontEnd, Rows, make_table
from dcase_classic.io.audio import read_recording
from dcase_classic.io.clip_format import ClipFormat, check_format, majority_format
from dcase_classic.parallel import map_ordered
from dcase_classic.records import Clip, FeatureTable


class OnError(StrEnum):
    """What happens at a recording that cannot be used."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedClip:
    """A clip that got no score, and the reason in one line that names its path."""

    clip: Clip
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedClip:
    """A clip that was used although something is odd about it."""

    clip: Clip
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """The clips that could be read, one table for each view, and the clips that could not.

    ``usual`` is the format that the clips were compared with: that of the model, or of most clips;
    None where no clip could be read. ``notes`` says what was done with all clips.
    """

    clips: tuple[Clip, ...]
    tables: tuple[FeatureTable, ...]
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
            raise DataError("\n".join(skipped.reason for skipped in self.skipped))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _ClipRows:
    """What is known about one clip that could be read."""

    rows: tuple[Rows, ...]
    format: ClipFormat
    flags: tuple[str, ...]


def extract(
    clips: Sequence[Clip],
    config: Config,
    *,
    n_jobs: int | None,
    description: str,
    usual: ClipFormat | None = None,
) -> Extraction:
    """The feature tables of ``clips`` for every view; a clip that cannot be used is set aside.

    Parameters
    ----------
    clips, config : what is read, and how.
    n_jobs : number of processes; None lets the amount of work decide.
    description : shown before the progress bar.
    usual : the format that clips have to fit; None takes that of most of them.

    Raises
    ------
    ConfigError
        If an extractor that the settings name is unknown.
    """
    front_end = FrontEnd.from_config(config)
    rows_of = partial(_rows, front_end=front_end, audio=config.audio)
    results = list(map_ordered(rows_of, clips, n_jobs=n_jobs, description=description))
    formats = [result.format for result in results if isinstance(result, _ClipRows)]
    usual = usual or (majority_format(formats) if formats else None)
    read: list[tuple[Clip, _ClipRows]] = []
    skipped: list[SkippedClip] = []
    flagged: list[FlaggedClip] = []
    for clip, result in zip(clips, results, strict=True):
        if isinstance(result, str) or usual is None:
            skipped.append(SkippedClip(clip=clip, reason=str(result)))
            continue
        check = check_format(result.format, usual, wanted_rate_hz=config.audio.sample_rate_hz)
        if check.refusal is not None:
            skipped.append(SkippedClip(clip=clip, reason=f"{clip.path}: {check.refusal}"))
            continue
        read.append((clip, result))
        if check.flags or result.flags:
            flagged.append(FlaggedClip(clip=clip, flags=result.flags + check.flags))
    by_view = dict(
        zip(front_end.views, zip(*(result.rows for _, result in read), strict=True), strict=False)
    )
    tables = {view: make_table(list(rows)) for view, rows in by_view.items()}  # equal views share
    return Extraction(
        clips=tuple(clip for clip, _ in read),
        tables=tuple(tables[view] for view in front_end.views if view in tables),
        skipped=tuple(skipped),
        flagged=tuple(flagged),
        usual=usual,
        notes=_notes(usual, config.audio),
    )


def _notes(usual: ClipFormat | None, audio: AudioConfig) -> tuple[str, ...]:
    if usual is None or usual.sample_rate_hz == audio.sample_rate_hz:
        return ()
    return (f"recorded at {usual.sample_rate_hz} Hz, resampled to {audio.sample_rate_hz} Hz",)


def _rows(clip: Clip, *, front_end: FrontEnd, audio: AudioConfig) -> _ClipRows | str:
    """The rows of a clip for every view, or what is wrong with it."""
    try:
        recording = read_recording(clip.files, audio)
    except DataError as error:
        return str(error)
    try:
        rows = front_end.rows(recording.waveform)
    except ValueError as error:
        return f"{clip.path}: too short or unusable ({error})"
    return _ClipRows(rows=rows, format=recording.format, flags=recording.flags)
