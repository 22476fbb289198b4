"""How many clips there are of every kind, beside how many the year promises."""

from collections import Counter
from collections.abc import Collection, Sequence

from dcase_classic.challenge.which_year import YearGuess
from dcase_classic.challenge.years import ClipKind, find_year
from dcase_classic.outcomes.examinations import CountRow
from dcase_classic.records import Clip, SectionKey, Split


def count_rows(clips: Sequence[Clip], guess: YearGuess) -> list[CountRow]:
    """One row for every kind of clip that is there or promised, sorted.

    Several years that fit count as one where they promise the same. A kind that is not there at all
    is promised where another of its split is: additional training data come without test clips.
    """
    sections: dict[SectionKey, Counter[ClipKind]] = {}
    for clip in clips:
        kind = (clip.split.value, clip.domain or "", clip.label or "")
        sections.setdefault((clip.machine_type, clip.section), Counter())[kind] += 1
    rows = []
    for (machine_type, section), counts in sorted(sections.items()):
        promised = _promised(machine_type, counts.keys(), guess)
        rows += [
            CountRow(
                machine_type=machine_type,
                section=section,
                split=kind[0],
                domain=kind[1] or None,
                label=kind[2] or None,
                n_clips=counts.get(kind, 0),
                n_expected=promised.get(kind),
            )
            for kind in sorted(counts.keys() | promised.keys(), key=_order)
        ]
    return rows


def _order(kind: ClipKind) -> tuple[bool, str, bool, str]:
    split, domain, label = kind
    return split != Split.TRAIN, domain, label == "anomaly", label


def _promised(
    machine_type: str, there: Collection[ClipKind], guess: YearGuess
) -> dict[ClipKind, int]:
    tables = [find_year(year).n_clips_of(machine_type) for year in guess.years]
    if not tables or any(table != tables[0] for table in tables):
        return {}
    # either hidden or labelled test clips are promised, never both; 2021 hides the label only
    kinds_there = {(split, bool(domain), bool(label)) for split, domain, label in there}
    return {
        kind: count
        for kind, count in tables[0].items()
        if (kind[0], bool(kind[1]), bool(kind[2])) in kinds_there
    }
