import numpy as np
import pytest
from tables import make_table

from dcase_classic.model.training_rows import TrainingRows

DOMAINS = np.repeat([0, 1], [30, 3])


def table(n_segments=4):
    """Every row holds its clip and its segment."""
    return make_table(
        [np.array([[clip, i] for i in range(n_segments)], np.float32) for clip in range(33)]
    )


@pytest.mark.parametrize("n_rows", [132, 1000])
def test_few_rows_are_all_kept(n_rows):
    rows = TrainingRows.choose(table(), DOMAINS, n_rows=n_rows, seed=0)
    assert np.array_equal(rows.X, table().X)
    assert np.array_equal(rows.clips, table().clip_index)


def test_of_many_rows_so_many_are_drawn_and_those_of_a_small_domain_are_kept():
    rows = TrainingRows.choose(table(), DOMAINS, n_rows=40, seed=0)
    assert len(rows.X) == 40
    assert (rows.clips >= 30).sum() == 12
    assert len(set(map(tuple, rows.X))) == 40
    assert np.array_equal(rows.X[:, 0], rows.clips)
    assert (np.diff(rows.clips) >= 0).all()


def test_two_large_domains_share_what_there_is():
    rows = TrainingRows.choose(table(), np.repeat([0, 1], [20, 13]), n_rows=40, seed=0)
    assert np.bincount(rows.clips >= 20).tolist() == [20, 20]


def test_the_seed_decides_what_is_drawn():
    first, again, other = (
        TrainingRows.choose(table(), DOMAINS, n_rows=40, seed=seed).X for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
