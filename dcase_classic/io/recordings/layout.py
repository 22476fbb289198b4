"""Where the clips of a data set lie: the folders of every official layout, and MIMII's own."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from dcase_classic.errors import DataError
from dcase_classic.given_files import composed
from dcase_classic.io.recordings.folders import (
    Folder,
    below_prepared,
    holds_recordings,
    is_prepared,
    is_recording,
    read_folder,
    walk,
)
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Split
from dcase_classic.wording import counted

LAYOUT = "<machine>/{train,test}/section_NN_<domain>_<split>_<label>_<index>[_attributes].wav"

# 2021 has a test folder for each domain; ``test_rename`` is made by the official baseline and holds
# the clips of ``test`` with their labels in their names.
SPLIT_FOLDERS = {
    "train": Split.TRAIN,
    "test": Split.TEST,
    "source_test": Split.TEST,
    "target_test": Split.TEST,
    "test_rename": Split.TEST,
}
# ``processed`` holds the baseline's features; ``supplemental`` (2025) is neither train nor test.
_NEVER = frozenset({"processed", "supplemental"})
_RENAMED = frozenset({"test", "test_rename"})
_COMPANION = re.compile(r"attributes_\d{2}\.csv")  # read beside the clips
_MIMII_LABELS = frozenset({"normal", "abnormal"})
_MIMII_ID = re.compile(r"id_\d{2}")
_MAX_DEPTH = 6  # data / dcase2024t2 / dev_data / raw / machine / test


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFolder:
    """A folder of clips; ``split`` is None for MIMII, where a rule has to split them."""

    path: Path
    machine_type: str
    split: Split | None


def find_folders(root: Path, *, prefer_renamed: bool = True) -> list[ClipFolder]:
    """The folders of clips in and below ``root``, in order of their paths.

    Of ``test`` and ``test_rename`` beside it the second is taken, unless ``prefer_renamed`` is
    False. Folders that hold one machine of MIMII each, at several signal-to-noise ratios, are
    several machines, named for these folders.

    Raises
    ------
    DataError
        If ``root`` is no folder, or there is no folder of clips in it.
    """
    if not root.is_dir():
        raise DataError("no such folder", path=root, advice=f"expected {LAYOUT} in it")
    folders = _apart(list(_folders(root, prefer_renamed=prefer_renamed)))
    if folders:
        return folders
    files = (path for folder in walk(root) for path in folder.files)
    zips = [path for path in files if path.suffix.lower() == ".zip"]
    if zips:
        raise DataError(
            f"holds {counted(len(zips), 'zip file')} such as {zips[0].name} and no recordings",
            path=root,
            advice=f"unpack them with 'dcase-classic unpack {quote(str(zips[0].parent))}'",
        )
    prepared = next((folder.path for folder in walk(root) if is_prepared(folder.path)), None)
    if prepared is not None:
        problem = f"holds no recordings but the parts in {prepared}"
        raise DataError(problem, path=root, advice="give that folder")
    is_full = holds_recordings(root)
    for folder in walk(root) if not is_full else ():
        if folder.error is not None:
            raise folder.error
    raise DataError(
        "no folder named train or test in it" if is_full else "no recording in it",
        path=root,
        advice=f"expected {LAYOUT}; recordings without a layout go to 'fit --normal' and 'predict'",
    )


def has_folders(root: Path) -> bool:
    """Whether there is a folder of clips in and below ``root``."""
    return next(_folders(root), None) is not None


def audio_files(folder: Path) -> list[Path]:
    """The recordings of a folder, sorted by name; hidden files are left out."""
    return [path for path in read_folder(folder).files if is_recording(path.name)]


def left_out(root: Path, used: Container[Path]) -> LeftOut:
    """What lies in and below the folder of a data set and is not ``used``."""
    top = _top(root)
    others: list[Path] = []
    unplaced: list[Path] = []
    set_aside: list[Path] = []
    folders = list(walk(top))
    prepared = below_prepared(folders)
    for folder in folders:
        is_aside = (
            not _NEVER.isdisjoint(folder.path.relative_to(top).parts)
            or folder.path in prepared
            or (
                folder.path.name in _RENAMED
                and all((folder.path.parent / name).is_dir() for name in _RENAMED)
            )
        )
        for path in folder.files:
            if path in used or _COMPANION.fullmatch(path.name):
                continue
            kind = unplaced if is_recording(path.name) else others
            (set_aside if is_aside and kind is unplaced else kind).append(path)
    return LeftOut(
        others=tuple(others),
        unplaced=tuple(unplaced),
        set_aside=tuple(set_aside),
        unreadable=tuple(folder.error for folder in folders if folder.error is not None),
    )


def _top(root: Path) -> Path:
    """The path from the root on; a link keeps its own name, which may be that of a machine."""
    return root.resolve() if ".." in root.parts else root.absolute()


def _folders(root: Path, *, prefer_renamed: bool = True) -> Iterator[ClipFolder]:
    top = _top(root)

    def entered(folder: Folder) -> Iterator[Path]:
        is_deep = len(folder.path.parts) - len(top.parts) >= _MAX_DEPTH
        if is_deep or _clip_folder(folder) is not None:
            return
        names = {path.name for path in folder.folders}
        unused = "test" if prefer_renamed else "test_rename"
        for path in folder.folders:
            is_unused = names >= _RENAMED and path.name == unused
            if path.name not in _NEVER and not is_unused and not is_prepared(path):
                yield path

    for folder in walk(top, entered):
        clip_folder = _clip_folder(folder)
        if clip_folder is not None:
            yield clip_folder


def _clip_folder(folder: Folder) -> ClipFolder | None:
    path = folder.path
    machine_type = composed(path.parent.name)
    if path.name in SPLIT_FOLDERS:
        return ClipFolder(path=path, machine_type=machine_type, split=SPLIT_FOLDERS[path.name])
    labels = {child.name for child in folder.folders}
    if _MIMII_ID.fullmatch(path.name) and not _MIMII_LABELS.isdisjoint(labels):
        return ClipFolder(path=path, machine_type=machine_type, split=None)
    return None


def _apart(folders: list[ClipFolder]) -> list[ClipFolder]:
    """The folders, with a machine of MIMII that comes several times named for where it lies."""
    homes: dict[str, set[Path]] = {}
    for folder in folders:
        if folder.split is None:
            homes.setdefault(folder.machine_type, set()).add(folder.path.parent)
    return [
        replace(folder, machine_type=_name_with_home(folder))
        if folder.split is None and len(homes[folder.machine_type]) > 1
        else folder
        for folder in folders
    ]


def _name_with_home(folder: ClipFolder) -> str:
    """``6_dB_fan`` of ``6_dB_fan/fan/id_00`` and of ``6_dB/fan/id_00``."""
    home, machine_type = composed(folder.path.parent.parent.name), folder.machine_type
    return home if machine_type in home else f"{home}_{machine_type}"
