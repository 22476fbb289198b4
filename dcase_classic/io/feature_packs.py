"""Packs: files that hold the feature rows of some clips.

A pack is written at once: beside its final name, then renamed. After a kill at any moment all packs
are whole, and two processes that compute the same clips write the same packs. Packs are mapped, not
read: measured with 1,000 clips, ``numpy.savez`` with an array for each table takes six times as
long to read, and with one array for all keeps 19 MB in memory instead of 2.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dcase_classic.io.files import replacing
from dcase_classic.records import Rows
from dcase_classic.sound.clip_format import ClipFormat

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


def write_pack(folder: Path, clips: list[ClipFeatures]) -> None:
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


def read_header(path: Path) -> list[dict[str, Any]]:
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


def read_pack(path: Path) -> Iterator[tuple[FileIdentity, ClipFeatures]]:
    """The clips of a pack, paths without folders; none if it was removed or is damaged."""
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
            (
                FileIdentity(stamp=clip["stamp"], digest=clip["digest"]),
                ClipFeatures(
                    path=Path(clip["name"]),
                    rows=tables[: clip["n_tables"]],
                    format=ClipFormat(**clip["format"]),
                    flags=tuple(clip["flags"]),
                    level_db=clip["level_db"],
                    identity=None,
                    place=clip["place"],
                    part_rows=tables[clip["n_tables"] :],
                ),
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
