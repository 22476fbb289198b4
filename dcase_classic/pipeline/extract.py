"""From files to feature tables, one clip at a time and in several processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dcase_classic.config import AudioConfig, Config
from dcase_classic.errors import DataError
from dcase_classic.front_end import FrontEnd, Rows, make_table
from dcase_classic.io.audio import read_clip
from dcase_classic.parallel import map_ordered
from dcase_classic.records import Clip, FeatureTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedClip:
    """A clip that got no score, and the reason in one line that names its path."""

    clip: Clip
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """The clips that could be read, one table for each view, and the clips that could not."""

    clips: tuple[Clip, ...]
    tables: tuple[FeatureTable, ...]
    skipped: tuple[SkippedClip, ...]


def extract(
    clips: Sequence[Clip], config: Config, *, n_jobs: int | None, description: str
) -> Extraction:
    """The feature tables of ``clips`` for every view; a clip that cannot be read is set aside.

    Raises
    ------
    ConfigError
        If an extractor that the settings name is unknown.
    """
    front_end = FrontEnd.from_config(config)
    rows_of = partial(_rows, front_end=front_end, audio=config.audio)
    paths = [clip.path for clip in clips]
    results = list(map_ordered(rows_of, paths, n_jobs=n_jobs, description=description))
    pairs = list(zip(clips, results, strict=True))
    read = [(clip, rows) for clip, rows in pairs if not isinstance(rows, str)]
    by_view = dict(
        zip(front_end.views, zip(*(rows for _, rows in read), strict=True), strict=False)
    )
    tables = {view: make_table(list(rows)) for view, rows in by_view.items()}  # equal views share
    return Extraction(
        clips=tuple(clip for clip, _ in read),
        tables=tuple(tables[view] for view in front_end.views if view in tables),
        skipped=tuple(
            SkippedClip(clip=clip, reason=rows) for clip, rows in pairs if isinstance(rows, str)
        ),
    )


def _rows(path: Path, *, front_end: FrontEnd, audio: AudioConfig) -> tuple[Rows, ...] | str:
    """The rows of a file for every view, or what is wrong with it."""
    try:
        waveform = read_clip(path, audio)
    except DataError as error:
        return str(error)
    try:
        return front_end.rows(waveform)
    except ValueError as error:
        return f"{path}: too short or unusable ({error})"
