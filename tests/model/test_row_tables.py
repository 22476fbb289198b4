import numpy as np
import pytest
from made_rows import normal_rows
from tables import make_table

from dcase_classic.model.row_tables import ChosenRows, FeatureTable


def table(clip_index, n_features=2):
    X = np.arange(len(clip_index) * n_features, dtype=np.float32).reshape(-1, n_features)
    return FeatureTable(X=X, clip_index=np.array(clip_index, dtype=np.intp))


def test_a_selection_keeps_the_rows_of_its_clips_and_renumbers_them():
    selected = table([0, 0, 1, 2, 2]).select(np.array([0, 2]))
    assert selected.clip_index.tolist() == [0, 0, 1, 1]
    assert selected.X[:, 0].tolist() == [0, 2, 6, 8]
    assert selected.n_clips == 2


@pytest.mark.parametrize("clip_index", [[1, 2], [0, 2], [1, 0], []])
def test_clips_that_are_left_out_or_unordered_are_refused(clip_index):
    with pytest.raises(ValueError, match="clip_index"):
        table(clip_index)


def test_rows_and_clips_must_agree_in_number():
    with pytest.raises(ValueError, match="got shape"):
        FeatureTable(X=np.zeros((3, 2), np.float32), clip_index=np.array([0, 1]))


def test_chosen_clips_are_a_table_of_their_own():
    parts = [normal_rows(n, 3, seed=n) for n in (1, 4, 2, 3)]
    table = make_table(parts)
    chosen = ChosenRows.from_clips(table, table.clip_index, np.array([1, 3]))
    expected = make_table([parts[1], parts[3]])
    assert (chosen.n_clips, chosen.n_features) == (2, 3)
    assert np.array_equal(chosen.clip_index, expected.clip_index)
    assert np.array_equal(chosen.take(np.arange(7)), expected.X)
    assert np.array_equal(chosen.select(np.array([1])).X, parts[3])
