"""Feature rows on disk, so that a recording is decoded once for each kind of features.

``<folder>/features/<fingerprint>/<folder of the clips>/*.pack``: the fingerprint stands for the
settings and the code that make the rows. Packs are those of `feature_packs`.

A clip is taken from the store if its file has the size, times and number (inode) that it had, or
else if its bytes have the same SHA-256. A file that was written less than two seconds before it was
read has no such identity, because a second change would not show in its times.
"""

import hashlib
import os
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
import scipy
import soundfile
import soxr

from dcase_classic.errors import ConfigError
from dcase_classic.io.feature_packs import (
    ClipFeatures,
    FileIdentity,
    read_header,
    read_pack,
    write_pack,
)

Other = TypeVar("Other")

# What decodes, computes and stores rows, below the package; all else may change and rows stay.
_READERS = (
    "audio", "riff", "decoding", "decoders", "wav_layout", "file_part", "limits",
    "optional_decoder", "mp3_stream", "caf_layout", "ogg_pages", "raw_samples",
)  # fmt: skip
ROW_CODE = (
    "sound/*.py",
    "model/length_scale.py",  # how long the parts are whose rows are kept
    *(f"io/recordings/{name}.py" for name in _READERS),
    "io/feature_store.py",
    "io/feature_packs.py",
)

_PACKAGE = Path(__file__).parents[1]
_UNSETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """How much a store holds."""

    folder: Path
    n_clips: int
    n_packs: int
    n_bytes: int


class FeatureStore:
    """The rows of one kind of settings.

    Parameters
    ----------
    folder : of the cache.
    settings : everything that decides the rows, apart from the code, as one text.
    clips_per_pack : what a kill may lose; that of 256 is half a second of work.

    Attributes
    ----------
    notes : what went wrong in storing; nothing depends on it.
    """

    def __init__(self, folder: Path, settings: str, *, clips_per_pack: int = 256) -> None:
        made_by = (code_version(), settings, *_librosa_versions(settings))
        self.folder = (
            _features(folder) / hashlib.sha256("\n".join(made_by).encode()).hexdigest()[:16]
        )
        self.notes: tuple[str, ...] = ()
        self._clips_per_pack = clips_per_pack

    def read(self, paths: Iterable[Path]) -> dict[Path, ClipFeatures]:
        """What is known of these files as they are now; the rows are mapped, not read."""
        features = {}
        for parent, members in groupby(sorted(paths), key=lambda path: path.parent):
            # of several entries of a file the last counts: one with the rows of a part
            packed = chain.from_iterable(map(read_pack, self._packs(parent)))
            known = sorted(packed, key=lambda pair: pair[1].place is not None)
            by_stamp = {(clip.path.name, file.stamp): clip for file, clip in known if file.stamp}
            by_digest = {file.digest: clip for file, clip in known}
            for path in members if known else ():
                try:
                    if not path.is_file():
                        continue
                    clip = by_stamp.get((path.name, _stamp(path)))
                    clip = clip or by_digest.get(_identity(path).digest)
                except OSError:  # who reads it tells
                    continue
                if clip is not None:
                    features[path] = replace(clip, path=path)
        return features

    def digests(self, paths: Sequence[Path]) -> dict[Path, str]:
        """The SHA-256 of those files that are known, and unchanged at a glance; none is read."""
        digests = {}
        for parent, members in groupby(sorted(paths), key=lambda path: path.parent):
            known = {
                (clip["name"], clip["stamp"]): clip["digest"]
                for pack in self._packs(parent)
                for clip in read_header(pack)
                if clip["stamp"]
            }
            for path in members if known else ():
                with suppress(OSError):
                    digest = known.get((path.name, _stamp(path)))
                    if digest:
                        digests[path] = digest
        return digests

    def keep(
        self, results: Iterable[ClipFeatures | Other]
    ) -> Generator[ClipFeatures | Other, None, None]:
        """The results as they come; what is new is stored on the way, also if the loop is left."""
        pending: list[ClipFeatures] = []
        try:
            for result in results:
                if isinstance(result, ClipFeatures) and result.identity is not None:
                    pending.append(result)
                if len(pending) == self._clips_per_pack:
                    self._add(pending)
                    pending = []
                yield result
        finally:
            self._add(pending)

    def _packs(self, parent: Path) -> list[Path]:
        folder = self._folder_of(parent)
        with suppress(OSError):  # a cache that may not be entered is one that holds nothing
            return sorted(folder.glob("*.pack")) if folder.is_dir() else []
        return []

    def _add(self, clips: Sequence[ClipFeatures]) -> None:
        try:
            for parent, members in groupby(clips, key=lambda clip: clip.path.parent):
                write_pack(self._folder_of(parent), list(members))
        except OSError as error:
            self.notes = (f"features are not kept in {self.folder} ({error.strerror})",)

    def _folder_of(self, parent: Path) -> Path:
        return self.folder / hashlib.sha256(os.fsencode(parent.resolve())).hexdigest()[:16]


