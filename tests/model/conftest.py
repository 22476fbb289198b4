"""What the tests of models share."""

import pytest

from dcase_classic.parallel.blas_threads import one_blas_thread


@pytest.fixture(autouse=True)
def one_thread():
    """As in every worker of the package; several threads cost more than these tables do."""
    with one_blas_thread():
        yield
