"""Settings while they are put together: tables of TOML, changes of single keys, and whose they are.

A table changes another one key by key, and a list of tables that have names item by item, by name;
everything else replaces what was there. A part (``"knn"`` or ``{ kind = "knn", n_neighbors = 2 }``)
keeps its options where the change names no kind.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dcase_classic.config.specs import (
    INT64,
    Mistake,
    Place,
    Record,
    raise_mistakes,
    read_record,
    to_plain,
)
from dcase_classic.errors import ConfigError, closest

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")
_NAMES = ("name", "kind")  # what tells the items of a list apart


@dataclass(slots=True, kw_only=True)
class Draft:
    """Plain tables, and from which file and line or option each key comes.

    Attributes
    ----------
    table : as TOML has it.
    origins : from the place of a key to what messages call its source; where a place is not known
        that of the place around it holds.
    inherited : places of parts that have options of one source and the kind of another.
    """

    table: dict[str, Any]
    origins: dict[Place, str]
    inherited: set[Place] = field(default_factory=set)

    @classmethod
    def from_text(cls, text: str, *, where: str) -> "Draft":
        """The tables of a TOML text.

        Raises
        ------
        ConfigError
            If the text is not TOML; it names ``where``.
        """
        try:
            table = tomllib.loads(text)
            _check_numbers(table, where)
        except ValueError as error:  # also of a number with thousands of digits
            raise ConfigError(f"not valid TOML ({error})", path=where) from error
        except RecursionError as error:
            raise ConfigError("nested too deeply", path=where) from error
        lines = {place: f"{where}: line {number}" for place, number in _lines(text)}
        return cls(table=table, origins={(): where} | lines)

    def merge(self, other: "Draft") -> None:
        """Take over what ``other`` says."""
        moved: dict[Place, Place] = {}
        self.table = self._merged(self.table, other.table, (), moved)
        origins = {_moved(place, moved): origin for place, origin in other.origins.items()}
        self.origins |= origins

    def change(self, text: str) -> None:
        """Change one key by ``KEY=VALUE``: ``seed=1``, ``views.NAME.level=keep``.

        Raises
        ------
        ConfigError
            If it has not this form, or names an item of a list that there is not.
        """
        where = f"--set {text}"
        dotted, equals, value = text.partition("=")
        keys = dotted.strip().split(".")
        if not equals or not all(keys):
            raise ConfigError("expected KEY=VALUE, such as seed=1", path=where)
        place: Place = ()
        table: Any = self.table
        for key in keys[:-1]:
            table, position = self._entered(table, key, where)
            place += (position,)
        last = _position(table, keys[-1], where)
        if last == "kind":
            table.clear()  # another kind has other options
        elif "kind" in table:
            self.inherited.add(place)
        table[last] = _value(value)
        _check_numbers(table[last], where)
        self.origins[*place, last] = where

    def complete(self, kind: Any) -> None:
        """Enter the defaults of a record, if nothing is wrong with the tables."""
        record, mistakes = read_record(kind, self.table)
        if not mistakes:
            self.table = to_plain(record)

    def parse(self, kind: type[Record], mistakes: Iterable[Mistake] = ()) -> Record:
        """The record that the tables make.

        Parameters
        ----------
        kind : of the record.
        mistakes : what else is wrong with the tables.

        Raises
        ------
        ConfigError
            If keys are unknown or missing or values wrong; it names each with its origin.
        """
        record: Record
        record, own = read_record(kind, self.table)
        raise_mistakes([*own, *mistakes], self.origin)
        return record

    def origin(self, place: Place) -> str:
        """Whose the value at a place is: of a table whoever began it, or last changed it."""
        below = [known for known in self.origins if known[: len(place)] == place]
        if place not in self.origins and below:
            return self.origins[below[-1]]
        return next(
            self.origins[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self.origins
        )

    def _entered(self, table: Any, key: str, where: str) -> tuple[Any, Any]:
        """What stands at a key, as a table that can be changed, and its place in the table.

        What a view shares with all becomes its own as it is for all.
        """
        position = _position(table, key, where)
        inner = table[position] if isinstance(table, list) else table.get(position)
        if inner is None:
            shared = self.table.get(key)
            inner = dict(shared) if isinstance(shared, dict) else {}
        elif isinstance(inner, str):
            inner = {"kind": inner}
        table[position] = inner
        return inner, position

    def _merged(self, base: Any, change: Any, place: Place, moved: dict[Place, Place]) -> Any:
        """The change laid over the base; ``moved`` takes the new places of items of lists."""
        if isinstance(change, dict):
            base = {"kind": base} if isinstance(base, str) else base
            if not isinstance(base, dict) or "kind" in change:
                return change
            if "kind" in base:
                self.inherited.add(place)
            return base | {
                key: self._merged(base.get(key), value, (*place, key), moved)
                for key, value in change.items()
            }
        if not _has_names(base) or not _has_names(change):
            return change
        merged = list(base)
        for position, item in enumerate(change):
            names = [old["name"] for old in merged]
            at = names.index(item["name"]) if item["name"] in names else len(merged)
            before = merged[at] if at < len(merged) else {}
            merged[at:] = [self._merged(before, item, (*place, at), moved), *merged[at + 1 :]]
            moved[*place, position] = (*place, at)
        return merged


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """The places of keys and the numbers of their lines, as far as a glance at each line tells."""
    counts: dict[Place, int] = {}
    prefix: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            prefix = ()
            for key in _split(header[2]):
                prefix += (key,)
                if prefix in counts and (prefix != _split(header[2]) or header[1] == "["):
                    prefix += (counts[prefix],)
            if header[1] == "[[":
                counts[prefix] = counts.get(prefix, -1) + 1
                prefix += (counts[prefix],)
            yield prefix, number
        elif key_match := _KEY.match(line):
            yield prefix + _split(key_match[1]), number


def _split(dotted: str) -> Place:
    return tuple(key.strip(" \"'") for key in dotted.split("."))


def _has_names(value: Any) -> bool:
    """Whether it is a list of tables with names, each another."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return False
    names = [item.get("name") for item in value]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _moved(place: Place, moved: dict[Place, Place]) -> Place:
    start = moved.get(place[:2])
    return place if start is None else start + place[2:]


def _position(table: Any, key: str, where: str) -> Any:
    """The key of a table, or the position of a list's item of that name."""
    if isinstance(table, dict):
        return key
    names = [_name(item) for item in table] if isinstance(table, list) else []
    if key not in names:
        known = ", ".join(names) or "nothing that has keys"
        raise ConfigError(f"no {key!r}, there is {known}", path=where, advice=closest(key, names))
    return names.index(key)


def _name(item: Any) -> str:
    if isinstance(item, dict):
        return str(next((item[key] for key in _NAMES if key in item), ""))
    return str(item)


def _value(text: str) -> Any:
    """A value of TOML, or the text as it is."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return table["value"] if len(table) == 1 else text.strip()


def _check_numbers(value: object, where: str) -> None:
    """TOML promises 64 bits; larger numbers cannot even be shown."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_numbers(item, where)
    elif isinstance(value, int) and value not in INT64:
        raise ConfigError("a whole number of more than 64 bits", path=where)
