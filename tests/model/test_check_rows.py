import numpy as np
import pytest
from scipy.sparse import csr_array

from dcase_classic.model.check_rows import check_one_each, check_rows


def test_rows_are_copied_as_the_wanted_type():
    X = np.ones((2, 3))
    rows = check_rows(X, dtype=np.float32)
    rows[0, 0] = 7
    assert rows.dtype == np.float32
    assert X[0, 0] == 1


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(3), r"got shape \(3,\)"),
        (np.ones((0, 3)), r"0 sample\(s\)"),
        (np.ones((3, 0)), r"0 feature\(s\)"),
        (np.ones((2, 3)), "got 3 features, expected 2"),
        (np.array([[1.0, np.nan]]), "NaN or inf"),
        (np.array([[1.0, np.inf]]), "NaN or inf"),
        (np.array([[1.0, 1j]]), "Complex"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        check_rows(X, dtype=np.float64, n_features=2)


def test_sparse_rows_are_refused():
    with pytest.raises(TypeError, match="sparse"):
        check_rows(csr_array(np.eye(2)), dtype=np.float64)


@pytest.mark.parametrize(
    ("values", "got"),
    [
        (None, "nothing"),
        (0.0, r"numbers of shape \(\)"),
        ([0.0], r"numbers of shape \(1,\)"),
        (np.zeros((2, 1)), r"numbers of shape \(2, 1\)"),
    ],
)
def test_there_has_to_be_one_number_for_every_row(values, got):
    check_one_each([0.0, 1.0], 2, what="it")
    with pytest.raises(ValueError, match=f"it gave {got}, expected one for each of 2 rows"):
        check_one_each(values, 2, what="it")
