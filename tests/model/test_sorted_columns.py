import numpy as np
import pytest

from dcase_classic.model.sorted_columns import sorted_columns


@pytest.mark.parametrize("n_rows", [1, 2, 7, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quantiles_of_sorted_columns_are_the_same_bits(n_rows, dtype):
    values = np.random.default_rng(0).normal(size=(n_rows, 9)).astype(dtype)
    before = values.copy()
    columns = sorted_columns(values)
    assert columns.shape == (9, n_rows)
    assert np.array_equal(np.median(columns, axis=1), np.median(values, axis=0))
    expected = np.percentile(values, [1, 99], axis=0)
    assert np.array_equal(np.percentile(columns, [1, 99], axis=1), expected)
    assert np.array_equal(values, before)
