import numpy as np
import pytest

from dcase_classic.model.row_products import exact_row_products, row_products

ROWS = np.random.default_rng(0).normal(size=(70, 48))
MATRIX = np.random.default_rng(1).normal(size=(48, 19))


KINDS = [(row_products, np.float32, 1e-5), (exact_row_products, np.float64, 1e-13)]


@pytest.mark.parametrize(("multiply", "dtype", "tolerance"), KINDS)
def test_products_are_those_of_the_matrices(multiply, dtype, tolerance):
    products = multiply(ROWS.astype(dtype), MATRIX.astype(dtype))
    assert products.dtype == dtype
    np.testing.assert_allclose(products, ROWS @ MATRIX, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("multiply", "dtype", "_"), KINDS)
def test_a_row_is_the_same_bits_alone_and_at_any_place(multiply, dtype, _):
    rows, matrix = ROWS.astype(dtype), MATRIX.astype(dtype)
    products = multiply(rows, matrix)
    alone = np.concatenate([multiply(row[np.newaxis], matrix) for row in rows])
    assert np.array_equal(products, alone)
    assert np.array_equal(products[::-1], multiply(np.ascontiguousarray(rows[::-1]), matrix))


@pytest.mark.parametrize(("multiply", "dtype", "_"), KINDS)
def test_no_row_is_no_product(multiply, dtype, _):
    assert multiply(np.empty((0, 48), dtype), MATRIX.astype(dtype)).shape == (0, 19)
