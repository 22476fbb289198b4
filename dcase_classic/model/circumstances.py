"""How clips were recorded, as far as it changes what their scores mean."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.records import Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Circumstances:
    """Those of clips that are not as in training.

    Attributes
    ----------
    length_shares : array, shape (n_clips,)
        Their lengths over that of the training clips.
    is_level_void : array, shape (n_clips,)
        True where the level is none of training and no evidence: views that keep it say of such a
        clip what they say of a usual one.
    """

    length_shares: Scores
    is_level_void: NDArray[np.bool_]

    def repeated(self, n_times: int) -> Self:
        """The same for copies of the clips, one after the other."""
        return type(self)(
            length_shares=np.tile(self.length_shares, n_times),
            is_level_void=np.tile(self.is_level_void, n_times),
        )
