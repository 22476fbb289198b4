"""Settings as TOML that reads back as the same settings."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from dcase_classic.config import Config
from dcase_classic.config.specs import Spec


def settings_toml(config: Config) -> str:
    """All settings; what is not given (None) has no line, as TOML has no word for it."""
    values = _values(config)
    tables = {
        key: value
        for key, value in values.items()
        if is_dataclass(value) and not isinstance(value, Spec)
    }
    views = values.pop("views")
    lines = [_line(key, value) for key, value in values.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{key}]", *(_line(*item) for item in _values(table).items())]
    for view in views:
        lines += ["", "[[views]]", *(_line(*item) for item in _values(view).items())]
    return "".join(f"{line}\n" for line in lines)


def _values(record: Any) -> dict[str, Any]:
    pairs = ((item.name, getattr(record, item.name)) for item in fields(record))
    return {name: value for name, value in pairs if value is not None}


def _line(key: str, value: object) -> str:
    return f"{key} = {literal(value)}"


def literal(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Spec):
        options = dict(value.options)
        return _inline({"kind": value.kind, **options}) if options else _text(value.kind)
    if is_dataclass(value):
        return _inline(_values(value))
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    return "inf" if value == math.inf else repr(value)


def _inline(table: Mapping[str, object]) -> str:
    return f"{{ {', '.join(_line(*item) for item in table.items())} }}"


def _text(value: str) -> str:
    """JSON's texts are TOML's, but for one letter that has to be escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
