"""Records of settings from plain TOML or JSON and back, and the parts that they choose.

Annotations decide what a value may be; unknown keys are errors that name the known ones, and all
mistakes are told at once. A part that can be chosen (a feature, a detector, a pooling ...) is a
``Spec``: a kind and its options; ``build`` makes the object of a registry.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from dcase_classic.config.setting import advice_without
from dcase_classic.errors import ConfigError, closest

Place = tuple[str | int, ...]  # keys and positions, from the top
_MOST_MISTAKES = 30  # that are told; foreign files may hold any number
INT64 = range(-(2**63), 2**63)  # whole numbers; longer ones of JSON may not even be floats

Option = bool | int | float | str | tuple[object, ...]
Record = TypeVar("Record")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Spec:
    """A choice from a registry: its kind and the options that differ from the defaults."""

    kind: str
    options: tuple[tuple[str, Option], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A key that is unknown, missing or has a wrong value, and the table that it stands in."""

    place: Place
    key: str | int | None
    problem: str
    advice: str = ""


def parse_record(kind: type[Record], table: object, *, where: str) -> Record:
    """The record ``kind`` whose fields stand in ``table``, as TOML, JSON or ``to_plain`` has them.

    Raises
    ------
    ConfigError
        If a key is unknown or missing, or a value wrong; it names ``where`` and the keys.
    """
    record: Record
    record, mistakes = read_record(kind, table)
    raise_mistakes(mistakes, lambda _: where)
    return record


def read_record(kind: Any, table: object) -> tuple[Any, list[Mistake]]:
    """The record, or what is wrong with the table; see `parse_record`."""
    mistakes: list[Mistake] = []
    try:
        return _parse(kind, table, (), mistakes), mistakes
    except _TooManyError:
        return None, mistakes


def raise_mistakes(mistakes: Sequence[Mistake], origin: Callable[[Place], str]) -> None:
    """Raise mistakes as one error; ``origin`` tells whose the value at a place is.

    Raises
    ------
    ConfigError
        If there is a mistake.
    """
    errors = []
    for mistake in mistakes:
        key = () if mistake.key is None else (mistake.key,)
        path = ": ".join(filter(None, (origin(mistake.place + key), place_text(mistake.place))))
        errors.append(ConfigError(mistake.problem, path=path, advice=mistake.advice))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ConfigError.from_many(errors)


def place_text(place: Place) -> str:
    """A place as messages name it.

    Examples
    --------
    >>> place_text(("views", 1, "spectrum"))
    'views[1]: spectrum'
    """
    words = (f"[{key}]" if isinstance(key, int) else f": {key}" for key in place)
    return "".join(words).removeprefix(": ")


def to_plain(value: object) -> Any:
    """Settings as JSON types, in the shape of the TOML file; numbers of numpy as Python's."""
    if isinstance(value, Spec):
        options = dict(value.options).items()
        return {"kind": value.kind} | {key: to_plain(option) for key, option in options}
    if is_dataclass(value):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    return "inf" if value == math.inf else value  # JSON has no infinity


def build(spec: Spec, registry: Mapping[str, Callable[..., Part]], *, where: str) -> Part:
    """The object that ``spec`` chooses from ``registry``.

    Raises
    ------
    ConfigError
        If the kind or an option is unknown, or a value is refused.
    """
    if spec.kind not in registry:
        problem = f"got {spec.kind!r}, expected one of {', '.join(sorted(registry))}"
        raise ConfigError(problem, path=where, advice=closest(spec.kind, registry))
    factory = registry[spec.kind]
    hints = option_types(factory)
    options: dict[str, Any] = {}
    for key, value in spec.options:
        if key not in hints:
            known = ", ".join(hints) or "no option"
            problem = f"{spec.kind} has no option {key!r}, expected {known}"
            raise ConfigError(problem, path=where, advice=_which(key, hints, registry))
        mistakes: list[Mistake] = []
        options[key] = _parse(hints[key], to_plain(value), (key,), mistakes)
        raise_mistakes(mistakes, lambda _: where)
    try:
        return factory(**options)
    except ValueError as error:
        raise ConfigError(f"{error}", path=where) from error


@cache
def option_types(factory: Callable[..., Any]) -> Mapping[str, Any]:
    """The options of a part in their order, and what each may be."""
    hints = get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    return {name: hints[name] for name in inspect.signature(factory).parameters}


def is_option_type(kind: Any) -> bool:
    """Whether settings can hold a value of this type as an option of a part."""
    origin, members = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        return all(member is NoneType or is_option_type(member) for member in members)
    if origin is Literal:
        return all(type(word) in {str, int, bool} for word in members)
    if origin is tuple:
        return members[1:] == (...,) and is_option_type(members[0])
    return kind in (bool, int, float, str) or (inspect.isclass(kind) and issubclass(kind, StrEnum))


def _which(option: str, known: Iterable[str], registry: Mapping[str, Callable[..., Any]]) -> str:
    """What may have been meant by an option that a kind has not."""
    if near := closest(option, known):
        return near
    kinds = [kind for kind, factory in registry.items() if option in option_types(factory)]
    return f"{' and '.join(kinds)} {'have' if len(kinds) > 1 else 'has'} it" if kinds else ""


class _TooManyError(Exception):
    """More mistakes than anybody reads."""


