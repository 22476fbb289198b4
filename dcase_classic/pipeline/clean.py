"""What is learned from, of what could be read: copies count once, misfits are named or left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcase_classic.errors import DataError, listed
from dcase_classic.grouping import grouped
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.misfits import FEWEST_CLIPS, Strangeness, first_of_equals
from dcase_classic.outcomes.training import Misfit
from dcase_classic.pipeline.extract import Extraction
from dcase_classic.records import Clip, with_span
from dcase_classic.wording import Loss, counted

# So many of the least typical clips are listed, and at least a few, whether or not they fit.
_LISTED_SHARE = 0.1
_FEWEST_LISTED = 5
_FEW_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """The clips that are learned from, the least typical ones, and what was done."""

    extraction: Extraction
    misfits: tuple[Misfit, ...]
    notes: tuple[str, ...]


def clean(extraction: Extraction, fitter: MachineFitter) -> Cleaned:
    """Take copies of a clip once, and name, or leave out, the clips that do not fit.

    Raises
    ------
    DataError
        If all are copies of one.
    """
    extraction, notes = without_copies(extraction)
    notes += tuple(_twin_notes(extraction.clips))
    strangeness = fitter.find_misfits(extraction.tables)
    is_dropping = fitter.config.misfits.drop
    misfits = _misfits(extraction, strangeness, is_dropping=is_dropping)
    about = "" if len(strangeness.named) else _why_none(extraction, strangeness, misfits)
    if is_dropping and not len(strangeness.named):
        about = f"{about or 'none was found that does not fit the others'}; none is left out"
    notes += (about,) if about else ()
    if is_dropping and len(strangeness.named):
        kept = np.setdiff1d(np.arange(len(extraction.clips)), strangeness.named)
        extraction = extraction.choose(kept)
    return Cleaned(extraction=extraction, misfits=misfits, notes=notes)


def _why_none(extraction: Extraction, strangeness: Strangeness, misfits: Sequence[Misfit]) -> str:
    """Why no clip is named: they are too few, or too many stand off; empty where none does."""
    n_clips = len(extraction.clips)
    if n_clips < FEWEST_CLIPS:
        return f"too few to tell which do not fit the others: it takes {FEWEST_CLIPS}"
    if not strangeness.n_beyond:
        return ""
    off = f"{strangeness.n_beyond} of {counted(n_clips, extraction.unit)} stand off"
    farthest = ", ".join(misfit.name for misfit in misfits[:_FEW_NAMED])
    cure = f"listen to those that do most ({farthest})"
    return f"{off}: a kind of their own, too many to be misfits; {cure}"


def without_copies(extraction: Extraction) -> tuple[Extraction, tuple[str, ...]]:
    """The clips without those that sound the same as an earlier one, and what is said of these.

    Raises
    ------
    DataError
        If all are copies of one.
    """
    if len(extraction.clips) < 2:
        return extraction, ()
    unit = extraction.unit
    firsts = first_of_equals(next(iter(extraction.tables.values())))
    kept = np.unique(firsts)
    copies = np.setdiff1d(np.arange(len(firsts)), kept)
    if not len(copies):
        return extraction, ()
    if len(kept) < 2:
        alike = f"all {counted(len(firsts), unit)} are alike by these settings"
        problem = f"{alike}, expected at least 2 that differ"
        raise DataError(problem, path=extraction.clips[0].path)
    pairs = [(extraction.clips[copy], extraction.clips[firsts[copy]]) for copy in copies]
    count = counted(len(copies), f"copy of another {unit} is", f"copies of other {unit}s are")
    note = Loss(f"{count} left out: {listed([_copy_of(*pair) for pair in pairs])}")
    return extraction.choose(kept), (note,)


def _twin_notes(clips: Sequence[Clip]) -> Iterator[str]:
    """What is said of recordings of one name but for its ending: one may be made of the other."""
    paths = sorted({clip.path for clip in clips if clip.samples is None})
    names = grouped((path.with_suffix(""), path.name) for path in paths)
    twins = [" and ".join(own) for own in names.values() if len(own) > 1]
    if twins:
        problem = "a recording that is there in two codings counts twice"
        yield f"of one name but for the ending: {listed(twins)}; {problem}, leave one of them out"


def _copy_of(copy: Clip, first: Clip) -> str:
    """Both by their names, or by their paths where the names are equal."""
    if copy.name == first.name:
        return f"{copy.path} of {first.path}"
    return f"{copy.name} of {first.name}"


def _misfits(
    extraction: Extraction, strangeness: Strangeness, *, is_dropping: bool
) -> tuple[Misfit, ...]:
    """Those that are named, then the next ones, of each the least typical first.

    A limit of a later round is lower: what stands off then may exceed it farther than they theirs.
    """
    excess, named = strangeness.excess, set(strangeness.named.tolist())
    n_beyond = strangeness.n_beyond if named else 0  # a kind of its own may be any number
    n_listed = max(n_beyond, _FEWEST_LISTED, round(_LISTED_SHARE * len(excess)))
    is_other = ~np.isin(np.arange(len(excess)), strangeness.named)
    order = np.lexsort((-excess, is_other))[:n_listed].tolist()
    names = _distinct_names(extraction.clips)
    return tuple(
        Misfit(
            name=names[position],
            rank=rank,
            excess=float(excess[position]),
            is_named=position in named,
            is_dropped=is_dropping and position in named,
        )
        for rank, position in enumerate(order, start=1)
        if excess[position] > 0
    )


def _distinct_names(clips: Sequence[Clip]) -> list[str]:
    """The names of clips, with their folders where several have one."""
    counts = Counter(clip.name for clip in clips)
    places = TrainingFiles.from_clips(clips).files
    return [
        clip.name if counts[clip.name] == 1 else with_span(Path(place).as_posix(), clip.span)
        for clip, place in zip(clips, places, strict=True)
    ]
