"""Feature rows on disk, so that a recording is decoded once for each kind of features.

``<folder>/features/<fingerprint>/<folder of the clips>/*.pack``: the fingerprint stands for the
settings and the code that make the rows. A pack holds the rows of some clips and is written at
once: beside its final name, then renamed. After a kill at any moment all packs are whole, and two
processes that compute the same clips write the same packs. Packs are mapped, not read: measured
with 1,000 clips, ``numpy.savez`` with an array for each table takes six times as long to read, and
with one array for all keeps 19 MB in memory instead of 2.

A clip is taken from the store if its file has the size, times and number (inode) that it had, or
else if its bytes have the same SHA-256. A file that was written less than two seconds before it was
read has no such identity, because a second change would not show in its times.
"""

import hashlib
import json
import os
import time
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import scipy
import soundfile
import soxr

from dcase_classic.errors import ConfigError
from dcase_classic.io.files import replacing
from dcase_classic.records import Rows
from dcase_classic.sound.clip_format import ClipFormat

Other = TypeVar("Other")

# What decodes, computes and stores rows, below the package; all else may change and rows stay.
_READERS = (
    "audio", "riff", "decoding", "decoders", "wav_layout", "file_part", "limits",
    "optional_decoder",
)  # fmt: skip
ROW_CODE = ("sound/*.py", *(f"io/recordings/{name}.py" for name in _READERS), "io/feature_store.py")

