"""From a function that gives results one by one, the one that does all when it is called."""

import inspect
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from dcase_classic.outcomes.tables import HasRows, Results

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result", bound=HasRows)


def eager(lazy: Callable[Parameters, Iterator[Result]]) -> Callable[Parameters, Results[Result]]:
    """The twin of ``iter_...`` that is called without ``iter_`` and returns a list."""

    def call(*arguments: Parameters.args, **options: Parameters.kwargs) -> Results[Result]:
        return Results(lazy(*arguments, **options))

    call.__name__ = call.__qualname__ = lazy.__name__.removeprefix("iter_")
    call.__module__, call.__doc__ = lazy.__module__, lazy.__doc__
    call.__signature__ = inspect.signature(lazy).replace(return_annotation=Results)  # type: ignore[attr-defined]  # read by inspect
    return call
