"""How many clips there are of every kind, beside how many the year promises."""

from collections import Counter
from collections.abc import Sequence

from dcase_classic.challenge.which_year import YearGuess
from dcase_classic.challenge.years import N_CLIPS, N_RENAMED_TEST_2023
from dcase_classic.outcomes import CountRow
from dcase_classic.records import Clip, Split

_Kind = tuple[str, str, str]  # split, domain, label

_RENAMED_KINDS = (
    ("test", "source", "normal"),
    ("test", "source", "anomaly"),
    ("test", "target", "normal"),
    ("test", "target", "anomaly"),
)


def count_rows(clips: Sequence[Clip], guess: YearGuess) -> list[CountRow]:
    """One row for every kind of clip that is there or promised, sorted.

    Several years that fit count as one where they promise the same. A kind that is not there at all
    is promised where another of its split is: additional training data come without test clips.
    """
    counts = Counter(
        (clip.machine_type, clip.section, (clip.split.value, clip.domain or "", clip.label or ""))
        for clip in clips
    )
    rows = []
    for machine_type, section in sorted({(machine, section) for machine, section, _ in counts}):
        there = {
            kind: count
            for (machine, of, kind), count in counts.items()
            if (machine, of) == (machine_type, section)
        }
        promised = _promised(machine_type, set(there), guess)
        rows += [
            CountRow(
                machine_type=machine_type,
                section=section,
                split=kind[0],
                domain=kind[1] or None,
                label=kind[2] or None,
                n_clips=there.get(kind, 0),
                n_expected=promised.get(kind),
            )
            for kind in sorted(there.keys() | promised.keys(), key=_order)
        ]
    return rows


def _order(kind: _Kind) -> tuple[bool, str, bool, str]:
    split, domain, label = kind
    return split != Split.TRAIN, domain, label == "anomaly", label


def _promised(machine_type: str, there: set[_Kind], guess: YearGuess) -> dict[_Kind, int]:
    tables = [N_CLIPS.get(year, {}) for year in guess.years]
    if not tables or any(table != tables[0] for table in tables):
        return {}
    promised = dict(tables[0])
    if 2023 in guess.years and machine_type in N_RENAMED_TEST_2023:
        promised |= dict(zip(_RENAMED_KINDS, N_RENAMED_TEST_2023[machine_type], strict=True))
    # either hidden or labelled test clips are promised, never both; 2021 hides the label only
    kinds_there = {(split, bool(domain), bool(label)) for split, domain, label in there}
    return {
        kind: count
        for kind, count in promised.items()
        if (kind[0], bool(kind[1]), bool(kind[2])) in kinds_there
    }
