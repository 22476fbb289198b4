"""What lies in folders: every file, and every folder that is entered; links are followed.

Hidden and system folders are not entered, and neither is a folder that a link leads back to.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dcase_classic.challenge.clip_names import OPTIONAL_EXTENSIONS, is_audio
from dcase_classic.errors import DataError, reason_of
from dcase_classic.io.recordings.optional_decoder import has_pyav
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip

# Of network drives, macOS, Linux and Windows.
_SYSTEM_FOLDERS = frozenset(
    {
        "@eadir",
        "#recycle",
        "#snapshot",
        "__macosx",
        "lost+found",
        "$recycle.bin",
        "system volume information",
    }
)
INDEX, SETTINGS = "index.csv", "prepare.json"  # of a folder that ``prepare`` has written
_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The content of a folder, sorted by name.

    Attributes
    ----------
    files : all that is no folder: hidden files and links that lead nowhere too.
    folders : those that are entered.
    error : why it could not be read, or None.
    """

    path: Path
    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    error: DataError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All clips of a data set, an error for each name that cannot be understood, and the rest."""

    clips: list[Clip]
    problems: list[DataError] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)


def is_recording(name: str) -> bool:
    """Whether a file of this name is a recording that can be decoded here; hidden ones are not."""
    return is_audio(name) and (not name.lower().endswith(OPTIONAL_EXTENSIONS) or has_pyav())


def read_folder(path: Path) -> Folder:
    """The files and folders of one folder."""
    try:
        with os.scandir(path) as entries:
            named = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        problem = f"folder cannot be read ({reason_of(error)})"
        return Folder(path=path, error=DataError(problem, path=path, advice="check its rights"))
    folders = [entry for entry in named if _is_folder(entry)]
    return Folder(
        path=path,
        files=tuple(path / entry.name for entry in named if not _is_folder(entry)),
        folders=tuple(path / entry.name for entry in folders if not _is_closed(entry.name)),
    )


def walk(top: Path, entered: Callable[[Folder], Iterable[Path]] | None = None) -> Iterator[Folder]:
    """``top`` and the folders below it, each before those in it, in order of names.

    Parameters
    ----------
    top : where to begin, whatever its name.
    entered : which of a folder's folders are entered; all by default.
    """
    yield from _walk(top, entered, frozenset())


def is_prepared(folder: Path) -> bool:
    """Whether ``prepare`` has written the folder: recordings in it are parts of others."""
    return all(
        os.path.isfile(folder / name)  # noqa: PTH113 - no error where the folder may not be entered
        for name in (INDEX, SETTINGS)
    )


def below_prepared(folders: Sequence[Folder]) -> frozenset[Path]:
    """The paths of those that ``prepare`` has written, and of all below them."""
    tops = [folder.path for folder in folders if is_prepared(folder.path)]
    return frozenset(
        folder.path for folder in folders if any(map(folder.path.is_relative_to, tops))
    )


def holds_recordings(top: Path) -> bool:
    """Whether there is a recording in or below a folder."""
    names = (path.name for folder in walk(top) for path in folder.files)
    return any(map(is_recording, names))


def _walk(
    path: Path, entered: Callable[[Folder], Iterable[Path]] | None, above: frozenset[_Identity]
) -> Iterator[Folder]:
    try:
        status = path.stat()
    except OSError:
        identity = (-1, -1)  # reading it tells what is wrong
    else:
        identity = (status.st_dev, status.st_ino)
    if identity in above:
        return
    folder = read_folder(path)
    yield folder
    for child in folder.folders if entered is None else entered(folder):
        yield from _walk(child, entered, above | {identity})


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_closed(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS
