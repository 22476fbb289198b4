"""The training rows that views learn from: a bounded number, shared by views of equal features."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dcase_classic.model.row_tables import ClipRows
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.front_end import ViewFeatures


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsKey:
    """What training rows are kept under: views with the same key share them."""

    features: ViewFeatures
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingRows:
    """Some rows of the training clips.

    Attributes
    ----------
    X : array, shape (n_rows, n_features), float32
    clips : array, shape (n_rows,)
        The training clip of each row; ascending.
    """

    X: Rows
    clips: IndexArray

    @classmethod
    def choose(cls, table: ClipRows, domains: IndexArray, *, n_rows: int, seed: int) -> Self:
        """At most ``n_rows`` of the training rows; small domains keep theirs before large ones do.

        What is left out is drawn: rows at equal steps might be the same second of every clip.

        Parameters
        ----------
        table : all training rows.
        domains : array, shape (n_clips,), numbered from 0.
        """
        kept = np.arange(len(table.clip_index))
        if len(kept) > n_rows:
            kept = _draw(domains[table.clip_index], n_rows, np.random.default_rng(seed))
        return cls(X=table.take(kept), clips=table.clip_index[kept])


def _draw(domains: IndexArray, n_rows: int, rng: "np.random.Generator") -> IndexArray:
    """Ascending positions of ``n_rows`` among rows whose domains are given."""
    counts, n_free, parts = np.bincount(domains), n_rows, []
    for n_left, domain in zip(range(len(counts), 0, -1), np.argsort(counts), strict=True):
        share = min(int(counts[domain]), n_free // n_left)
        parts.append(rng.choice(np.flatnonzero(domains == domain), share, replace=False))
        n_free -= share
    return np.sort(np.concatenate(parts))
