"""Records as trees of plain data, field by field, and back after every check."""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from dcase_classic.errors import ArtifactError
from dcase_classic.model.plain import Field, Plain, Sizes, short, wrong


def attributes(value: object, names: Iterable[str]) -> dict[str, Any]:
    """The attributes of an object by their names."""
    return {name: getattr(value, name) for name in names}


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Layout:
    """A class whose objects are stored as a dictionary, field by field, in this order.

    Attributes
    ----------
    make : from checked values, by name, to the object.
    fields : by the name of the attribute; the key leaves out underscores at its end.
    kind : written beside the fields for people, and checked; nothing depends on it.
    sizes : names of shapes that this object and those inside it share.
    aliases : names in this object and those inside it, by which the numbers of names around it go.
    read : from an object and the names of the fields to values by name.
    disagree : what is wrong with values that are right one by one, or None.
    """

    make: Callable[..., Any]
    fields: Mapping[str, Field]
    kind: str | None = None
    sizes: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[Any, Iterable[str]], Mapping[str, Any]] = attributes
    disagree: Callable[[Mapping[str, Any], Sizes], str | None] = lambda _values, _sizes: None

    def give(self, value: Any) -> Plain:
        """The dictionary of an object."""
        values = self.read(value, self.fields)
        tree: dict[str, Plain] = {} if self.kind is None else {"kind": self.kind}
        for name, held in self.fields.items():
            tree[name.rstrip("_")] = held.give(values[name])
        return tree

    def take(self, plain: Plain, where: str, sizes: Sizes) -> Any:
        """The object, after every field was checked, and that they agree."""
        keys = {name.rstrip("_"): name for name in self.fields}
        expected = list(keys) if self.kind is None else ["kind", *keys]
        if type(plain) is not dict or sorted(plain) != sorted(expected):
            keys_there = list(plain) if isinstance(plain, dict) else type(plain).__name__
            wanted = f"the keys {', '.join(expected) or 'of nothing'}"
            raise wrong(where, short(keys_there), wanted)
        if self.kind is not None and not _is_text(plain["kind"], self.kind):
            raise wrong(f"{where}.kind", short(plain["kind"]), f"{self.kind!r} by the settings")
        outer = {name: sizes[other] for name, other in self.aliases.items()}
        inner = sizes.within(**dict.fromkeys(self.sizes), **outer)
        values = {
            name: self.fields[name].take(plain[key], f"{where}.{key}", inner)
            for key, name in keys.items()
        }
        problem = self.disagree(values, inner)
        if problem is not None:
            raise ArtifactError(f"{where}: {problem}")
        return self.make(**values)


def restored(unfitted: Any) -> Callable[..., Any]:
    """What makes an estimator with given attributes: a copy, and what it had learned."""

    def with_attributes(**attributes: Any) -> Any:
        estimator = copy(unfitted)
        for name, value in attributes.items():
            setattr(estimator, name, value)
        return estimator

    return with_attributes


def _is_text(plain: Plain, text: str) -> bool:
    return isinstance(plain, str) and plain == text