_PACKAGE = Path(__file__).parents[1]
_UNSETTLED_NS = 2_000_000_000
_ALIGNMENT = 64
_LONGEST_HEADER_BYTES = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentity:
    """What tells a file from another: ``stamp`` at a glance (empty if it cannot), ``digest`` truly.

    ``digest`` is the SHA-256 of the file's bytes.
    """

    stamp: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipFeatures:
    """The rows of a clip for each distinct kind of features, each (n_segments, n_features).

    ``format`` and ``flags`` tell how the file was made and what is odd about its samples;
    ``level_db`` is how loud it is. ``identity`` was taken before the file was read; None if it
    shall not be stored. ``part_rows`` are the rows of the part that lies at ``place``, if any.
    """

    path: Path
    rows: tuple[Rows, ...]
    format: ClipFormat
    flags: tuple[str, ...]
    level_db: float
    identity: FileIdentity | None
    place: float | None = None
    part_rows: tuple[Rows, ...] = ()


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
        fingerprint = hashlib.sha256(f"{code_version()}\n{settings}".encode()).hexdigest()[:16]
        self.folder = _features(folder) / fingerprint
        self.notes: tuple[str, ...] = ()
        self._clips_per_pack = clips_per_pack

    def read(self, paths: Iterable[Path]) -> dict[Path, ClipFeatures]:
        """What is known of these files as they are now; the rows are mapped, not read."""
        features = {}
        for parent, members in groupby(sorted(paths), key=lambda path: path.parent):
            # of several entries of a file the last counts: one with the rows of a part
            known = sorted(self._entries(parent), key=lambda entry: entry.place is not None)
            by_stamp = {
                (entry.name, entry.identity.stamp): entry for entry in known if entry.identity.stamp
            }
            by_digest = {entry.identity.digest: entry for entry in known}
            for path in members if known else ():
                try:
                    if not path.is_file():
                        continue
                    entry = by_stamp.get((path.name, _stamp(path)))
                    entry = entry or by_digest.get(_identity(path).digest)
                except OSError:  # who reads it tells
                    continue
                if entry is not None:
                    features[path] = entry.features_of(path)
        return features

    def digests(self, paths: Sequence[Path]) -> dict[Path, str]:
        """The SHA-256 of those files that are known, and unchanged at a glance; none is read."""
        digests = {}
        for parent, members in groupby(sorted(paths), key=lambda path: path.parent):
            known = {
                (clip["name"], clip["stamp"]): clip["digest"]
                for pack in self._packs(parent)
                for clip in _read_header(pack)
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

    def _entries(self, parent: Path) -> Iterator["_Entry"]:
        for path in self._packs(parent):
            yield from _read_pack(path)

    def _packs(self, parent: Path) -> list[Path]:
        folder = self._folder_of(parent)
        return sorted(folder.glob("*.pack")) if folder.is_dir() else []

    def _add(self, clips: Sequence[ClipFeatures]) -> None:
        try:
            for parent, members in groupby(clips, key=lambda clip: clip.path.parent):
                _write_pack(self._folder_of(parent), list(members))
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
    return StoreInfo(
        folder=folder,
        n_clips=sum(1 for pack in packs for _ in _read_pack(pack)),
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
    librosa = [distribution.version for distribution in metadata.distributions(name="librosa")]
    versions = (np.__version__, scipy.__version__, soundfile.__libsndfile_version__, librosa)
    return hashlib.sha256(code + repr((*versions, soxr.__version__)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Entry:
    name: str
    identity: FileIdentity
    rows: tuple[Rows, ...]
    part_rows: tuple[Rows, ...]
    place: float | None
    format: ClipFormat
    flags: tuple[str, ...]
    level_db: float

    def features_of(self, path: Path) -> ClipFeatures:
        """The same as the features of a file that needs no storing."""
        return ClipFeatures(
            path=path,
            rows=self.rows,
            format=self.format,
            flags=self.flags,
            level_db=self.level_db,
            identity=None,
            place=self.place,
            part_rows=self.part_rows,
        )


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


def _write_pack(folder: Path, clips: list[ClipFeatures]) -> None:
    """A line of JSON that says what follows, zeros up to the alignment, the rows as float32."""
    contents = [_row_bytes(clip) for clip in clips]
    described = [
        {
            "name": clip.path.name,
            "stamp": clip.identity.stamp if clip.identity else "",
            "digest": clip.identity.digest if clip.identity else "",
            "shapes": [rows.shape for rows in (*clip.rows, *clip.part_rows)],
            "n_tables": len(clip.rows),
            "place": clip.place,
            "level_db": clip.level_db,
            "crc32": zlib.crc32(content),
            "format": asdict(clip.format),
            "flags": clip.flags,
        }
        for clip, content in zip(clips, contents, strict=True)
    ]
    header = json.dumps(described).encode() + b"\n"
    header += b"\0" * (-len(header) % _ALIGNMENT)
    path = folder / f"{_stem(header)}.pack"
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines([header, *contents])


def _row_bytes(clip: ClipFeatures) -> bytes:
    return b"".join(
        np.ascontiguousarray(rows, dtype="<f4").tobytes() for rows in (*clip.rows, *clip.part_rows)
    )


def _read_header(path: Path) -> list[dict[str, Any]]:
    """What a pack says of its clips; nothing if it is damaged."""
    if not path.is_file():  # a FIFO would make us wait
        return []
    try:
        with path.open("rb") as file:
            described = _described(file, path)
            [(clip["name"], clip["stamp"], clip["digest"]) for clip in described]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return list(described)


def _read_pack(path: Path) -> Iterator[_Entry]:
    """The entries of a pack; none if it was removed meanwhile or is damaged."""
    if not path.is_file():  # a FIFO would make us wait
        return
    try:
        with path.open("rb") as file:
            described = _described(file, path)
            start = file.tell()
            sizes = [n_rows * n for clip in described for n_rows, n in clip["shapes"]]
            if 4 * sum(sizes) != path.stat().st_size - start or not _are_whole(file, described):
                return
        values = np.memmap(path, dtype="<f4", mode="r", offset=start)
        parts = iter(np.split(values, np.cumsum(sizes)[:-1]))
        entries = [
            _Entry(
                name=clip["name"],
                identity=FileIdentity(stamp=clip["stamp"], digest=clip["digest"]),
                rows=tables[: clip["n_tables"]],
                part_rows=tables[clip["n_tables"] :],
                place=clip["place"],
                format=ClipFormat(**clip["format"]),
                flags=tuple(clip["flags"]),
                level_db=clip["level_db"],
            )
            for clip in described
            for tables in (tuple(next(parts).reshape(shape) for shape in clip["shapes"]),)
        ]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    yield from entries


def _stem(header: bytes) -> str:
    return hashlib.sha256(header).hexdigest()[:32]


def _described(file: BinaryIO, path: Path) -> list[dict[str, Any]]:
    """The content of the header, whose hash is the name of the pack; the rows come next."""
    line = file.readline(_LONGEST_HEADER_BYTES)
    if _stem(line + file.read(-len(line) % _ALIGNMENT)) != path.stem:
        raise ValueError("a pack of another header")
    return list(json.loads(line))


def _are_whole(file: BinaryIO, described: list[dict[str, Any]]) -> bool:
    """Whether the rows are those that were written; they are read, so as not to map them all."""
    return all(
        zlib.crc32(file.read(sum(4 * n_rows * n for n_rows, n in clip["shapes"]))) == clip["crc32"]
        for clip in described
    )
