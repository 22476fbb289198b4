"""Feature tables in memory."""

import numpy as np

from dcase_classic.records import FeatureTable


def make_table(rows_of_clips):
    """One table from the rows (n_segments, n_features) of each clip, in order."""
    counts = [len(rows) for rows in rows_of_clips]
    return FeatureTable(
        X=np.concatenate(rows_of_clips), clip_index=np.repeat(np.arange(len(counts)), counts)
    )
