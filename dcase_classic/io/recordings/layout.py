"""Where the clips of a data set lie: the folders of every official layout, and MIMII's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.clip_names import is_audio
from dcase_classic.errors import DataError
from dcase_classic.records import Split

LAYOUT = "<machine>/{train,test}/section_NN_<domain>_<split>_<label>_<index>[_attributes].wav"
INDEX = "index.csv"  # of a folder that ``prepare`` has written

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
    False.

    Raises
    ------
    DataError
        If ``root`` is no folder, or there is no folder of clips in it.
    """
    if not root.is_dir():
        raise DataError("no such folder", path=root, advice=f"expected {LAYOUT} in it")
    top = root.resolve()
    folders = list(_folders(top, _MAX_DEPTH, prefer_renamed=prefer_renamed))
    if folders:
        return folders
    zips = sorted(top.rglob("*.zip"))
    if zips:
        raise DataError(
            f"holds {len(zips)} zip file(s) such as {zips[0].name} and no recordings",
            path=root,
            advice=f"unpack them with 'dcase-classic unpack {root}'",
        )
    raise DataError(
        "no folder named train or test in it",
        path=root,
        advice=f"expected {LAYOUT}; recordings without a layout go to 'fit --normal' and 'predict'",
    )


def has_folders(root: Path) -> bool:
    """Whether there is a folder of clips in and below ``root``."""
    return next(_folders(root.resolve(), _MAX_DEPTH), None) is not None


def audio_files(folder: Path) -> list[Path]:
    """The audio files of a folder, sorted by name; hidden files are left out."""
    return [
        path for path in sorted(folder.iterdir(), key=lambda path: path.name) if is_audio(path.name)
    ]


def _folders(folder: Path, depth: int, *, prefer_renamed: bool = True) -> Iterator[ClipFolder]:
    if folder.name in SPLIT_FOLDERS:
        split = SPLIT_FOLDERS[folder.name]
        yield ClipFolder(path=folder, machine_type=folder.parent.name, split=split)
        return
    children = {
        child.name: child
        for child in sorted(folder.iterdir())
        if child.is_dir() and child.name not in _NEVER and not child.name.startswith(".")
    }
    if _MIMII_ID.fullmatch(folder.name) and not _MIMII_LABELS.isdisjoint(children):
        yield ClipFolder(path=folder, machine_type=folder.parent.name, split=None)
        return
    if {"test", "test_rename"} <= children.keys():
        children.pop("test" if prefer_renamed else "test_rename")
    for child in children.values() if depth > 0 else ():
        yield from _folders(child, depth - 1, prefer_renamed=prefer_renamed)
