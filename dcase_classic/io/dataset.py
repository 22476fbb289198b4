"""Finding the clips of a data set and what their names say."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.records import Clip, Domain, Label, Split
from dcase_classic.years import AUDIO_EXTENSIONS, CLIP_NAME_PATTERNS

LAYOUT = "<machine>/{train,test}/section_NN_<domain>_<split>_<label>_<index>[_attributes].wav"

_SPLIT_FOLDERS = {"train": Split.TRAIN, "test": Split.TEST}
_NOT_MACHINES = frozenset({"processed", "supplemental"})
_MAX_DEPTH = 4  # data set / dev_data / raw / machine


def find_clips(
    root: Path, *, split: Split | None = None, machines: Iterable[str] = ()
) -> list[Clip]:
    """The clips below ``root``, sorted by machine, split and name.

    ``root`` is the folder of the machines, one machine, or a parent such as a data set with
    ``dev_data`` or ``raw`` in it.

    Parameters
    ----------
    root : where to look.
    split : only this split.
    machines : only these machines; all where empty.

    Raises
    ------
    DataError
        If there is no such folder, no clip, an unknown machine, a name that cannot be understood,
        or a name that stands twice in a machine and split.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; expected {LAYOUT} in it")
    folders = [
        (folder, _SPLIT_FOLDERS[folder.name])
        for folder in _split_folders(root.resolve(), _MAX_DEPTH)
    ]
    if not folders:
        raise DataError(f"{root}: no folder named train or test in it; expected {LAYOUT}")
    folders = _of_machines(root, folders, tuple(machines))
    clips = [
        parse_clip(path, split=folder_split)
        for folder, folder_split in folders
        if split is None or folder_split is split
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in AUDIO_EXTENSIONS and not path.name.startswith(".")
    ]
    if not clips:
        wanted = "clip" if split is None else f"{split} clip"
        raise DataError(f"{root}: no {wanted} in it; expected {LAYOUT}")
    _check_no_doubles(clips)
    return sorted(clips, key=lambda clip: (clip.machine_type, clip.split, clip.name))


def parse_clip(path: Path, *, split: Split) -> Clip:
    """What the path of a clip says; the machine is the name of the folder above the split.

    Raises
    ------
    DataError
        If no pattern of the DCASE years fits the name.
    """
    for pattern in CLIP_NAME_PATTERNS:
        match = pattern.fullmatch(path.stem)
        if match:
            parts = {key: value for key, value in match.groupdict().items() if value is not None}
            return Clip(
                path=path,
                machine_type=path.parent.parent.name,
                section=parts["section"],
                split=split,
                domain=Domain(parts["domain"]) if "domain" in parts else None,
                label=Label(parts["label"]) if "label" in parts else None,
                attributes=parts.get("attributes", ""),
            )
    raise DataError(f"{path}: the name cannot be understood; expected {LAYOUT.rpartition('/')[2]}")


def by_section(clips: Iterable[Clip]) -> dict[tuple[str, str], list[Clip]]:
    """The clips of every machine and section, in sorted order of both."""
    sections: dict[tuple[str, str], list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: (clip.machine_type, clip.section)):
        sections.setdefault((clip.machine_type, clip.section), []).append(clip)
    return sections


def _split_folders(folder: Path, depth: int) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if not child.is_dir() or child.name in _NOT_MACHINES or child.name.startswith("."):
            continue
        if child.name in _SPLIT_FOLDERS:
            yield child
        elif depth > 0:
            yield from _split_folders(child, depth - 1)


def _of_machines(
    root: Path, folders: list[tuple[Path, Split]], machines: tuple[str, ...]
) -> list[tuple[Path, Split]]:
    known = sorted({folder.parent.name for folder, _ in folders})
    for machine in machines:
        if machine not in known:
            raise DataError(f"{root}: no machine {machine!r}, expected one of {', '.join(known)}")
    return [(folder, s) for folder, s in folders if not machines or folder.parent.name in machines]


def _check_no_doubles(clips: list[Clip]) -> None:
    counts = Counter((clip.machine_type, clip.split, clip.path.stem) for clip in clips)
    (machine, split, name), count = counts.most_common(1)[0]
    if count > 1:
        where = [str(c.path) for c in clips if (c.machine_type, c.path.stem) == (machine, name)]
        raise DataError(
            f"{where[0]}: the {split} clip stands {count} times, also as {where[1]}; keep one"
        )
