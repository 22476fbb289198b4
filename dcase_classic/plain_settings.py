"""Records of settings from plain TOML or JSON and back, and the parts that they choose.

Annotations decide what a value may be; unknown keys are errors that name the known ones. A part
that can be chosen (a feature, a detector, a pooling ...) is a ``Spec``: a kind and its options;
``build`` makes the object of a registry.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from dcase_classic.errors import ConfigError

Option = bool | int | float | str | tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """A choice from a registry: its kind and the options that differ from the defaults."""

    kind: str
    options: tuple[tuple[str, Option], ...] = ()


def parse_record(kind: Any, table: object, *, where: str) -> Any:
    """The record ``kind`` whose fields stand in ``table``, as TOML, JSON or ``to_plain`` has them.

    Raises
    ------
    ConfigError
        If a key is unknown or missing, or a value wrong; it names ``where`` and the key.
    """
    return _parse(kind, table, where)


def to_plain(value: object) -> Any:
    """Settings as JSON types, in the shape of the TOML file."""
    if isinstance(value, Spec):
        return {"kind": value.kind} | {key: to_plain(option) for key, option in value.options}
    if is_dataclass(value):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    return "inf" if value == math.inf else value  # JSON has no infinity


def build(spec: Spec, registry: Mapping[str, Callable[..., Any]], *, where: str) -> Any:
    """The object that ``spec`` chooses from ``registry``.

    Raises
    ------
    ConfigError
        If the kind or an option is unknown, or a value is refused.
    """
    if spec.kind not in registry:
        known = ", ".join(sorted(registry))
        raise ConfigError(f"got {spec.kind!r}, expected one of {known}", path=where)
    factory = registry[spec.kind]
    parameters = inspect.signature(factory).parameters
    hints = get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    options: dict[str, Any] = {}
    for key, value in spec.options:
        if key not in parameters:
            known = ", ".join(parameters) or "no option"
            raise ConfigError(f"{spec.kind} has no option {key!r}, expected {known}", path=where)
        options[key] = _parse(hints[key], to_plain(value), f"{where}: {key}")
    try:
        return factory(**options)
    except ValueError as error:
        raise ConfigError(f"{error}", path=where) from error


_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    dict: "a table of keys and values",
    tuple: "a list",
}


def _parse(kind: Any, value: Any, where: str) -> Any:
    """``value`` as TOML or JSON gave it, as the annotated ``kind``."""
    if isinstance(kind, UnionType):  # the member that fits, or the first, which says what is wrong
        members = get_args(kind)
        kind = type(value) if type(value) in members else members[0]
    if is_dataclass(kind):
        return _parse_spec(value, where) if kind is Spec else _parse_table(kind, value, where)
    origin = get_origin(kind) or kind
    if origin is tuple and isinstance(value, list):
        item_kind = get_args(kind)[0]
        return tuple(_parse(item_kind, item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        item_kind = get_args(kind)[1]
        return {key: _parse(item_kind, item, f"{where}: {key}") for key, item in value.items()}
    if issubclass(origin, StrEnum) and value in list(origin):
        return origin(value)
    if origin is float and (type(value) is int or value == "inf"):
        return float(value)
    if type(value) is not origin or value != value:  # noqa: PLR0124 - nan alone differs from itself
        expected = _WORDS.get(origin) or f"one of {', '.join(origin)}"
        raise ConfigError(f"got {value!r}, expected {expected}", path=where)
    return value


def _parse_table(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ConfigError(f"got {value!r}, expected a table of keys and values", path=where)
    known = {item.name: item for item in fields(kind)}
    for key in value:
        if key not in known:
            raise ConfigError(
                f"unknown key {key!r}, expected one of {', '.join(known)}", path=where
            )
    for key, item in known.items():
        is_required = item.default is MISSING and item.default_factory is MISSING
        if is_required and key not in value:
            raise ConfigError(f"the key {key!r} is missing", path=where)
    hints = _hints(kind)
    parsed = {key: _parse(hints[key], item, f"{where}: {key}") for key, item in value.items()}
    try:
        return kind(**parsed)
    except ValueError as error:
        raise ConfigError(f"{error}", path=where) from error


_hints = cache(get_type_hints)  # it takes longer than all the rest


def _parse_spec(value: Any, where: str) -> Spec:
    """``"knn"`` or ``{kind = "knn", n_neighbors = 2}``."""
    if isinstance(value, str):
        return Spec(value)
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        raise ConfigError(
            f"got {value!r}, expected a name or a table with the key 'kind'", path=where
        )
    options = {key: _frozen(option) for key, option in value.items() if key != "kind"}
    return Spec(value["kind"], tuple(sorted(options.items())))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def check_setting(is_right: bool, key: str, value: object, expected: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Refuse a setting.

    Raises
    ------
    ValueError
        If it is not right; it names the key.
    """
    if not is_right:
        raise ValueError(f"{key}: got {value!r}, expected {expected}")
