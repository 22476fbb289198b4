"""Tasks in a module of their own: worker processes find them by name."""

import os
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from dcase_classic.log import LOGGER


def square(number):
    return number * number


def blas_threads(_):
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def process_number(_):
    return os.getpid()


def square_and_say(number):
    LOGGER.debug("%d squared", number)
    return number * number


def fail_at_3(number):
    if number == 3:
        raise ValueError("three")
    return number


def mark_and_wait(folder, number):
    """Leave the number of the worker process, then take a long time."""
    (folder / str(os.getpid())).write_text(str(number))
    time.sleep(3600)


if __name__ == "__main__":  # a run for a test to interrupt
    from dcase_classic.parallel.processes import map_ordered

    list(map_ordered(partial(mark_and_wait, Path(sys.argv[1])), range(8), n_jobs=2))
