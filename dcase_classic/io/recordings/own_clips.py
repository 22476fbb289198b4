"""Recordings without a layout: files, folders, and a CSV list that says what it knows of them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.clip_names import AUDIO_EXTENSIONS, parse_name
from dcase_classic.errors import DataError
from dcase_classic.given_files import composed, given_path, is_folder, read_given_rows
from dcase_classic.io.recordings.folders import (
    Survey,
    below_prepared,
    is_prepared,
    is_recording,
    walk,
)
from dcase_classic.io.recordings.raw_samples import RAW_EXTENSIONS
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import OWN_SECTION, Clip, Domain, Label, RawFormat, Split
from dcase_classic.wording import counted

# A file, a folder, several of both, or clips of which more is known.
OwnSource = str | PathLike[str] | Sequence[str | PathLike[str] | Clip]

COLUMNS = ("path", "machine_type", "section", "domain", "label", "split", "session", "sibling")

_SAID = ("machine_type", "section", "domain", "session")


def find_own_clips(recordings: OwnSource) -> list[Clip]:
    """The recordings: files as they are given, folders with all below them, clips as they are.

    No naming rule: an official name tells domain, label and attributes, others nothing. Machine and
    section are empty. A file that does not exist is taken too; reading it tells.

    Raises
    ------
    DataError
        If a folder holds no recording.
    """
    return survey_own_clips(recordings).clips


def survey_own_clips(recordings: OwnSource, *, raw: RawFormat | None = None) -> Survey:
    """The clips of `find_own_clips`, and what else lies in the folders.

    Parameters
    ----------
    recordings : files, folders, clips.
    raw : the format of samples that have no header; folders are searched for files of such names.

    Raises
    ------
    DataError
        If a folder holds no recording, or a path is empty.
    """
    items = [recordings] if isinstance(recordings, str | PathLike) else recordings
    survey = Survey(clips=[])
    for item in items:
        if isinstance(item, Clip):
            survey.clips.append(item)
        elif is_folder(given_path(item)):
            survey = _with_folder(survey, Path(item), raw)
        else:
            survey.clips.append(_own_clip(Path(item), raw))
    return survey


def normal_clips(clips: Iterable[Clip], machine_type: str) -> list[Clip]:
    """The clips as normal training clips of ``machine_type`` where they tell no machine.

    Clips whose split is test are left out; a file that comes twice is taken once.

    Raises
    ------
    DataError
        If no clip is left, one is said to be an anomaly, one has no machine, or what is said of one
        that comes twice differs.
    """
    chosen: dict[Path, Clip] = {}
    for clip in clips:
        if clip.split is Split.TEST:
            continue
        if clip.label is Label.ANOMALY:
            raise DataError(
                "said to be an anomaly", path=clip.path, advice="training takes normal clips only"
            )
        machine = clip.machine_type or composed(machine_type)
        if not machine:
            raise DataError(
                "has no machine", path=clip.path, advice="give --name, or a column machine_type"
            )
        training = replace(
            clip,
            machine_type=machine,
            section=clip.section or OWN_SECTION,
            split=Split.TRAIN,
            label=Label.NORMAL,
        )
        place = Path(os.path.realpath(clip.path))
        _check_agreement(chosen.setdefault(place, training), training)
    if all(clip.is_sibling for clip in chosen.values()):
        raise DataError(
            "no normal recording to train with", advice="expected files, folders, or a list"
        )
    return list(chosen.values())


def with_own_names(clips: Iterable[Clip]) -> list[Clip]:
    """The clips with names that are names: none tells a domain, though it may look like one.

    What a name says of a fault stays: nobody trains with it by mistake.
    """
    return [replace(clip, domain=None, attributes="", is_own=True) for clip in clips]


def sibling_clips(folders: Iterable[Path]) -> list[Clip]:
    """The recordings of other machines of the kind, one for each folder, by the folder's name.

    Raises
    ------
    DataError
        If a folder holds no recording, or two have one name.
    """
    clips: dict[str, list[Clip]] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in clips:
            raise DataError("a sibling of this name is there already", path=folder)
        clips[name] = [
            replace(clip, section=name, is_sibling=True) for clip in find_own_clips(folder)
        ]
    return [clip for members in clips.values() for clip in members]


def read_clip_list(path: Path, *, split: Split) -> list[Clip]:
    """The clips of a CSV list with a header: ``path`` and any other of ``COLUMNS``.

    Paths are relative to the folder of the list. An empty cell tells nothing.

    Parameters
    ----------
    path : the list.
    split : the split of rows that do not tell theirs.

    Raises
    ------
    DataError
        If the list cannot be read, is empty, has no column ``path``, an unknown column or an
        unknown word.
    """
    rows = read_given_rows(path)
    header = [name.strip() for name in rows[0]] if rows else []
    unknown = set(header) - set(COLUMNS)
    if "path" not in header or unknown or len(set(header)) < len(header):
        raise DataError(
            f"line 1: got {','.join(header)!r}, expected the column path and any of "
            f"{', '.join(COLUMNS[1:])}",
            path=path,
            advice="" if len(header) > 1 else "separate columns by commas",
        )
    clips = [
        _listed_clip(path, header, row, number, split)
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]
    if not clips:
        raise DataError("lists no recording", path=path, advice="give one a line below the header")
    return clips


def known_labels(clips: Iterable[Clip]) -> dict[Path, Label]:
    """What is said of recordings by their paths, where it is known.

    Raises
    ------
    DataError
        If two things are said of one.
    """
    labels: dict[Path, Label] = {}
    for clip in clips:
        if clip.label is not None and labels.setdefault(clip.path, clip.label) is not clip.label:
            raise _disagreement(clip, ["label"])
    return labels


def _check_agreement(first: Clip, again: Clip) -> None:
    """Check that what is said of a clip that comes twice is the same."""
    if first.is_sibling != again.is_sibling:
        name = first.section if first.is_sibling else again.section
        problem = f"given as normal and as a recording of the sibling {name}"
        raise DataError(problem, path=again.path, advice="give it as one of both")
    differing = [name for name in _SAID if getattr(first, name) != getattr(again, name)]
    if differing:
        raise _disagreement(again, differing)


def _disagreement(clip: Clip, differing: Sequence[str]) -> DataError:
    problem = f"comes twice, with another {' and '.join(differing)}"
    return DataError(problem, path=clip.path, advice="say one thing of it")


def _own_clip(path: Path, raw: RawFormat | None) -> Clip:
    name = parse_name(path.name)
    return Clip(
        path=path,
        machine_type="",
        section="",
        split=Split.TRAIN,
        domain=None if name is None else name.domain,
        label=None if name is None else name.label,
        attributes="" if name is None else name.attributes or "",
        raw=raw,
    )


def _with_folder(survey: Survey, top: Path, raw: RawFormat | None) -> Survey:
    """The survey with all that lies in and below a folder, but for prepared ones."""
    if is_prepared(top):
        advice = "give the recordings that it was made of"
        raise DataError(
            "a prepared folder, which holds parts of recordings", path=top, advice=advice
        )
    folders = list(walk(top))
    prepared = below_prepared(folders)
    there = [path for folder in folders for path in folder.files]
    files = [path for path in there if path.parent not in prepared]
    clips = [_own_clip(path, raw) for path in files if _is_wanted(path, raw)]
    errors = tuple(folder.error for folder in folders if folder.error is not None)
    if not clips and errors:
        raise errors[0]
    if not clips:
        raise _no_recording(top, files, raw)
    before = survey.left_out
    others = tuple(path for path in files if not _is_wanted(path, raw))
    parts = tuple(path for path in there if path.parent in prepared and _is_wanted(path, raw))
    return Survey(
        clips=survey.clips + clips,
        left_out=LeftOut(
            others=before.others + others,
            set_aside=before.set_aside + parts,
            unreadable=before.unreadable + errors,
        ),
    )


def _no_recording(top: Path, files: Sequence[Path], raw: RawFormat | None) -> DataError:
    n_headerless = sum(map(_is_headerless, files))
    expected = AUDIO_EXTENSIONS if raw is None else RAW_EXTENSIONS
    advice = f"expected {', '.join(expected)}"
    if n_headerless:
        what = f"for samples without header, as in {counted(n_headerless, 'file')} there"
        advice = f"give --raw RATE:FORMAT:CHANNELS {what}"
    problem = f"none of {counted(len(files), 'file')} is a recording"
    return DataError(problem if files else "no recording in it", path=top, advice=advice)


def _is_wanted(path: Path, raw: RawFormat | None) -> bool:
    return is_recording(path.name) if raw is None else _is_headerless(path)


def _is_headerless(path: Path) -> bool:
    return path.name.lower().endswith(RAW_EXTENSIONS)


def _listed_clip(path: Path, header: list[str], row: list[str], number: int, split: Split) -> Clip:
    where = f"{path}: line {number}"
    if len(row) != len(header) or not row[header.index("path")].strip():
        raise DataError(
            f"got {counted(len(row), 'column')}, expected {len(header)} with a path", path=where
        )
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    section = cells.get("section", "")
    if section and not (section.isascii() and section.isalnum()):
        raise DataError(f"section: got {section!r}, expected letters and digits", path=where)
    try:
        return Clip(
            path=path.parent / cells["path"],
            machine_type=composed(cells.get("machine_type", "")),
            section=cells.get("sibling") or section,
            split=Split(cells.get("split") or split),
            domain=Domain(cells["domain"]) if cells.get("domain") else None,
            label=Label(cells["label"]) if cells.get("label") else None,
            session=cells.get("session", ""),
            is_sibling=bool(cells.get("sibling")),
            is_own=True,
        )
    except ValueError as error:
        raise DataError(
            f"{error}",
            path=where,
            advice="expected domain source or target, label normal or anomaly, split train or test",
        ) from error
