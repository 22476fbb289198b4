"""The output of ``prepare``: segments, their spectrograms, and an index that leads back to clips.

OUT/audio_segments/<machine>/<split>/index=<i>__segment_id=<s>__domain=<d>__label=<l>.wav
OUT/spectrograms/<machine>/<split>/<the same>.npy
OUT/index.csv       one row per segment
OUT/prepare.json    the settings
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from dcase_classic.errors import DataError
from dcase_classic.given_files import is_plain_name, read_given_bytes, read_given_rows
from dcase_classic.io.files import write_csv, write_text
from dcase_classic.io.locks import locked
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.recordings.folders import INDEX, SETTINGS
from dcase_classic.records import Clip, Domain, Label, Split

SEGMENTS = "audio_segments"
SPECTROGRAMS = "spectrograms"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One row of the index.

    Attributes
    ----------
    machine_type, section, split, domain, label, attributes : of the clip.
    index : row of the clip in the sorted list of its machine and split, from 0.
    segment_id : position in the clip, from 0.
    start_sample, n_samples, sample_rate_hz : where the segment lies in the clip, as recorded.
    name : of the clip in results.
    source, source_bytes, source_mtime_ns : the file it was cut from, below the data set.
    segment_sha256, spectrogram_sha256 : of the two files, so that they can be verified.
    """

    machine_type: str
    section: str
    split: str
    index: int
    segment_id: int
    start_sample: int
    n_samples: int
    sample_rate_hz: int
    domain: str
    label: str
    attributes: str
    name: str
    source: str
    source_bytes: int
    source_mtime_ns: int
    segment_sha256: str
    spectrogram_sha256: str

    @property
    def stem(self) -> str:
        """The name of both files, without extension."""
        return (
            f"index={self.index}__segment_id={self.segment_id}"
            f"__domain={self.domain}__label={self.label}"
        )

    def segment_path(self, out: Path) -> Path:
        """Where the samples are."""
        return out / SEGMENTS / self.machine_type / self.split / f"{self.stem}.wav"

    def spectrogram_path(self, out: Path) -> Path:
        """Where the mel spectrogram is."""
        return out / SPECTROGRAMS / self.machine_type / self.split / f"{self.stem}.npy"


_COLUMNS = tuple(item.name for item in fields(SegmentRow))
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBERS = {item.name for item in fields(SegmentRow) if item.type is int}


def prepared_clips(out: Path) -> list[Clip]:
    """The clips of a prepared folder, each put together from its segments.

    Raises
    ------
    DataError
        If the index is damaged or a segment is missing.
    """
    by_clip: dict[tuple[str, str, int], list[SegmentRow]] = {}
    for row in read_index(out):
        by_clip.setdefault((row.machine_type, row.split, row.index), []).append(row)
    return [_clip(out, rows) for rows in by_clip.values()]


def read_index(out: Path) -> list[SegmentRow]:
    """The rows of the index.

    Raises
    ------
    DataError
        If it is damaged.
    """
    path = out / INDEX
    rows = read_given_rows(path)
    if not rows or rows[0] != list(_COLUMNS):
        raise DataError(
            "line 1: expected the columns of this version",
            path=path,
            advice="prepare it again, with --force",
        )
    segments = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            cells = dict(zip(_COLUMNS, row, strict=True))
            segments.append(SegmentRow(**_typed(cells)))
        except ValueError as error:
            raise DataError(
                f"line {number}: {error}", path=path, advice="prepare it again, with --force"
            ) from error
    return segments


def write_index(out: Path, machine_type: str, split: str, rows: Sequence[SegmentRow]) -> None:
    """Write the rows of a machine and split, all or nothing; those of others stay.

    The index is sorted by machine, split, index and segment. Several processes may write at once.
    """
    with locked(out):
        known = read_index(out) if (out / INDEX).is_file() else []
        others = [row for row in known if (row.machine_type, row.split) != (machine_type, split)]
        ordered = sorted(
            [*others, *rows], key=attrgetter("machine_type", "split", "index", "segment_id")
        )
        write_csv(out / INDEX, _COLUMNS, map(attrgetter(*_COLUMNS), ordered))


def forget(out: Path) -> None:
    """Remove index, settings and segments, so that the folder may be prepared with other ones."""
    for name in (INDEX, SETTINGS):
        (out / name).unlink(missing_ok=True)
    for folder in (SEGMENTS, SPECTROGRAMS):
        for path in (out / folder).glob("*/*/index=*__segment_id=*"):
            path.unlink(missing_ok=True)


def check_settings(out: Path, settings: Mapping[str, object]) -> None:
    """Write the settings of a new folder, or refuse a folder of other ones.

    Raises
    ------
    DataError
        If the folder was made with other settings.
    """
    path = out / SETTINGS
    text = to_json(settings)
    with locked(out):
        if not path.exists():
            write_text(path, text)
        elif read_given_bytes(path) != text.encode():
            raise DataError(
                "made with other settings or another version",
                path=path,
                advice="use --force to replace what is there, or another folder",
            )


def problems(out: Path, rows: Iterable[SegmentRow]) -> list[DataError]:
    """What is wrong with the files of the rows: missing, or of other content than written."""
    problems = []
    for row in rows:
        for path, digest in (
            (row.segment_path(out), row.segment_sha256),
            (row.spectrogram_path(out), row.spectrogram_sha256),
        ):
            if not path.is_file():
                problems.append(DataError("missing", path=path))
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                problems.append(DataError("altered", path=path))
    return problems


def _clip(out: Path, rows: list[SegmentRow]) -> Clip:
    rows = sorted(rows, key=lambda row: row.segment_id)
    first, paths = rows[0], tuple(row.segment_path(out) for row in rows)
    is_whole = [row.segment_id for row in rows] == list(range(len(rows)))
    missing = next((path for path in paths if not path.is_file()), None)
    if missing is not None or not is_whole:
        raise DataError(
            "a segment is missing", path=missing or paths[0], advice="prepare the data again"
        )
    return Clip(
        path=paths[0],
        machine_type=first.machine_type,
        section=first.section,
        split=Split(first.split),
        domain=None if first.domain == UNKNOWN else Domain(first.domain),
        label=None if first.label == UNKNOWN else Label(first.label),
        attributes=first.attributes,
        alias=first.name,
        parts=paths,
    )


def _typed(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells with their numbers read and their words checked: paths are made of them."""
    Split(cells["split"])
    for name in ("machine_type", "section", "name"):
        if not is_plain_name(cells[name]):
            raise ValueError(f"{name}: got {cells[name]!r}, expected a name without folders")
    for name in _NUMBERS:
        if not _WHOLE.fullmatch(cells[name]):
            raise ValueError(f"{name}: got {cells[name]!r}, expected a whole number")
    for name, kind in (("domain", Domain), ("label", Label)):
        if cells[name] != UNKNOWN:
            kind(cells[name])
    return {name: int(cell) if name in _NUMBERS else cell for name, cell in cells.items()}
