"""What a section is told from: normal clips of other sections of its machine, by class.

The classical auxiliary task of the field: what distinguishes a section from others is what a
normal sound of it is like. Only training clips take part, and they only shape the scaling of a
view, never its neighbours or its threshold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.row_tables import ClipRows
from dcase_classic.records import Clip, IndexArray
from dcase_classic.sound.front_end import ViewFeatures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContrastRows:
    """Rows of other sections for one view.

    Attributes
    ----------
    X : array, shape (n_rows, n_features), float32
    classes : array, shape (n_rows,), numbered from 0.
    """

    X: NDArray[np.float32]
    classes: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrast:
    """The clips of other sections.

    Attributes
    ----------
    tables : their rows, by what these hold.
    classes : array, shape (n_clips,)
        The section of every clip as a number from 0.
    """

    tables: Mapping[ViewFeatures, ClipRows]
    classes: IndexArray

    @classmethod
    def from_clips(cls, clips: Sequence[Clip], tables: Mapping[ViewFeatures, ClipRows]) -> Self:
        """The rows of ``clips``, which stand in the order of the tables."""
        classes = np.unique([clip.section for clip in clips], return_inverse=True)[1]
        return cls(tables=tables, classes=classes.astype(np.intp))

    def rows(self, features: ViewFeatures) -> ContrastRows:
        """The rows for a view of these features."""
        table = self.tables[features]
        X = table.take(np.arange(len(table.clip_index)))
        return ContrastRows(X=X, classes=self.classes[table.clip_index])
