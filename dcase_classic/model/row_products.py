"""Products of rows and a matrix that are the same bits for a row whatever rows stand beside it.

BLAS sums in an order that follows the shape of a product, the place of a row in it and the
processor: 1e-7 of the score of a clip that no batch may decide. No order matters where nothing is
rounded: whole numbers of so few bits that their products and sums fit into a float64 (the splitting
of Ozaki, Ogita, Oishi and Rump, Numerical Algorithms 59, 2012, with one part of each factor).
"""

import numpy as np
from numpy.typing import NDArray

from dcase_classic.records import FloatArray, Scores

_FLOAT64_BITS = 53
_UPPER_COLUMNS = 72  # of a triangle at a time: less than two thirds of all products
_BLOCK_ROWS = 256  # what stays in the caches: twice as fast as thousands of rows at once


def on_grid(matrix: FloatArray) -> Scores:
    """The matrix (n_features, n_columns) as `row_products` takes it; exact in float32, too.

    Every column is rounded to whole multiples of a power of two, 1e-7 of its largest value or less
    (for less than 2,048 features).
    """
    whole, scale = _whole(matrix, axis=0, n_summed=len(matrix))
    return whole * scale


def row_products(X: FloatArray, matrix: FloatArray, *, is_upper: bool = False) -> Scores:
    """``X @ matrix``, (n_rows, n_columns), float64, from rows that are rounded as a grid is.

    Parameters
    ----------
    X : array, shape (n_rows, n_features)
    matrix : array, shape (n_features, n_columns), from `on_grid`; others round as BLAS likes.
    is_upper : there are zeros below its diagonal, by which nothing is multiplied.
    """
    matrix = matrix.astype(np.float64, copy=False)
    n_summed, n_columns = matrix.shape
    width = _UPPER_COLUMNS if is_upper else n_columns
    parts = [(slice(first, first + width), first + width) for first in range(0, n_columns, width)]
    products = np.empty((len(X), n_columns))
    for start in range(0, len(X), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        whole, scale = _whole(X[block], axis=1, n_summed=n_summed)
        for columns, end in parts:
            rows = slice(end if is_upper else n_summed)
            np.matmul(whole[:, rows], matrix[rows, columns], out=products[block, columns])
        products[block] *= scale
    return products


def row_by_row_products(X: NDArray[np.float64], matrix: NDArray[np.float64]) -> Scores:
    """``X @ matrix`` to all digits of float64: slow, for small or for exacting products."""
    return np.asarray(np.matmul(X[:, np.newaxis], matrix)[:, 0])


def _whole(values: FloatArray, *, axis: int, n_summed: int) -> tuple[Scores, Scores]:
    """Values as whole numbers times a power of two for each column or row: they, and the powers.

    ``n_summed`` products of two such numbers add up to less than 2 to the power of 53.
    """
    n_bits = (_FLOAT64_BITS - max(n_summed - 1, 0).bit_length()) // 2
    largest = np.abs(values).max(axis=axis, keepdims=True, initial=0).astype(np.float64)
    scale = np.ldexp(1.0, np.frexp(largest)[1] - n_bits)
    whole = values / scale
    return np.rint(whole, out=whole), scale
