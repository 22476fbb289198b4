"""Which clips were recorded together, from the first source that knows it of all clips.

The column ``session`` of a list; attributes of official names; sub-folders of one's own recordings;
the day in their names; and last the day of their file times, which a careless copy loses.
"""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby, zip_longest
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import listed
from dcase_classic.records import Clip, Split
from dcase_classic.wording import counted

# Attributes that a domain has fewer values of are its operating conditions, not its takes.
_FEWEST_ATTRIBUTES = 5
LISTED, _SUB_FOLDERS = "the column session", "sub-folders"
BY_RECORDING = "recordings"  # of which windows are learned from: those of one are a session
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"(?=\D|$|\d{4}(?!\d)|\d{6}(?!\d))"
)

Names = list[str] | None


def with_sessions(clips: Sequence[Clip], *, before: str = "") -> tuple[list[Clip], str]:
    """The clips with their sessions, and what tells these; as they are and "" where nothing does.

    Parameters
    ----------
    clips : of one machine and section.
    before : what told those of other clips of the machine, and is asked first.
    """
    for source in sorted(_SOURCES, key=lambda source: source != before):
        named = _named(clips, source)
        if named is not None:
            return named, source
    return [replace(clip, session="") for clip in clips], ""


def with_more_sessions(
    known: Sequence[Clip], new: Sequence[Clip], source: str
) -> tuple[list[Clip], str, str]:
    """All clips with their sessions, what tells these, and what is said of it (may be empty).

    What has told the sessions before tells those of new clips; of clips of which it tells nothing,
    those of a folder count as made together.

    Parameters
    ----------
    known, new : clips of one machine and section.
    source : what told the sessions of the known ones; empty where nothing did.
    """
    # names of sub-folders depend on all clips, and windows are not known yet
    if source in {"", _SUB_FOLDERS, BY_RECORDING}:
        named, source = with_sessions([replace(clip, session="") for clip in (*known, *new)])
        return named, source, ""
    told = None if source == LISTED else _named([*known, *new], source)
    if told is not None:
        return [*known, *told[len(known) :]], source, ""
    named = [replace(clip, session=str(clip.path.parent)) for clip in new]
    said = "says nothing of the new recordings: those of a folder count as made together"
    return [*known, *named], source, f"what told sessions ({source}) {said}"


def session_note(clips: Sequence[Clip]) -> str:
    """What is said where the column session is not used since cells are empty; else nothing."""
    silent = [str(clip.path) for clip in clips if not clip.session]
    if not 0 < len(silent) < len(clips):
        return ""
    where = f"{len(silent)} of {counted(len(clips), 'recording')}"
    return f"{LISTED} is empty for {where} and not used: {listed(silent)}"


def days_in_name(name: str) -> list[date]:
    """The days that stand in the name of a recording, in their order; no 30th of February."""
    digits = (re.sub(r"\D", "", match[0]) for match in _DAY.finditer(name))
    days = []
    for day in digits:
        with suppress(ValueError):
            days.append(date(int(day[:4]), int(day[4:6]), int(day[6:8])))
    return days


def _named(clips: Sequence[Clip], source: str) -> list[Clip] | None:
    """The clips with the sessions that a source tells; None where it does not tell all."""
    names = _SOURCES[source](clips)
    if names is None or not all(names):
        return None
    return [replace(clip, session=name) for clip, name in zip(clips, names, strict=True)]


def _listed(clips: Sequence[Clip]) -> Names:
    return [clip.session for clip in clips]


def _attributes(clips: Sequence[Clip]) -> Names:
    """Domain and attributes, where a domain has enough of these to be takes."""
    names = [f"{clip.domain} {clip.attributes}" for clip in clips]
    by_domain = groupby(sorted(set(names)), key=lambda name: name.partition(" ")[0])
    most = max(len(list(values)) for _, values in by_domain)
    return names if most >= _FEWEST_ATTRIBUTES and all(clip.attributes for clip in clips) else None


def _folders(clips: Sequence[Clip]) -> Names:
    # a link that leads to itself has a place too, unlike with Path.resolve
    folders = [str(Path(os.path.realpath(clip.path)).parent) for clip in clips]
    if not _are_own(clips) or len(set(folders)) == 1:
        return None
    top = os.path.commonpath(folders)  # the same names wherever the recordings are
    return [os.path.relpath(folder, top) for folder in folders]


def _days_in_names(clips: Sequence[Clip]) -> Names:
    """The day; where names have several, the first that is not the same in all."""
    all_days = [[f"{day:%Y%m%d}" for day in days_in_name(clip.name)] for clip in clips]
    places = [[*days] for days in zip_longest(*all_days, fillvalue="")] or [[""] * len(clips)]
    days = next((days for days in places if len({*days} - {""}) > 1), places[0])
    return days if _are_own(clips) else None


def _days_of_files(clips: Sequence[Clip]) -> Names:
    """The day in UTC; a single one may be that of a copy."""
    if not _are_own(clips) or any(clip.path.parent.name in set(Split) for clip in clips):
        return None  # data sets are copied
    times = [clip.path.stat().st_mtime if clip.path.is_file() else 0.0 for clip in clips]
    days = [datetime.fromtimestamp(time_s, UTC).strftime("%Y%m%d") for time_s in times]
    return days if len(set(days)) > 1 else None


def _are_own(clips: Sequence[Clip]) -> bool:
    """Whether no clip belongs to an official data set, whose folders and names say other things."""
    return all(clip.is_own or not (clip.is_of_mimii or parse_name(clip.name)) for clip in clips)


_SOURCES: dict[str, Callable[[Sequence[Clip]], Names]] = {
    LISTED: _listed,
    "the attributes in names": _attributes,
    _SUB_FOLDERS: _folders,
    "days in names": _days_in_names,
    "days of file times": _days_of_files,
}
