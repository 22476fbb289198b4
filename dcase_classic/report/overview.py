"""What was understood of a data set, in lines for people."""

from collections.abc import Iterable, Sequence

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.io.recordings.mimii import SPLIT_RULE
from dcase_classic.records import Clip


def overview_lines(clips: Sequence[Clip], years: Sequence[int], reason: str) -> list[str]:
    """The years that fit and why, and every choice that was made in finding the clips."""
    hint = "; --year decides" if len(years) > 1 else ""
    lines = [f"year: {' or '.join(map(str, years)) or 'none'} ({reason}{hint})"]
    renamed = _machines(clip for clip in clips if clip.path.parent.name == "test_rename")
    if renamed:
        lines.append(f"{renamed}: test_rename is used instead of test")
    if any(clip.is_of_mimii for clip in clips):
        lines.append(SPLIT_RULE)
    own = _machines(clip for clip in clips if not clip.alias and parse_name(clip.name) is None)
    if own:
        lines.append(f"{own}: no official names; one section, domains and labels unknown")
    return lines


def _machines(clips: Iterable[Clip]) -> str:
    return ", ".join(sorted({clip.machine_type for clip in clips}))
