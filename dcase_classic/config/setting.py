"""What people must know of a setting, beside the field that holds it."""

import math
from collections.abc import Iterable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

_KEY = "about"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a setting means, its unit, what it may be, and where its default comes from.

    ``absent`` is the next step where it is missing.
    """

    meaning: str
    allowed: str
    unit: str = ""
    source: str = ""
    absent: str = ""


def setting(default: Any, meaning: str, allowed: str, *, unit: str = "", source: str = "") -> Any:
    """A field of a record that is a setting; MISSING as default makes it required."""
    return _field(default, About(meaning=meaning, allowed=allowed, unit=unit, source=source))


def required_setting(meaning: str, allowed: str, *, absent: str) -> Any:
    """A field of a record that is a setting and has to be there; ``absent`` is the advice."""
    return _field(MISSING, About(meaning=meaning, allowed=allowed, absent=absent))


def _field(default: Any, known: About) -> Any:
    return field(default=default, metadata={_KEY: known})


def advice_without(item: Field[Any]) -> str:
    """The next step where a field of a record is missing; empty where nobody knows one."""
    known = item.metadata.get(_KEY)
    return known.absent if isinstance(known, About) else ""


def abouts(kind: Any) -> dict[str, About]:
    """What is known of every setting of a record, by its name."""
    return {item.name: item.metadata[_KEY] for item in fields(kind)}


def check_settings(record: Any, **is_right: bool) -> None:
    """Refuse a record with the first of its settings that is not right.

    Raises
    ------
    ValueError
        It names the setting, its value and what it may be.
    """
    known = abouts(record)
    for name, right in is_right.items():
        check_setting(right, name, getattr(record, name), known[name].allowed)


def check_setting(is_right: bool, key: str, value: object, expected: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Refuse a setting.

    Raises
    ------
    ValueError
        If it is not right; it names the key.
    """
    if not is_right:
        raise ValueError(f"{key}: got {value!r}, expected {expected}")


def check_finite(record: object, names: Iterable[str]) -> None:
    """Check that numbers of a record are finite, where they are not None.

    Raises
    ------
    ValueError
        If one is not; it names it.
    """
    for name in names:
        value = getattr(record, name)
        check_setting(value is None or math.isfinite(value), name, value, "a finite number")
