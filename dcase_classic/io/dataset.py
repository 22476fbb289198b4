"""Finding the clips of a data set and what their names say."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.io.layout import LAYOUT, ClipFolder, FolderKind, audio_files, find_folders
from dcase_classic.io.mimii import mimii_clips
from dcase_classic.io.names import parse_name
from dcase_classic.records import Clip, Label, Split

OWN_SECTION = "00"  # of recordings whose names tell no section


def find_clips(
    root: Path, *, split: Split | None = None, machines: Iterable[str] = ()
) -> list[Clip]:
    """The clips below ``root``, sorted by machine, split and name.

    ``root`` is the folder of the machines, one machine, or a parent such as a data set with
    ``dev_data`` or ``raw`` in it; all official layouts and that of MIMII are read.

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
    clips = _of_machines(root, _all_clips(root), tuple(machines))
    clips = [clip for clip in clips if split is None or clip.split is split]
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
    name = parse_name(path.stem)
    if name is None:
        raise DataError(
            f"{path}: the name cannot be understood; expected {LAYOUT.rpartition('/')[2]}"
        )
    return Clip(
        path=path,
        machine_type=path.parent.parent.name,
        section=name.section,
        split=split,
        domain=name.domain,
        label=name.label,
        attributes=name.attributes or "",
    )


def by_section(clips: Iterable[Clip]) -> dict[tuple[str, str], list[Clip]]:
    """The clips of every machine and section, in sorted order of both."""
    sections: dict[tuple[str, str], list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: (clip.machine_type, clip.section)):
        sections.setdefault((clip.machine_type, clip.section), []).append(clip)
    return sections


def _all_clips(root: Path) -> list[Clip]:
    folders = find_folders(root)
    clips = [
        clip
        for folder in folders
        if folder.kind is FolderKind.MIMII
        for clip in mimii_clips(folder)
    ]
    by_machine: dict[str, list[ClipFolder]] = {}
    for folder in folders:
        if folder.kind is FolderKind.DCASE:
            by_machine.setdefault(folder.machine_type, []).append(folder)
    for of_machine in by_machine.values():
        clips += _machine_clips(of_machine)
    return clips


def _machine_clips(folders: list[ClipFolder]) -> list[Clip]:
    """The clips of one machine; if none of its names is official, it is a hand-made folder."""
    files = [
        (path, folder.split)
        for folder in folders
        if folder.split is not None
        for path in audio_files(folder.path)
    ]
    if any(parse_name(path.stem) is not None for path, _ in files):
        return [parse_clip(path, split=split) for path, split in files]
    return [
        Clip(
            path=path,
            machine_type=path.parent.parent.name,
            section=OWN_SECTION,
            split=split,
            label=Label.NORMAL if split is Split.TRAIN else None,
        )
        for path, split in files
    ]


def _of_machines(root: Path, clips: list[Clip], machines: tuple[str, ...]) -> list[Clip]:
    known = sorted({clip.machine_type for clip in clips})
    for machine in machines:
        if machine not in known:
            raise DataError(f"{root}: no machine {machine!r}, expected one of {', '.join(known)}")
    return [clip for clip in clips if not machines or clip.machine_type in machines]


def _check_no_doubles(clips: list[Clip]) -> None:
    counts = Counter((clip.machine_type, clip.split, Path(clip.name).stem) for clip in clips)
    (machine, split, name), count = counts.most_common(1)[0]
    if count > 1:
        where = [
            str(c.path) for c in clips if (c.machine_type, Path(c.name).stem) == (machine, name)
        ]
        raise DataError(
            f"{where[0]}: the {split} clip stands {count} times, also as {where[1]}; keep one"
        )
