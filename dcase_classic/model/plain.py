"""Trees of plain data, and what a field of a record may hold in them: how models are stored.

A field states kind, dtype, shape and range. `Field.give` makes the plain form of a value;
`Field.take` makes the value again from a plain form of unknown origin, after it was checked. The
fields of a class stand in a `layout.Layout`, which is a field itself.

Shapes are written with names, such as ``("n_groups", "n_components")``. A name means the same
number in all of the layout that declares it (`Layout.sizes`) and in the layouts inside; one that
nobody declares belongs to the innermost. `ANY` agrees with every number.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import ArtifactError
from dcase_classic.wording import counted

Array: TypeAlias = NDArray[Any]
Plain: TypeAlias = "bool | int | float | str | Array | list[Plain] | dict[str, Plain] | None"

# The kinds of array that a file may hold: numbers and truth values, little-endian.
DTYPES = ("<f2", "<f4", "<f8", "<i2", "<i4", "<i8", "|b1", "|u1")

ANY = "any"

# Larger numbers have squares that are not finite; no sound makes them.
_LARGEST = {"<f4": 1e18, "<f8": 1e150}


class Sizes:
    """Numbers that shapes are written with, in scopes inside one another.

    Parameters
    ----------
    scopes : names and numbers, the innermost scope first; None stands for not yet known.
    """

    def __init__(self, *scopes: dict[str, int | None]) -> None:
        self._scopes = scopes or ({},)

    def within(self, **names: int | None) -> "Sizes":
        """A scope inside this one with names of its own."""
        return Sizes(names, *self._scopes)

    def __getitem__(self, name: str) -> int:
        """The number of a name.

        Raises
        ------
        LookupError
            If nothing has fixed it.
        """
        number = self._scope(name).get(name)
        if number is None:
            raise LookupError(f"{name} is not known")
        return number

    def agree(self, name: str, number: int) -> bool:
        """Whether a name has this number; a name without one gets it."""
        scope = self._scope(name)
        if scope.get(name) is None:
            scope[name] = number
        return scope[name] == number

    def _scope(self, name: str) -> dict[str, int | None]:
        return next((scope for scope in self._scopes if name in scope), self._scopes[0])


class Field(Protocol):
    """What a field of a part may hold."""

    def give(self, value: Any) -> Plain:
        """The plain form of a value."""
        ...

    def take(self, plain: Plain, where: str, sizes: Sizes) -> Any:
        """The value of a plain form, checked; errors name ``where``.

        Raises
        ------
        ArtifactError
            If it is not what the field may hold.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Numbers:
    """An array of finite numbers from ``low`` to ``high``.

    Attributes
    ----------
    dtypes : those it may have; it is stored in the first, unless it has another of them.
    shape : names of sizes, or ANY.
    low, high : the range, both included.
    """

    dtypes: tuple[str, ...]
    shape: tuple[str, ...]
    low: float = -np.inf
    high: float = np.inf

    def give(self, value: Any) -> Plain:
        """The array in C order and in a dtype of the field; the same values, or an error."""
        array = np.asarray(value)
        dtype = array.dtype.str if array.dtype.str in self.dtypes else self.dtypes[0]
        stored = np.zeros(array.shape, dtype)
        if array.dtype.kind in "biuf":
            stored[...] = array
        if array.dtype.kind not in "biuf" or not np.array_equal(stored, array):
            problem = f"array: got values that do not fit into {dtype}, expected some that do"
            raise ArtifactError(problem, advice="report this")
        return stored

    def take(self, plain: Plain, where: str, sizes: Sizes) -> Array:
        """The array, after its dtype, shape, finiteness and range were checked."""
        if not isinstance(plain, np.ndarray):
            raise wrong(where, type(plain).__name__, "an array of numbers")
        if plain.dtype.str not in self.dtypes:
            raise wrong(where, f"dtype {plain.dtype}", " or ".join(self.dtypes))
        self._check_shape(plain, where, sizes)
        if plain.size:
            self._check_range(plain, where)
        return plain

    def _check_shape(self, plain: Array, where: str, sizes: Sizes) -> None:
        agree = len(self.shape) == plain.ndim and all(
            wanted == ANY or sizes.agree(wanted, length)
            for wanted, length in zip(self.shape, plain.shape, strict=True)
        )
        if not agree:
            wanted = ", ".join(self.shape)
            raise wrong(where, f"shape {plain.shape}", f"({wanted}) as elsewhere in the model")

    def _check_range(self, plain: Array, where: str) -> None:
        least, most = float(plain.min()), float(plain.max())  # NaN if there is one
        largest = _LARGEST.get(plain.dtype.str, np.inf)
        low, high = max(self.low, -largest), min(self.high, largest)
        if not (low <= least and most <= high):
            raise wrong(where, f"values from {least} to {most}", f"{low} to {high}")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Real:
    """A finite float from ``low`` to ``high``."""

    low: float = -_LARGEST["<f8"]
    high: float = _LARGEST["<f8"]

    def give(self, value: Any) -> Plain:
        """The number as a float."""
        return float(value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> float:
        """The number, if it is in range."""
        if type(plain) is not float or not isfinite(plain) or not self.low <= plain <= self.high:
            raise wrong(where, short(plain), f"a number from {self.low} to {self.high}")
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Whole:
    """A whole number from ``low`` to ``high``; with ``size``, that of a name in shapes."""

    low: int = 0
    high: int = 2**31 - 1
    size: str | None = None

    def give(self, value: Any) -> Plain:
        """The number as an int."""
        return int(value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> int:
        """The number, if it is in range and agrees with the shapes."""
        if type(plain) is not int or not self.low <= plain <= self.high:
            raise wrong(where, short(plain), f"a whole number from {self.low} to {self.high}")
        if self.size is not None and not sizes.agree(self.size, plain):
            raise wrong(where, short(plain), f"{sizes[self.size]} as elsewhere in the model")
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Flag:
    """A field that is True or False."""

    def give(self, value: Any) -> Plain:
        """The value as a bool."""
        return bool(value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> bool:
        """The value, if it is one."""
        if type(plain) is not bool:
            raise wrong(where, type(plain).__name__, "true or false")
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Text:
    """One of some texts; any of at most 200 characters where ``choices`` is empty."""

    choices: tuple[str, ...] = ()

    def give(self, value: Any) -> Plain:
        """The text."""
        return str(value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> str:
        """The text, if it is one of them."""
        if type(plain) is not str or len(plain) > 200:
            raise wrong(where, short(plain), "a short text")
        if self.choices and plain not in self.choices:
            raise wrong(where, short(plain), " or ".join(map(repr, self.choices)))
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Maybe:
    """What another field holds, or None."""

    inner: Field

    def give(self, value: Any) -> Plain:
        """None, or the plain form of the other field."""
        return None if value is None else self.inner.give(value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> Any:
        """None, or the value of the other field."""
        return None if plain is None else self.inner.take(plain, where, sizes)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Word:
    """A member of a closed set of words."""

    words: type[StrEnum]

    def give(self, value: Any) -> Plain:
        """The word as a text."""
        return str(self.words(value).value)

    def take(self, plain: Plain, where: str, sizes: Sizes) -> StrEnum:
        """The member of the set."""
        return self.words(Text(tuple(map(str, self.words))).take(plain, where, sizes))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Many:
    """A tuple of any number of items that one field holds.

    Attributes
    ----------
    item : the field of every item.
    size : the name of their number, if shapes use it.
    least, most : how many there may be.
    """

    item: Field
    size: str | None = None
    least: int = 0
    most: int = 10_000

    def give(self, value: Any) -> Plain:
        """A list of plain forms."""
        return [self.item.give(item) for item in value]

    def take(self, plain: Plain, where: str, sizes: Sizes) -> tuple[Any, ...]:
        """The items, checked; their number agrees with the shapes."""
        items = _list(plain, where)
        if not self.least <= len(items) <= self.most:
            raise wrong(where, counted(len(items), "item"), f"{self.least} to {self.most}")
        if self.size is not None and not sizes.agree(self.size, len(items)):
            raise wrong(where, counted(len(items), "item"), f"{sizes[self.size]} as elsewhere")
        return tuple(self.item.take(item, f"{where}[{i}]", sizes) for i, item in enumerate(items))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Each:
    """A tuple with a field for every place."""

    fields: tuple[Field, ...]

    def give(self, value: Any) -> Plain:
        """A list of plain forms."""
        return [place.give(item) for place, item in zip(self.fields, value, strict=True)]

    def take(self, plain: Plain, where: str, sizes: Sizes) -> tuple[Any, ...]:
        """The items, checked."""
        items = _list(plain, where)
        if len(items) != len(self.fields):
            raise wrong(where, counted(len(items), "item"), f"{len(self.fields)}")
        places = enumerate(zip(self.fields, items, strict=True))
        return tuple(place.take(item, f"{where}[{i}]", sizes) for i, (place, item) in places)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Keyed:
    """A dictionary whose keys stand in the settings; its values are stored as a list.

    Attributes
    ----------
    fields : the field of the value of every key, in their order.
    """

    fields: Mapping[Hashable, Field]

    def give(self, value: Any) -> Plain:
        """A list of plain forms."""
        return [item_field.give(value[key]) for key, item_field in self.fields.items()]

    def take(self, plain: Plain, where: str, sizes: Sizes) -> dict[Any, Any]:
        """The values by key, checked."""
        values = Each(tuple(self.fields.values())).take(plain, where, sizes)
        return dict(zip(self.fields, values, strict=True))


def _list(plain: Plain, where: str) -> list[Plain]:
    if type(plain) is not list:
        raise wrong(where, type(plain).__name__, "a list")
    return plain


def short(value: object) -> str:
    """What messages show of a value."""
    if isinstance(value, np.ndarray | dict):
        return type(value).__name__
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def wrong(where: str, got: object, expected: str) -> ArtifactError:
    """What is wrong with a field."""
    return ArtifactError(f"{where}: got {got}, expected {expected}")
