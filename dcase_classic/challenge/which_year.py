"""Which DCASE year recordings belong to, from what their folders and names say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.challenge.clip_names import NO_ATTRIBUTE
from dcase_classic.challenge.years import CONCEALED, SECTIONS, Part
from dcase_classic.records import Clip, Split

_FOLDER = re.compile(r"dcase(20\d\d)t2")  # of the official baseline of 2023 and later
_BY_ID = re.compile(r"(?:(?:normal|anomaly)_)?id_\d{2}_\d{8}")

_Found = dict[str, set[str]]  # sections of every machine


@dataclass(frozen=True, slots=True, kw_only=True)
class YearGuess:
    """The years that fit, none for recordings of one's own, and why."""

    years: tuple[int, ...]
    reason: str

    @property
    def year(self) -> int | None:
        """The year, where only one fits."""
        return self.years[0] if len(self.years) == 1 else None


def guess_year(clips: Sequence[Clip], year: int | None = None) -> YearGuess:
    """The DCASE year of the clips; ``year``, where it is given, is right.

    A folder named as the official baseline names it decides if its year knows all the machines;
    then names by id (2020 only); then the machines, their sections, and which machines conceal
    their attributes. 2023, 2024 and 2025 share their development machines: with few of them, more
    than one year may fit.
    """
    if year is not None:
        return YearGuess(years=(year,), reason="as asked for")
    found: _Found = {}
    for clip in clips:
        found.setdefault(clip.machine_type, set()).add(clip.section)
    folder = _folder_year(clips)
    if folder is not None and _knows(folder, found):
        return YearGuess(years=(folder,), reason=f"the folder dcase{folder}t2")
    if any(clip.alias and not clip.parts for clip in clips):
        return YearGuess(years=(), reason="MIMII's own layout")
    fitting = [of for of in SECTIONS if _knows(of, found) and _names_as(of, clips)]
    complete = [of for of in fitting if _has_all_sections(of, found)] or fitting
    concealed = [of for of in complete if _conceals_as(of, clips)] or complete
    reason = "machines, sections and names" if concealed else "these machines are of no DCASE year"
    return YearGuess(years=tuple(concealed), reason=reason)


def _folder_year(clips: Sequence[Clip]) -> int | None:
    years = {
        int(match[1])
        for folder in {clip.path.parent for clip in clips}
        if (match := _FOLDER.search(str(folder)))
    }
    return years.pop() if len(years) == 1 else None


def _knows(year: int, found: _Found) -> bool:
    parts = SECTIONS.get(year, {}).values()
    known: _Found = {}
    for part in parts:
        for machine_type, sections in part.items():
            known.setdefault(machine_type, set()).update(sections)
    return all(sections <= known.get(machine, set()) for machine, sections in found.items())


def _names_as(year: int, clips: Sequence[Clip]) -> bool:
    """Whether names go by id (2020 only), and labelled ones have attributes (from 2022 on)."""
    is_by_id = any(_BY_ID.fullmatch(Path(clip.name).stem) for clip in clips)
    labelled = [clip for clip in clips if clip.label is not None]
    has_attributes = any(clip.attributes for clip in labelled)
    return is_by_id == (year == 2020) and (not labelled or has_attributes == (year >= 2022))


def _has_all_sections(year: int, found: _Found) -> bool:
    """Whether the sections of every machine are all those of one part or of both."""
    dev, evaluation = SECTIONS[year][Part.DEV], SECTIONS[year][Part.EVAL]
    return all(
        sections
        in (
            set(dev.get(machine, ())),
            set(evaluation.get(machine, ())),
            {*dev.get(machine, ()), *evaluation.get(machine, ())},
        )
        for machine, sections in found.items()
    )


def _conceals_as(year: int, clips: Sequence[Clip]) -> bool:
    """Whether exactly the machines of the year's list conceal the attributes of training clips."""
    concealed: dict[str, bool] = {}
    for clip in clips:
        if clip.split is Split.TRAIN:
            concealed[clip.machine_type] = clip.attributes == NO_ATTRIBUTE
    expected = CONCEALED.get(year, frozenset())
    return all(is_so == (machine in expected) for machine, is_so in concealed.items())
