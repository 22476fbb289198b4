"""A parser of the files of `plain_bytes`: of exactly these bytes, and of nothing else.

It calls nothing by name, has no memory of earlier values (so that a tree is never larger than its
file says, and never a ring), and takes one spelling of each value.
"""

import struct
from dataclasses import dataclass
from math import prod
from os import PathLike

import numpy as np

from dcase_classic.errors import ArtifactError
from dcase_classic.io.plain_bytes import (
    AFTER_DTYPE,
    AFTER_SHAPE,
    ARRAY,
    HEAD,
    LARGEST_N_DIMENSIONS,
    MARK,
    STOP,
    int_bytes,
    padding_at,
)
from dcase_classic.model.plain import DTYPES, Array, Plain
from dcase_classic.wording import counted

_LARGEST_DIMENSION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may hold at most.

    Attributes
    ----------
    n_bytes : of the file.
    n_values : in the tree: numbers, texts, arrays, lists, dictionaries.
    depth : of lists and dictionaries in one another.
    n_text_bytes : of one text.
    """

    n_bytes: int = 96 * 2**20
    n_values: int = 100_000
    depth: int = 16
    n_text_bytes: int = 10_000


def parse_plain(content: bytes, limits: Limits, *, where: str | PathLike[str]) -> Plain:
    """The tree in the content of a file that `dump_plain` has written; errors name ``where``.

    Its arrays cannot be written to.

    Raises
    ------
    ArtifactError
        If it is not byte for byte the content of a file that `dump_plain` writes.
    """
    reader = _Reader(content, limits)
    try:
        reader.expect(HEAD)
        tree = reader.value(0)
        reader.expect(STOP)
        reader.expect_end()
    except _NotPlainError as error:
        problem = f"not a file of plain data, {error} at byte {reader.position}"
        raise ArtifactError(problem, path=where, advice="fit the model again") from None
    return tree


class _NotPlainError(Exception):
    """The bytes are not what the writer writes."""


class _Reader:
    """A parser that goes through the content once; every step checks that it is there."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self._content = content
        self._limits = limits
        self._n_values = 0
        self.position = 0

    def expect(self, wanted: bytes) -> None:
        """Step over bytes that must stand here."""
        if not self._content.startswith(wanted, self.position):
            raise _NotPlainError(f"expected {_shown(wanted)}")
        self.position += len(wanted)

    def expect_end(self) -> None:
        """Check that nothing follows."""
        if self.position != len(self._content):
            raise _NotPlainError(
                f"{counted(len(self._content) - self.position, 'byte')} after its end"
            )

    def value(self, depth: int) -> Plain:
        """The value that starts here, which ``depth`` lists and dictionaries are around."""
        self._n_values += 1
        if self._n_values > self._limits.n_values:
            raise _NotPlainError(f"more than {self._limits.n_values} values")
        opcode = self._peek()
        if opcode in _CONSTANTS:
            self.position += 1
            return _CONSTANTS[opcode]
        if opcode in _INTEGERS:
            return self._integer()
        if opcode in _TEXTS:
            return self._text()
        if opcode == b"G":
            self.position += 1
            return float(struct.unpack(">d", self._take(8))[0])
        if opcode == ARRAY[:1]:
            return self._array()
        if opcode not in (b"}", b"]"):
            raise _NotPlainError(f"got opcode {_shown(opcode)}, which no such file has")
        if depth >= self._limits.depth:
            raise _NotPlainError(f"nested more than {self._limits.depth} deep")
        self.position += 1
        return self._dict(depth + 1) if opcode == b"}" else self._list(depth + 1)

    def _peek(self) -> bytes:
        return self._content[self.position : self.position + 1]

    def _take(self, n_bytes: int) -> bytes:
        taken = self._content[self.position : self.position + n_bytes]
        if len(taken) != n_bytes:
            raise _NotPlainError("it ends too early")
        self.position += n_bytes
        return taken

    def _opens(self) -> bool:
        """Whether the list or dictionary that begins here is not empty."""
        if self._peek() != MARK:
            return False
        self.position += 1
        return True

    def _closes(self, closing: bytes) -> bool:
        if self._peek() != closing:
            return False
        self.position += 1
        return True

    def _list(self, depth: int) -> list[Plain]:
        items: list[Plain] = []
        if self._opens():
            items.append(self.value(depth))
            while not self._closes(b"e"):
                items.append(self.value(depth))
        return items

    def _dict(self, depth: int) -> dict[str, Plain]:
        items: dict[str, Plain] = {}
        if self._opens():
            self._item(items, depth)
            while not self._closes(b"u"):
                self._item(items, depth)
        return items

    def _item(self, items: dict[str, Plain], depth: int) -> None:
        key = self._text()
        if key in items:
            raise _NotPlainError(f"the key {key[:40]!r} stands there twice")
        items[key] = self.value(depth)

    def _integer(self) -> int:
        opcode = self._take(1)
        if opcode not in _INTEGERS:
            raise _NotPlainError(f"got opcode {_shown(opcode)}, expected a whole number")
        format_, start = _INTEGERS[opcode], self.position - 1
        if opcode == b"\x8a":
            self.expect(b"\x08")
        number = int(struct.unpack(format_, self._take(struct.calcsize(format_)))[0])
        if self._content[start : self.position] != int_bytes(number):
            raise _NotPlainError("a whole number in more bytes than it needs")
        return number

    def _text(self) -> str:
        opcode = self._take(1)
        if opcode not in _TEXTS:
            raise _NotPlainError(f"got opcode {_shown(opcode)}, expected a text")
        format_ = _TEXTS[opcode]
        n_bytes = int(struct.unpack(format_, self._take(struct.calcsize(format_)))[0])
        if n_bytes > self._limits.n_text_bytes or (opcode == b"X" and n_bytes < 2**8):
            raise _NotPlainError(f"got a text of {counted(n_bytes, 'byte')}")
        try:
            return self._take(n_bytes).decode()
        except UnicodeDecodeError:
            raise _NotPlainError("a text that is not UTF-8") from None

    def _array(self) -> Array:
        self.expect(ARRAY)
        shape: list[int] = []
        while self._peek() != AFTER_SHAPE[:1]:
            shape.append(self._dimension())
            if len(shape) > LARGEST_N_DIMENSIONS:
                raise _NotPlainError("an array of more than 4 dimensions")
        self.expect(AFTER_SHAPE)
        dtype = self._take(3).decode("latin-1")
        if dtype not in DTYPES:
            raise _NotPlainError(f"got dtype {dtype!r}, expected one of {', '.join(DTYPES)}")
        self.expect(AFTER_DTYPE)
        self.expect(padding_at(self.position))
        return self._array_bytes(np.dtype(dtype), shape)

    def _dimension(self) -> int:
        number = self._integer()
        if not 0 <= number <= _LARGEST_DIMENSION:
            raise _NotPlainError(f"got an array dimension of {number}")
        return number

    def _array_bytes(self, dtype: np.dtype[np.generic], shape: list[int]) -> Array:
        n_items = prod(shape)
        if n_items * dtype.itemsize > len(self._content) - self.position:
            raise _NotPlainError(f"an array of shape {tuple(shape)} does not fit into the file")
        if n_items == 0:
            return np.zeros(shape, dtype)
        flat = np.frombuffer(self._content, dtype, n_items, self.position)
        if dtype == np.bool_ and flat.view(np.uint8).max() > 1:
            raise _NotPlainError("a truth value that is neither 0 nor 1")
        self.position += n_items * dtype.itemsize
        return flat.reshape(shape)


def _shown(some: bytes) -> str:
    return some[:24].hex() or "nothing"


_CONSTANTS: dict[bytes, bool | None] = {b"N": None, b"\x88": True, b"\x89": False}
_INTEGERS = {b"K": "<B", b"M": "<H", b"J": "<i", b"\x8a": "<q"}
_TEXTS = {b"\x8c": "<B", b"X": "<I"}
