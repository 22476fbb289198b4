"""The check of feature rows for estimators that do without importing scikit-learn.

That import takes longer than scoring a file. Our estimators keep scikit-learn's contract all the
same: with its ``BaseEstimator`` beside them they pass its checks, as the tests show.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


def check_one_each(values: ArrayLike, n_rows: int, *, what: str, n_axes: int = 1) -> None:
    """Check that a part has given one number, or one row, for every row.

    Parameters
    ----------
    values : what it has given.
    n_rows : how many rows there are.
    what : has given them, for the error.
    n_axes : 1 for numbers, 2 for rows.

    Raises
    ------
    ValueError
        If it has not.
    """
    shape = np.shape(values)
    if len(shape) != n_axes or shape[0] != n_rows:
        got = "nothing" if values is None else f"numbers of shape {shape}"
        raise ValueError(f"{what} gave {got}, expected one for each of {n_rows} rows")


def check_rows(X: ArrayLike, *, dtype: DTypeLike, n_features: int | None = None) -> NDArray[Any]:
    """``X`` as an array (n_rows, n_features) of finite numbers; itself if it is one already.

    Parameters
    ----------
    X : array-like, shape (n_rows, n_features)
    dtype : of the result.
    n_features : the number of columns that is wanted; None for any.

    Raises
    ------
    ValueError
        If the shape is another, there is no row or column, or a value is complex or not finite.
    TypeError
        If the rows are sparse or not numbers.
    """
    if hasattr(X, "toarray"):
        raise TypeError("X: got a sparse matrix, expected a dense array")
    if np.iscomplexobj(X):
        raise ValueError("X: Complex data not supported, expected real numbers")
    rows = np.asarray(X, dtype=dtype)
    if rows.ndim != 2:
        raise ValueError(f"X: got shape {rows.shape}, expected (n_rows, n_features)")
    if 0 in rows.shape:
        what = "sample" if rows.shape[0] == 0 else "feature"
        raise ValueError(f"X: 0 {what}(s) (shape={rows.shape}) while a minimum of 1 is required.")
    if n_features is not None and rows.shape[1] != n_features:
        raise ValueError(f"X: got {rows.shape[1]} features, expected {n_features} as in fit")
    if not np.isfinite(rows).all():
        raise ValueError("X: got NaN or inf, expected finite numbers")
    return rows
