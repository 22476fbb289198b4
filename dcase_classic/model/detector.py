"""What every detector is: a model of normal feature rows, ``fit(X)`` and ``score_samples(X)``.

That is scikit-learn's own contract. No detector knows a threshold.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.model.plain import Field, Sizes
from dcase_classic.model.references import References
from dcase_classic.records import Rows


class Detector(ABC):
    """A model of normal rows, made with its options, which it refuses if no fit could use them.

    Attributes
    ----------
    learned : mapping
        What a model keeps: every attribute that ``fit`` sets, and what it may hold; see `learned`.
    keeps_rows : bool
        New rows are compared with the training rows, ``references_``. A model stores these once for
        all its detectors and gives them back before it scores.
    seed : int
        Of the random choices of ``fit``, where there are any; the view sets it.
    """

    learned: Mapping[str, Field]
    keeps_rows: ClassVar[bool] = False
    seed: int = 0
    references_: References

    @abstractmethod
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn from normal rows (n_rows, n_features).

        ``y`` may hold the clip of each row: rows of one clip resemble each other more than rows of
        different clips do. Most detectors ignore it.
        """

    @abstractmethod
    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""

    def score_samples_from(self, X: Rows, origins: Rows) -> list[NDArray[np.float64]]:
        """Normality of the rows less each origin, (n_rows,) for each of (n_origins, n_features)."""
        return [self.score_samples(X - origin) for origin in origins]

    def learned_problem(self, values: Mapping[str, Any], sizes: Sizes) -> str | None:
        """What is wrong with values of unknown origin that are right one by one, or None."""
        return None

    def without_rows(self) -> Self:
        """The fitted detector without the training rows that it keeps."""
        bare = copy(self)
        if self.keeps_rows:
            del bare.references_
        return bare

    def with_rows(self, references: References) -> Self:
        """A detector that `without_rows` has made, with its rows again."""
        if not self.keeps_rows:
            return self
        whole = copy(self)
        whole.references_ = references
        return whole
