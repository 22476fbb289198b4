"""From files to feature tables, one clip at a time and in several processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dcase_classic.config import AudioConfig, Config
from dcase_classic.errors import DataError
from dcase_classic.front_end import FrontEnd, make_table
from dcase_classic.io.audio import read_clip
from dcase_classic.io.feature_store import ClipFeatures, FeatureStore, FileIdentity
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
    clips: Sequence[Clip],
    config: Config,
    *,
    n_jobs: int | None,
    description: str,
    cache: Path | None = None,
) -> Extraction:
    """The feature tables of ``clips`` for every view; a clip that cannot be read is set aside.

    Parameters
    ----------
    clips, config : what is read, and how.
    n_jobs : number of processes; None lets the amount of work decide.
    description : shown before the progress bar.
    cache : the folder where rows are kept for the next time; None for not at all.

    Raises
    ------
    ConfigError
        If an extractor that the settings name is unknown.
    """
    front_end = FrontEnd.from_config(config)
    distinct = front_end.distinct()
    store = None if cache is None else FeatureStore(cache, repr((distinct, config.audio)))
    paths = [clip.path for clip in clips]
    known: dict[Path, ClipFeatures | str] = dict(store.read(paths)) if store else {}
    missing = [path for path in paths if path not in known]
    compute = partial(_features, front_end=distinct, audio=config.audio, is_kept=store is not None)
    results = map_ordered(compute, missing, n_jobs=n_jobs, description=description)
    known |= zip(missing, store.keep(results) if store else results, strict=True)
    read = [(clip, of) for clip in clips if isinstance(of := known[clip.path], ClipFeatures)]
    by_view = zip(*(of.rows for _, of in read), strict=True)
    tables = dict(zip(distinct.views, map(make_table, map(list, by_view)), strict=bool(read)))
    return Extraction(
        clips=tuple(clip for clip, _ in read),
        tables=tuple(tables[view] for view in front_end.views) if read else (),
        skipped=tuple(
            SkippedClip(clip=clip, reason=reason)
            for clip in clips
            if isinstance(reason := known[clip.path], str)
        ),
    )


def _features(
    path: Path, *, front_end: FrontEnd, audio: AudioConfig, is_kept: bool
) -> ClipFeatures | str:
    """The rows of a file for every view, or what is wrong with it."""
    try:
        identity = FileIdentity.of(path) if is_kept and path.is_file() else None
        rows = front_end.rows(read_clip(path, audio))
    except DataError as error:
        return str(error)
    except ValueError as error:
        return f"{path}: too short or unusable ({error})"
    return ClipFeatures(path=path, rows=rows, identity=identity)
