"""Nearest neighbours on a scale of their own: local-density normalisation.

Dense and sparse regions of the training rows (many source clips, few target clips) become
comparable without any domain label (Wilkinghoff et al., Keeping the Balance, ICASSP 2025).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.config.setting import check_setting
from dcase_classic.model.check_rows import check_rows
from dcase_classic.model.detector import Detector
from dcase_classic.model.neighbours import distances_to_other_clips, nearest_after
from dcase_classic.model.plain import ANY, Field, Numbers, Whole
from dcase_classic.model.references import StoredRows
from dcase_classic.records import Rows, Scores

MODES = ("difference", "ratio")

# Duplicates would have no distance at all from their neighbours.
_DENSITY_FLOOR = 1e-3
_NO_DENSITY = 1e-12


class LocalDensity(Detector):
    """Minus the smallest normalised distance to a training row.

    The density of a training row is its mean Euclidean distance to the ``n_neighbors`` nearest rows
    of *other* clips; the anomaly of a row is the minimum over training rows of the distance less
    the density (``difference``) or over it (``ratio``). The neighbour is chosen after the
    normalisation. ``n_neighbors`` must stay below the number of target clips.

    Parameters
    ----------
    n_neighbors : number of neighbours that the density is taken from; from 1.
    mode : ``difference`` or ``ratio``.
    """

    keeps_rows = True
    learned: Mapping[str, Field] = {
        "n_features_in_": Whole(1, size="n_components"),
        "densities_": Numbers(("<f8",), (ANY,), low=_NO_DENSITY),
    }

    def __init__(self, n_neighbors: int = 1, mode: str = "difference") -> None:
        check_setting(n_neighbors >= 1, "n_neighbors", n_neighbors, "at least 1")
        check_setting(mode in MODES, "mode", mode, " or ".join(MODES))
        self.n_neighbors = n_neighbors
        self.mode = mode

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn from training rows (n_rows, n_features) and the clip of each row, (n_rows,).

        Without clips, and for rows of a single clip, every row counts as a clip of its own.

        Raises
        ------
        ValueError
            If a row is not finite.
        """
        rows = np.array(check_rows(X, dtype=np.float32))
        self.references_ = StoredRows(rows)
        self.n_features_in_ = rows.shape[1]
        clips = np.arange(len(rows)) if y is None else np.unique(y, return_inverse=True)[1]
        if clips.max() == 0:
            clips = np.arange(len(rows))
        self.densities_ = self._densities(rows, clips)
        return self

    def score_samples(self, X: ArrayLike) -> Scores:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float32, n_features=self.n_features_in_)
        return -nearest_after(rows, self.references_, self.densities_, ratio=self.mode == "ratio")

    def _densities(self, rows: Rows, clips: NDArray[np.intp]) -> Scores:
        distances = distances_to_other_clips(rows, clips, self.n_neighbors)
        exists = np.isfinite(distances)  # a row may have fewer neighbours of other clips
        sums = np.where(exists, distances, 0).sum(axis=1)
        densities = sums / np.maximum(exists.sum(axis=1), 1)
        floored: Scores = np.maximum(densities, _DENSITY_FLOOR * np.median(densities))
        return np.maximum(floored, _NO_DENSITY)
