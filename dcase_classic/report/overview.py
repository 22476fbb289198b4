"""What was understood of a data set, in lines for people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from dcase_classic.challenge.clip_names import OPTIONAL_EXTENSIONS, parse_name
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip
from dcase_classic.wording import Loss, counted


def overview_lines(clips: Sequence[Clip], years: Sequence[int], reason: str) -> list[str]:
    """The years that fit and why, and every choice that was made in finding the clips."""
    hint = "; --year decides" if len(years) > 1 else ""
    lines = [f"year: {' or '.join(map(str, years)) or 'none'} ({reason}{hint})"]
    renamed = _machines(clip for clip in clips if clip.path.parent.name == "test_rename")
    if renamed:
        lines.append(f"{renamed}: test_rename is used instead of test")
    if any(clip.is_of_mimii for clip in clips):
        from dcase_classic.io.recordings.mimii import SPLIT_RULE  # seldom needed

        lines.append(SPLIT_RULE)
    own = _machines(clip for clip in clips if not clip.alias and parse_name(clip.name) is None)
    if own:
        lines.append(f"{own}: no official names; one section, domains and labels unknown")
    return lines


def left_out_lines(left_out: LeftOut) -> list[str]:
    """One line for each kind of files that were found and not used."""
    lines: list[str] = [Loss(error) for error in left_out.unreadable]
    for paths, where, kind in (
        (left_out.unplaced, "not directly in a folder train or test", Loss),
        (left_out.set_aside, "neither for training nor for tests", str),  # by a rule
    ):
        if paths:
            number = counted(len(paths), "recording")
            lines.append(kind(f"{number} left out, {where}, such as {paths[0]}"))
    if left_out.others:
        number = counted(len(left_out.others), "file was no recording", "files were no recordings")
        lines.append(f"{number}: {_kinds(left_out.others)}")
    return lines


def _kinds(paths: Iterable[Path]) -> str:
    """How many files of each extension, and what would let them be read."""
    counts = Counter(
        "hidden" if path.name.startswith(".") else path.suffix.lower() or "without extension"
        for path in paths
    )
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    is_optional = not counts.keys().isdisjoint(OPTIONAL_EXTENSIONS)
    return kinds + ("; pip install 'dcase_classic[av]' to read them" if is_optional else "")


def _machines(clips: Iterable[Clip]) -> str:
    return ", ".join(sorted({clip.machine_type for clip in clips}))
