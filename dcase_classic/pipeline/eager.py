"""From a function that gives results one by one, the one that does all when it is called."""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

from dcase_classic.errors import telling_system_errors
from dcase_classic.outcomes.tables import HasRows, Results

Parameters = ParamSpec("Parameters")
Item = TypeVar("Item")
Result = TypeVar("Result", bound=HasRows)


def telling_lazily(
    lazy: Callable[Parameters, Iterator[Item]],
) -> Callable[Parameters, Iterator[Item]]:
    """The same function, whose errors of the system are ours."""

    @wraps(lazy)
    def call(*arguments: Parameters.args, **options: Parameters.kwargs) -> Iterator[Item]:
        with telling_system_errors():
            yield from lazy(*arguments, **options)

    return call


def eager(lazy: Callable[Parameters, Iterator[Result]]) -> Callable[Parameters, Results[Result]]:
    """The twin of ``iter_...`` that is called without ``iter_`` and returns a list."""

    def call(*arguments: Parameters.args, **options: Parameters.kwargs) -> Results[Result]:
        return Results(lazy(*arguments, **options))

    call.__name__ = call.__qualname__ = lazy.__name__.removeprefix("iter_")
    call.__module__, call.__doc__ = lazy.__module__, lazy.__doc__
    call.__signature__ = inspect.signature(lazy).replace(return_annotation=Results)  # type: ignore[attr-defined]  # read by inspect
    return call
