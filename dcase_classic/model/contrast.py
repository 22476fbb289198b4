"""What a machine is told from: normal clips of other sections and machines, by class.

The classical auxiliary task of the field: what distinguishes a machine from others is what a
normal sound of it is like. Only training clips take part, and they only shape the scaling of a
view, never its neighbours or its threshold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.conditions import condition_groups, number_conditions
from dcase_classic.records import Clip, ClipRows, IndexArray
from dcase_classic.seeding import derive_seed

# More clips say little more about a mean in the scatter of all, and every machine would pay for it.
_CLIPS_PER_SECTION = 50
_SECTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrast:
    """The rows of others, for every view.

    Attributes
    ----------
    tables : one for each view.
    classes : array, shape (n_clips,)
        The machine, section and attribute group of every clip as a number from 0.
    is_same_machine : array, shape (n_clips,), bool
        True for clips of other sections of the machine.
    """

    tables: tuple[ClipRows, ...]
    classes: IndexArray
    is_same_machine: NDArray[np.bool_]

    @classmethod
    def of_clips(
        cls, clips: Sequence[Clip], tables: Sequence[ClipRows], *, machine_type: str
    ) -> Self:
        """The rows of ``clips``, which stand in the order of the tables."""
        sections = number_conditions([f"{clip.machine_type} {clip.section}" for clip in clips])
        attributes = number_conditions([clip.attributes for clip in clips])
        return cls(
            tables=tuple(tables),
            classes=condition_groups(sections, attributes),
            is_same_machine=np.array([clip.machine_type == machine_type for clip in clips]),
        )

    def rows(self, view: int, *, within_machine: bool) -> tuple[NDArray[np.float32], IndexArray]:
        """Rows (n_rows, n_features) for a view and their classes, (n_rows,), numbered from 0."""
        table = self.tables[view]
        rows = np.flatnonzero(self.is_same_machine[table.clip_index] | (not within_machine))
        classes = self.classes[table.clip_index[rows]]
        return table.take(rows), np.unique(classes, return_inverse=True)[1].astype(np.intp)


def draw_contrast(
    by_section: Mapping[tuple[str, str], Sequence[Clip]],
    machine_type: str,
    section: str,
    *,
    seed: int,
) -> list[Clip]:
    """Some clips of other sections and machines, at most 50 of each of 20; sections of this first.

    Parameters
    ----------
    by_section : normal training clips of all machines at hand, by machine and section.
    seed : of the draw, which depends on machine and section too.
    """
    rng = np.random.default_rng(derive_seed(seed, machine_type, section, "contrast"))
    keys = sorted(key for key in by_section if key != (machine_type, section))
    keys = [keys[i] for i in rng.permutation(len(keys))]
    keys.sort(key=lambda key: key[0] != machine_type)
    drawn = []
    for key in sorted(keys[:_SECTIONS]):
        of_key = sorted(by_section[key], key=lambda clip: clip.name)
        n_drawn = min(_CLIPS_PER_SECTION, len(of_key))
        drawn += [of_key[i] for i in sorted(rng.choice(len(of_key), n_drawn, replace=False))]
    return drawn
