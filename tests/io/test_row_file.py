import re
import sys
import tempfile
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import make_table

from dcase_classic.io.row_file import RowFile
from dcase_classic.parallel.processes import map_threads

N_FEATURES = 3


def rows_of(counts, n_features=N_FEATURES):
    """Distinct rows of clips, (n_segments, n_features) each."""
    values = np.arange(sum(counts) * n_features, dtype=np.float32).reshape(-1, n_features)
    return np.split(values, np.cumsum(counts)[:-1])


def stored(rows_of_clips):
    file = RowFile()
    for rows in rows_of_clips:
        file.append(rows)
    return file


@given(
    counts=st.lists(st.integers(1, 4), min_size=1, max_size=12),
    data=st.data(),
    n_features=st.sampled_from([1, 3, 2**18]),  # of the last, a single row is read at a time
)
def test_a_stored_table_is_the_same_as_one_in_memory(counts, data, n_features):
    clips = st.lists(st.integers(0, len(counts) - 1), min_size=1, unique=True).map(sorted)
    rows, kept = rows_of(counts, n_features), data.draw(clips)
    table = stored(rows).table(kept)
    expected = make_table([rows[clip] for clip in kept])
    assert (table.n_clips, table.n_features) == (expected.n_clips, expected.n_features)
    assert np.array_equal(table.clip_index, expected.clip_index)
    some = np.flatnonzero(data.draw(st.lists(st.booleans(), max_size=len(expected.X))))
    assert np.array_equal(table.take(some), expected.take(some))
    chosen = np.arange(0, table.n_clips, 2)
    selected, wanted = table.select(chosen), expected.select(chosen)
    assert np.array_equal(selected.X, wanted.X)
    assert np.array_equal(selected.clip_index, wanted.clip_index)


def test_rows_come_back_as_float32_and_may_be_changed():
    table = stored([np.ones((2, 3))]).table([0])
    rows = table.take(np.arange(2))
    assert rows.dtype == np.float32
    rows += 1
    assert np.array_equal(table.take(np.arange(2)), np.ones((2, 3)))


def test_many_rows_do_not_stay_in_memory():
    rows = np.ones((10, 1000), np.float32)
    file = RowFile()
    tracemalloc.start()
    try:
        for _ in range(400):  # 16 MB
            file.append(rows)
        taken = file.table(range(400)).take(np.arange(0, 4000, 500))
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()
    assert np.array_equal(taken, np.ones((8, 1000)))


def test_a_full_disk_is_told_with_the_folder():
    resource = pytest.importorskip("resource", reason="limits of file sizes are those of POSIX")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(tempfile.gettempdir())):
            stored([np.ones((10, 1000), np.float32)] * 100)  # 4 MB
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.uncounted
@pytest.mark.parametrize("n_clips", [1, 500])  # in memory, on disk
def test_a_file_is_closed_when_no_table_refers_to_it(n_clips):
    file = stored([np.ones((1, 1000), np.float32)] * n_clips)
    table, inner = file.table([0]), file._file
    del file
    assert table.take(np.array([0])).all()
    del table
    assert inner.closed


def test_threads_that_read_the_same_rows_do_not_move_each_other():
    rows = rows_of([50] * 200, 40)
    file = stored(rows)  # more than stay in memory
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        positions = [np.arange(first, first + 2000) for first in range(0, 8000, 40)]
        read = map_threads(file.take, positions, 4)
    finally:
        sys.setswitchinterval(interval)
    expected = np.concatenate(rows)
    assert all(np.array_equal(a, expected[b]) for a, b in zip(read, positions, strict=True))
