"""A Dask cluster whose workers see the same folders, through joblib's own backend."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dcase_classic.errors import ConfigError, needing


def is_on_cluster() -> bool:
    """Whether joblib's current backend is a cluster; see `dask_cluster`."""
    return type(active_backend()).__name__ == "DaskDistributedBackend"


def active_backend() -> Any:
    """Joblib's, or None where nobody has imported joblib yet, which takes longer than some runs."""
    parallel = sys.modules.get("joblib.parallel")
    return None if parallel is None else parallel.get_active_backend()[0]


@contextmanager
def dask_cluster(address: str, *, answer_s: float = 10.0) -> Iterator[None]:
    """Send what this block maps to the workers of a Dask cluster, through joblib's own backend.

    The workers need this package and see the same files under the same paths. The scheduler gives
    the tasks of a worker that dies to another one.

    Parameters
    ----------
    address : of the scheduler, such as ``tcp://10.0.0.1:8786``.
    answer_s : how long it may take to answer, and then its first worker to come.

    Raises
    ------
    ConfigError
        If Dask is not installed, or no scheduler answers at the address.
    """
    import joblib

    advice = "pip install 'dcase_classic[dask]'"
    with needing(ConfigError("the dask backend is not installed", advice=advice)):
        from distributed import Client
    try:
        client = Client(address, timeout=answer_s)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no Dask scheduler answers there ({error})", path=address) from error
    with client, joblib.parallel_config(backend="dask", client=client):
        _wait_for_two_cores(client, address, answer_s)
        yield


def _wait_for_two_cores(client: Any, address: str, answer_s: float) -> None:
    """Give the workers time to come: with a single core joblib works here and not there.

    Raises
    ------
    ConfigError
        If there is no worker within the time that an answer may take.
    """
    end_s = time.monotonic() + answer_s
    while sum(client.ncores().values()) < 2 and time.monotonic() < end_s:
        time.sleep(0.1)
    if not client.ncores():
        raise ConfigError(
            "the cluster has no worker", path=address, advice=f"start some (dask worker {address})"
        )
