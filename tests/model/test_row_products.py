import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.model.row_products import on_grid, row_by_row_products, row_products

ROWS = np.random.default_rng(0).normal(size=(70, 48))
MATRIX = np.random.default_rng(1).normal(size=(48, 19))
# Kernels of OpenBLAS that round rows by their place, each in another way; other libraries for
# linear algebra do not know the variable and are tried as they are.
PROCESSORS = ("Haswell", "Sandybridge", "SkylakeX")
SAME_BITS = """
import hashlib
import numpy as np
from dcase_classic.model.neighbours import nearest_after, nearest_distances
from dcase_classic.model.references import StoredRows
from dcase_classic.model.row_products import on_grid, row_products

rng = np.random.default_rng(0)
digest = hashlib.sha256()
for n_features, n_columns in ((2, 1), (8, 20), (33, 7), (96, 381), (381, 96)):
    rows = rng.normal(size=(300, n_features)).astype(np.float32)
    references = rng.normal(size=(200, n_features)).astype(np.float32)
    matrix = on_grid(rng.normal(size=(n_features, n_columns)))
    densities = rng.uniform(0.5, 1.5, size=200)
    for score in (
        lambda X: row_products(X, matrix),
        lambda X: nearest_distances(X, StoredRows(references), 3),
        lambda X: nearest_after(X, StoredRows(references), densities, ratio=True),
        lambda X: nearest_after(X, StoredRows(references), densities, ratio=False),
    ):
        scores = score(rows)
        order = rng.permutation(300)
        assert np.array_equal(score(rows[order]), scores[order])
        assert np.array_equal(np.concatenate([score(rows[:1]), score(rows[1:20])]), scores[:20])
        digest.update(scores.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-5), (np.float64, 1e-5)])
def test_products_are_those_of_the_matrices(dtype, tolerance):
    products = row_products(ROWS.astype(dtype), on_grid(MATRIX.astype(dtype)))
    np.testing.assert_allclose(products, ROWS @ MATRIX, atol=tolerance)


@pytest.mark.parametrize("n_features", [1, 40, 72, 200])
def test_products_with_a_triangle_are_the_same_bits(n_features):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, n_features)).astype(np.float32)
    triangle = on_grid(np.triu(rng.normal(size=(n_features, n_features))))
    assert np.array_equal(row_products(rows, triangle, is_upper=True), row_products(rows, triangle))


def test_products_row_by_row_have_all_digits():
    np.testing.assert_allclose(row_by_row_products(ROWS, MATRIX), ROWS @ MATRIX, rtol=1e-12)


@pytest.mark.parametrize("multiply", [row_products, row_by_row_products])
def test_a_row_is_the_same_bits_alone_and_at_any_place(multiply):
    matrix = on_grid(MATRIX)
    products = multiply(ROWS, matrix)
    alone = np.concatenate([multiply(row[np.newaxis], matrix) for row in ROWS])
    assert np.array_equal(products, alone)
    assert np.array_equal(products[::-1], multiply(np.ascontiguousarray(ROWS[::-1]), matrix))


def test_the_kernels_of_every_processor_give_the_same_bits():
    def digest(processor):
        environment = {**os.environ, "OPENBLAS_CORETYPE": processor}
        command = [sys.executable, "-c", SAME_BITS]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if run.returncode == -signal.SIGILL:  # kernels of a processor with more than this one has
            return None
        assert run.returncode == 0, run.stderr
        return run.stdout

    digests = [digest(processor) for processor in PROCESSORS]
    assert len(set(digests) - {None}) == 1


@given(exponent=st.integers(-120, 120), n_features=st.integers(1, 40))
def test_the_grid_is_exact_on_every_scale(exponent, n_features):
    scale = 2.0**exponent
    rows, matrix = ROWS[:, :n_features] * scale, on_grid(MATRIX[:n_features])
    assert np.array_equal(on_grid(matrix), matrix)
    assert np.array_equal(
        row_products(rows, matrix), scale * row_products(ROWS[:, :n_features], matrix)
    )


def test_nothing_but_zeros_is_zero():
    assert not on_grid(np.zeros((3, 2))).any()
    assert not row_products(np.zeros((4, 3)), on_grid(MATRIX[:3])).any()


@pytest.mark.parametrize("multiply", [row_products, row_by_row_products])
def test_no_row_is_no_product(multiply):
    assert multiply(np.empty((0, 48)), MATRIX).shape == (0, 19)
