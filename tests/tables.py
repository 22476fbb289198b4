"""Feature tables in memory."""

from dcase_classic.model.row_tables import FeatureTable


def make_table(rows_of_clips):
    """One table from the rows (n_segments, n_features) of each clip, in order."""
    return FeatureTable.from_clips(rows_of_clips)
