"""Finding the clips of a data set and what their names say."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.challenge.years import FOLDER_YEARS
from dcase_classic.errors import DataError, closest
from dcase_classic.given_files import composed, empty_path, given_names
from dcase_classic.io.recordings.folders import Survey, holds_recordings, is_prepared
from dcase_classic.io.recordings.layout import (
    LAYOUT,
    ClipFolder,
    audio_files,
    find_folders,
    has_folders,
    left_out,
)
from dcase_classic.io.recordings.mimii import mimii_clips
from dcase_classic.io.recordings.prepared import prepared_clips
from dcase_classic.records import OWN_SECTION, Clip, Label, Split

ClipSource = str | PathLike[str] | Sequence[Clip]  # a folder, or clips that were found before


def find_clips(
    root: str | PathLike[str],
    *,
    split: Split | None = None,
    machines: Iterable[str] = (),
    prefer_renamed: bool = True,
) -> list[Clip]:
    """The clips below ``root``, sorted by machine, split and name.

    ``root`` is the folder of the machines, one machine, or a parent such as a data set with
    ``dev_data`` or ``raw`` in it; all official layouts and that of MIMII are read, and the output
    of ``prepare``.

    Parameters
    ----------
    root : where to look.
    split : only this split.
    machines : only these machines; all where empty.
    prefer_renamed : whether labelled clips are taken where the same clips are there with hidden
        names too (``test_rename`` beside ``test``), or those.

    Raises
    ------
    DataError
        If there is no such folder, no clip, an unknown machine, a name that cannot be understood,
        or a name that stands twice in a machine and split.
    """
    if not os.fspath(root):
        raise empty_path()
    root = Path(root)
    survey = survey_clips(root, prefer_renamed=prefer_renamed)
    return chosen_clips(survey, root, split=split, machines=machines)


def chosen_clips(
    survey: Survey, root: Path, *, split: Split | None = None, machines: Iterable[str] = ()
) -> list[Clip]:
    """The clips of a survey of ``root`` that are wanted, sorted; see `find_clips`.

    Raises
    ------
    DataError
        As `find_clips`.
    """
    problems = [problem for problem in survey.problems if _is_text(problem)]
    if problems:
        raise problems[0]
    clips = in_split(_in_machines(survey.clips, given_names(machines), root=root), split, root=root)
    for problem in doubled_clips(clips):
        raise problem
    return sorted(clips, key=lambda clip: (clip.machine_type, clip.split, clip.name))


def has_recordings(root: Path) -> bool:
    """Whether there is a folder of clips in and below ``root``, or ``prepare`` has written it."""
    return root.is_dir() and (is_prepared(root) or has_folders(root))


def choose_clips(data: ClipSource, split: Split, *, machines: Iterable[str] = ()) -> list[Clip]:
    """The clips of one split and some machines (all where empty); see `find_clips`.

    Raises
    ------
    DataError
        If there are none, or as `find_clips`.
    """
    if not isinstance(data, str | PathLike):
        return in_split(_in_machines(data, given_names(machines)), split)
    return find_clips(data, split=split, machines=machines)


def in_split(clips: Iterable[Clip], split: Split | None, *, root: Path | None = None) -> list[Clip]:
    """The clips of one split, or all, as they stand.

    Raises
    ------
    DataError
        If there are none; it names ``root``, where they were looked for.
    """
    if split not in {None, *Split}:
        raise DataError(f"split: got {split!r}, expected {' or '.join(Split)}, or None")
    chosen = [clip for clip in clips if split in {None, clip.split}]
    if not chosen:
        problem = "no clip in it" if split is None else f"no {split} clip in it"
        if split is None and root is not None and holds_recordings(root):
            problem = "none of its recordings is directly in a folder train or test"
        raise DataError(problem, path=root, advice=f"expected {LAYOUT}")
    return chosen


def parse_clip(path: Path, *, split: Split) -> Clip:
    """What the path of a clip says; the machine is the name of the folder above the split.

    Raises
    ------
    DataError
        If no pattern of the DCASE years fits the name.
    """
    name = parse_name(path.name)
    if name is None:
        raise DataError(
            "the name cannot be understood",
            path=path,
            advice=f"expected {LAYOUT.rpartition('/')[2]}",
        )
    return Clip(
        path=path,
        machine_type=composed(path.parent.parent.name),
        section=name.section,
        split=split,
        domain=name.domain,
        label=name.label,
        attributes=name.attributes or "",
    )


def by_section(clips: Iterable[Clip]) -> dict[tuple[str, str], list[Clip]]:
    """The clips of every machine and section, in sorted order of both."""
    key_of = attrgetter("machine_type", "section")
    return {key: list(group) for key, group in groupby(sorted(clips, key=key_of), key=key_of)}


def survey_clips(root: Path, *, prefer_renamed: bool = True) -> Survey:
    """All clips below ``root``, and every name that cannot be understood; see `find_clips`.

    Raises
    ------
    DataError
        If there is no such folder, or no folder of clips in it.
    """
    if is_prepared(root):
        return Survey(clips=prepared_clips(root))
    folders = find_folders(root, prefer_renamed=prefer_renamed)
    mimii = [folder for folder in folders if folder.split is None]
    survey = Survey(clips=[clip for folder in mimii for clip in mimii_clips(folder)])
    by_machine: dict[str, list[ClipFolder]] = {}
    for folder in folders:
        if folder.split is not None:
            by_machine.setdefault(folder.machine_type, []).append(folder)
    for machine_folders in by_machine.values():
        _survey_machine(machine_folders, survey)
    return survey


def with_left_out(survey: Survey, root: Path) -> Survey:
    """The same survey of ``root`` with all that is not among its clips."""
    if is_prepared(root):
        return survey
    used = {clip.path for clip in survey.clips}
    used |= {Path(problem.path) for problem in survey.problems if problem.path is not None}
    rest = left_out(root, used)
    unread = [problem for problem in survey.problems if not _is_text(problem)]
    return replace(survey, left_out=replace(rest, unreadable=(*rest.unreadable, *unread)))


def doubled_clips(clips: Iterable[Clip]) -> list[DataError]:
    """An error for every name that stands twice in a machine and split, or section of two years."""
    places: dict[tuple[str, str, str], list[Path]] = {}
    for clip in clips:
        key = (clip.machine_type, clip.split, Path(clip.name).stem)
        places.setdefault(key, []).append(clip.path)
    return [
        DataError(
            f"the {split} clip stands {len(paths)} times, also as {paths[1]}",
            path=paths[0],
            advice="keep one",
        )
        for (_, split, _), paths in places.items()
        if len(paths) > 1
    ] + _mixed_years(clips)


def labelled_anomalies(clips: Iterable[Clip]) -> Iterator[DataError]:
    """What is wrong with clips that are for training and labelled as anomalies."""
    for clip in clips:
        if clip.label is Label.ANOMALY:
            problem = "a training clip labelled anomaly"
            yield DataError(problem, path=clip.path, advice="move it to test")


def _mixed_years(clips: Iterable[Clip]) -> list[DataError]:
    """An error for every section with recordings in the folders of several years."""
    errors = []
    for (machine_type, section), group in by_section(clips).items():
        paths = {year: clip.path for clip in group if (year := _folder_year(clip.path))}
        if len(paths) > 1:
            years = " and ".join(map(str, sorted(paths)))
            problem = f"{machine_type} section {section} has recordings of {years}"
            path = paths[min(paths)]
            errors.append(DataError(problem, path=path, advice="give the folder of one year"))
    return errors


def _folder_year(path: Path) -> int | None:
    """The year of the nearest folder above that is called as the official baselines call theirs."""
    known = (FOLDER_YEARS[part] for part in reversed(path.parts) if part in FOLDER_YEARS)
    return next(known, None)


def _survey_machine(folders: list[ClipFolder], survey: Survey) -> None:
    """The clips of one machine; if none of its names is official, it is a hand-made folder."""
    files = [
        (path, folder.split)
        for folder in folders
        if folder.split is not None
        for path in audio_files(folder.path)
    ]
    is_official = any(parse_name(path.name) is not None for path, _ in files)
    for path, split in files:
        try:
            clip = parse_clip(path, split=split) if is_official else _hand_made(path, split)
        except DataError as error:
            survey.problems.append(error)
        else:
            survey.clips.append(clip)


def _is_text(problem: DataError) -> bool:
    """Whether the name that was not understood is text at all; other names end no run."""
    return str(problem.path).isprintable()


def _hand_made(path: Path, split: Split) -> Clip:
    return Clip(
        path=path,
        machine_type=composed(path.parent.parent.name),
        section=OWN_SECTION,
        split=split,
        label=Label.NORMAL if split is Split.TRAIN else None,
    )


def _in_machines(
    clips: Sequence[Clip], machines: tuple[str, ...], *, root: Path | None = None
) -> list[Clip]:
    known, machines = sorted({clip.machine_type for clip in clips}), tuple(map(composed, machines))
    for machine in machines:
        if machine not in known:
            problem = f"no machine {machine!r}, expected one of {', '.join(known)}"
            raise DataError(problem, path=root, advice=closest(machine, known))
    return [clip for clip in clips if not machines or clip.machine_type in machines]