_UNIONS = (UnionType, Union)  # as `X | None` and `Optional[X]` have it
_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    dict: "a table of keys and values",
    tuple: "a list",
}


def _parse(kind: Any, value: Any, place: Place, mistakes: list[Mistake]) -> Any:
    """``value`` as TOML or JSON gave it, as the annotated ``kind``."""
    if get_origin(kind) in _UNIONS:
        kind, value = _member(get_args(kind), value)
    own_parse = _own_parse(kind)
    if own_parse is not None:
        return own_parse(value, place, mistakes)
    origin = get_origin(kind) or kind
    if origin is tuple and isinstance(value, list):
        item_kind = get_args(kind)[0]
        return tuple(_parse(item_kind, item, (*place, i), mistakes) for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        parse_item = partial(_parse, get_args(kind)[1])
        return {key: parse_item(item, (*place, key), mistakes) for key, item in value.items()}
    if issubclass(origin, StrEnum) and value in list(origin):
        return origin(value)
    is_long = type(value) is int and value not in INT64
    if origin is float and not is_long and (type(value) is int or value == "inf"):
        return float(value)
    is_nan = value != value  # noqa: PLR0124 - it alone differs from itself
    if type(value) is not origin or is_nan or is_long:
        expected = _WORDS.get(origin) or f"one of {', '.join(origin)}"
        expected += " of at most 64 bits" if is_long else ""
        _note(mistakes, place, None, f"got {value!r}, expected {expected}")
    return value


def _own_parse(kind: Any) -> Callable[[Any, Place, list[Mistake]], Any] | None:
    """What reads values of a kind that has a way of its own."""
    if kind is Spec:
        return _parse_spec
    if is_dataclass(kind):
        return partial(_parse_table, kind)
    return partial(_parse_word, get_args(kind)) if get_origin(kind) is Literal else None


def _member(members: tuple[Any, ...], value: Any) -> tuple[Any, Any]:
    """The member of a union that fits a value, or the first type, which says what is wrong."""
    if value == "none" and NoneType in members and str not in members:
        value = None  # TOML has no word for it
    first = next(member for member in members if member is not NoneType)
    return (type(value) if type(value) in members else first), value


def _parse_word(words: tuple[Any, ...], value: Any, place: Place, mistakes: list[Mistake]) -> Any:
    if (type(value), value) not in [(type(word), word) for word in words]:
        expected = f"one of {', '.join(map(str, words))}"
        _note(mistakes, place, None, f"got {value!r}, expected {expected}")
    return value


def _parse_table(kind: Any, value: Any, place: Place, mistakes: list[Mistake]) -> Any:
    if not isinstance(value, dict):
        problem = f"got {value!r}, expected a table of keys and values"
        _note(mistakes, place, None, problem)
        return None
    known, hints = {item.name: item for item in fields(kind)}, _hints(kind)
    parsed: dict[str, Any] = {}
    for key, item in value.items():
        if key not in known:
            problem = f"unknown key {key!r}, expected one of {', '.join(known)}"
            _note(mistakes, place, key, problem, advice=closest(key, known))
            continue
        n_before = len(mistakes)
        record = _parse(hints[key], item, (*place, key), mistakes)
        if len(mistakes) == n_before:
            parsed[key] = record
    required = _required(kind)
    for key in sorted(required - set(value), key=list(known).index):
        problem = f"the key {key!r} is missing"
        _note(mistakes, place, None, problem, advice=advice_without(known[key]))
    if not required <= set(parsed):
        return None
    return _made(kind, parsed, place, mistakes, set(value) - set(parsed))


def _made(
    kind: Any, parsed: dict[str, Any], place: Place, mistakes: list[Mistake], refused: set[str]
) -> Any:
    """The record; what it refuses is left out, so that it tells the next mistake too.

    What it says of keys that were refused before, or with their names, follows from those.
    """
    while True:
        try:
            return kind(**parsed)
        except ValueError as error:
            key = str(error).partition(":")[0]
            if refused.isdisjoint(re.findall(r"\w+", str(error))):
                _note(mistakes, place, key, str(error))
            if key not in parsed or key in _required(kind):
                return None
            refused.add(key)
            del parsed[key]


def _required(kind: Any) -> set[str]:
    """The keys that have no default."""
    return {
        item.name
        for item in fields(kind)
        if item.default is MISSING and item.default_factory is MISSING
    }


def _note(
    mistakes: list[Mistake], place: Place, key: str | int | None, problem: str, *, advice: str = ""
) -> None:
    if len(mistakes) == _MOST_MISTAKES:
        raise _TooManyError
    mistakes.append(Mistake(place=place, key=key, problem=problem, advice=advice))


_hints = cache(get_type_hints)  # it takes longer than all the rest


def _parse_spec(value: Any, place: Place, mistakes: list[Mistake]) -> Spec | None:
    """``"knn"`` or ``{kind = "knn", n_neighbors = 2}``."""
    if isinstance(value, str):
        return Spec(value)
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        problem = f"got {value!r}, expected a name or a table with the key 'kind'"
        _note(mistakes, place, None, problem)
        return None
    options = {key: _frozen(option) for key, option in value.items() if key != "kind"}
    return Spec(value["kind"], tuple(sorted(options.items())))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
