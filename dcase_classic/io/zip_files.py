"""Zip files: those of others unpacked within bounds, own ones with the same bytes each time.

Recordings and submissions come from strangers: nothing is written outside the folder, nothing
without bounds.
"""

import os
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from dcase_classic.errors import DataError
from dcase_classic.given_files import is_plain_name
from dcase_classic.io.files import replacing
from dcase_classic.wording import beside, counted

_FIRST_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_BLOCK_BYTES = 2**20
# What the library's reader ends in where bytes are wrong, each seen; a full disk is an OSError.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLimits:
    """What a zip file may hold; the official ones stay far below.

    ``max_ratio`` is the size of all members by that of the zip file: a bomb has thousands.
    """

    max_members: int = 200_000
    max_bytes: int = 100 * 10**9
    max_ratio: float = 200.0


RECORDINGS = UnpackLimits()
SUBMISSION = UnpackLimits(max_members=2000, max_bytes=10**9)


def unpack(archive: Path, folder: Path, limits: UnpackLimits = RECORDINGS) -> int:
    """Unpack a zip file into ``folder``; the number of files that were written.

    All members are checked before the first one is written. A file that is there with the same size
    is kept, so that a broken run goes on where it was; each file is whole at any moment.

    Raises
    ------
    DataError
        If the file is no zip file or damaged, or a member is a link, is encrypted, would lie
        outside ``folder``, comes twice, or there are more or larger members than ``limits`` allow.
    """
    with _naming(archive), zipfile.ZipFile(archive) as opened:
        members = [info for info in opened.infolist() if not info.filename.endswith("/")]
        _check_members(archive, members, limits)
        return sum(_write_member(opened, info, folder) for info in members)


@contextmanager
def _naming(archive: Path) -> Iterator[None]:
    """Whatever the reader of zip files stumbles over is said of the file."""
    try:
        yield
    except _DAMAGED as error:
        raise DataError(
            f"not a whole zip file ({error})", path=archive, advice="fetch it again"
        ) from error


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder itself, or a temporary folder with the content of the zip file of a submission.

    Raises
    ------
    DataError
        As `unpack`.
    """
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / path.stem
        unpack(path, folder, SUBMISSION)
        yield folder


def write_zip(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a zip file, all or nothing; no date and no order of ours gets into its bytes.

    Parameters
    ----------
    path : of the zip file; parent folders are made.
    contents : the bytes of every member by its name.
    """
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, date_time=_FIRST_ZIP_DATE)
            member.external_attr = _PLAIN_FILE
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, also where it is written on Windows
            archive.writestr(member, contents[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A zip file, the folder of its files, and how many of them were not there yet."""

    path: Path
    folder: Path
    n_written: int


def unpack_all(root: Path, folder: Path | None = None) -> Iterator[Unpacked]:
    """Unpack the zip files of a folder, or one, into ``folder`` or beside themselves, by name.

    Raises
    ------
    DataError
        If there is none, or as `unpack`.
    """
    archives = [root] if root.is_file() else sorted(root.glob("*.[zZ][iI][pP]"))
    if not archives:
        raise DataError(
            "no zip file in it", path=root, advice="expected files such as dev_<machine>.zip"
        )
    for path in archives:
        wanted = folder or path.parent
        yield Unpacked(path=path, folder=wanted, n_written=unpack(path, wanted))


def _check_members(archive: Path, members: list[zipfile.ZipInfo], limits: UnpackLimits) -> None:
    if len(members) > limits.max_members:
        raise DataError(
            f"holds {counted(len(members), 'file')}, expected at most {limits.max_members}",
            path=archive,
        )
    n_bytes = sum(info.file_size for info in members)
    ratio = n_bytes / max(archive.stat().st_size, 1)
    times = beside(ratio, limits.max_ratio, n_digits=0)
    if n_bytes > limits.max_bytes or ratio > limits.max_ratio:
        raise DataError(
            f"would unpack to {counted(n_bytes, 'byte')}, {times} times its size",
            path=archive,
            advice=f"expected at most {limits.max_bytes} bytes and {limits.max_ratio:g} times; "
            "do not trust this file",
        )
    seen: set[str] = set()
    folders = {str(parent) for info in members for parent in PurePosixPath(info.filename).parents}
    for info in members:
        problem = _problem(info)
        name = str(PurePosixPath(info.filename))
        if name in seen:
            problem = "comes twice"
        elif name in folders:
            problem = "is a file and a folder"
        seen.add(name)
        if problem:
            raise DataError(
                f"the member {info.filename!r} {problem}",
                path=archive,
                advice="nothing was unpacked, do not trust this file",
            )


def _problem(info: zipfile.ZipInfo) -> str:
    problem = _name_problem(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if problem:
        return problem
    if kind not in (0, stat.S_IFREG):
        return "is a link or a special file"
    if info.flag_bits & 1:
        return "is encrypted"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is compressed in an unusual way"
    return ""


def _name_problem(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ":" in name or "\\" in name:
        return "has an absolute path"
    if ".." in path.parts:
        return "leads out of the folder"
    return "" if path.parts and all(map(is_plain_name, path.parts)) else "has no name of a file"


def _write_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> bool:
    path = folder.joinpath(*PurePosixPath(info.filename).parts)
    _check_inside(path, folder)
    if _is_written(path, info):
        return False
    with (
        replacing(path) as temporary,
        _member(opened, info) as source,
        temporary.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)  # reads no more than the size that was checked
    return True


def _is_written(path: Path, info: zipfile.ZipInfo) -> bool:
    """Whether the file is the member; replaced recordings have the same names and often sizes."""
    if not path.is_file() or path.stat().st_size != info.file_size:
        return False
    checksum = 0
    with path.open("rb") as source:
        while block := source.read(_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum == info.CRC


def _member(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return opened.open(info)
    except OSError as error:  # a place before the file's beginning
        raise zipfile.BadZipFile(error.strerror) from error


def _check_inside(path: Path, folder: Path) -> None:
    """A link that is in the folder already must not lead a member out of it."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise DataError(f"a link leads out of {folder}", path=path, advice="remove it")
