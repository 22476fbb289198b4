"""Tasks in a module of their own: worker processes find them by name."""

import numpy as np
from threadpoolctl import threadpool_info


def square(number):
    return number * number


def blas_threads(_):
    np.ones((2, 2)) @ np.ones((2, 2))
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def fail_at_3(number):
    if number == 3:
        raise ValueError("three")
    return number