def identify(path: Path) -> FileIdentity | None:
    """The identity of a file as it is now; None if there is none."""
    return _identity(path) if path.is_file() else None


def default_cache() -> Path:
    """``$DCASE_CLASSIC_CACHE``, or ``dcase_classic`` in the user's folder of caches.

    Raises
    ------
    ConfigError
        If the user has no home folder.
    """
    chosen = os.environ.get("DCASE_CLASSIC_CACHE")
    if chosen:
        return Path(chosen)
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError as error:
        problem = "there is no home folder for the cache"
        raise ConfigError(problem, advice="set DCASE_CLASSIC_CACHE to a folder") from error
    return folder / "dcase_classic"


def store_info(folder: Path) -> StoreInfo:
    """How much the cache in ``folder`` holds, for all settings."""
    packs = list(_features(folder).glob("*/*/*.pack"))
    clips = {  # two runs at once may both keep one, the first while it was too young for a stamp
        (pack.parent, str((clip["name"], clip["digest"])))
        for pack in packs
        for clip in read_header(pack)
    }
    return StoreInfo(
        folder=folder,
        n_clips=len(clips),
        n_packs=len(packs),
        n_bytes=sum(pack.stat().st_size for pack in packs),
    )


def clear_store(folder: Path) -> StoreInfo:
    """Remove all packs from the cache in ``folder`` and nothing else; what it held."""
    info = store_info(folder)
    for path in _features(folder).glob("*/*/*"):
        if path.suffix in {".pack", ".part"}:
            path.unlink(missing_ok=True)
    for path in [*_features(folder).glob("*/*"), *_features(folder).glob("*")]:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return info


@lru_cache
def code_version(package: Path = _PACKAGE) -> str:
    """A hash of the code that makes rows, and of the versions of what it decodes and computes with.

    Settings are no part of it: a store is told them.
    """
    paths = sorted(path for pattern in ROW_CODE for path in package.glob(pattern))
    code = b"".join(path.read_bytes() for path in paths)
    versions = (np.__version__, scipy.__version__, soundfile.__libsndfile_version__)
    return hashlib.sha256(code + repr((*versions, soxr.__version__)).encode()).hexdigest()


def _librosa_versions(settings: str) -> list[str]:
    """That of librosa where settings ask for it: to look for it takes longer than to score."""
    if "librosa" not in settings:
        return []
    from importlib import metadata

    return [distribution.version for distribution in metadata.distributions(name="librosa")]


def _features(folder: Path) -> Path:
    return folder / "features"


def _identity(path: Path) -> FileIdentity:
    stamp = _stamp(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileIdentity(stamp=stamp if stamp == _stamp(path) else "", digest=digest)


def _stamp(path: Path) -> str:
    status = path.stat()
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _UNSETTLED_NS:
        return ""
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{status.st_size} {times} {status.st_ino}"
