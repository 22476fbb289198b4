"""The bytes of a joblib file of plain data: one spelling of every value.

A file is a tree of dict, list, str, bool, int, float, None and numeric arrays. ``joblib.load``
gives the tree to everybody; `plain_reader` reads what `dump_plain` writes, and nothing else.

The grammar, in the opcodes of pickle protocol 4 (`pickletools` names them)::

    file   = PROTO 4, common, value, STOP, end of file
    common = ten constants for arrays, each put into the memo and popped; always the same bytes
    value  = NONE | NEWTRUE | NEWFALSE | int | BINFLOAT | text | dict | list | array
    int    = BININT1 | BININT2 | BININT | LONG1 of 8 bytes: the first that fits
    text   = SHORT_BINUNICODE | BINUNICODE: the first that fits
    dict   = EMPTY_DICT, or EMPTY_DICT MARK (text value)+ SETITEMS
    list   = EMPTY_LIST, or EMPTY_LIST MARK value+ APPENDS
    array  = joblib's NumpyArrayWrapper with shape and dtype, padding, bytes in C order
"""

import struct
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dcase_classic.model.plain import DTYPES, Array, Plain
from dcase_classic.wording import counted

# What the arrays of a file have in common is spelled once: pushed, put into the memo, popped.
_COMMON = (
    b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n",
    b"\x8c\x08subclass",
    b"cnumpy\nndarray\n",
    b"\x8c\x05shape",
    b"\x8c\x05order",
    b"\x8c\x01C",
    b"\x8c\x05dtype",
    b"cnumpy\ndtype\n",
    b"\x8c\x0aallow_mmap",
    b"\x8c\x1bnumpy_array_alignment_bytes",
)
HEAD = b"\x80\x04" + b"".join(
    spelled + b"q" + bytes([number]) + b"0" for number, spelled in enumerate(_COMMON)
)
STOP = b"."
MARK = b"("
_ALIGNMENT = 16  # of arrays in the file, so that they can be mapped into memory

# A NumpyArrayWrapper with its attributes; "h" and a number get what the head has put there.
ARRAY = b"h\x00)\x81}(h\x01h\x02h\x03("
AFTER_SHAPE = b"th\x04h\x05h\x06h\x07\x8c\x03"
AFTER_DTYPE = b"\x85Rh\x08\x88h\x09K\x10ub"
LARGEST_N_DIMENSIONS = 4


def dump_plain(tree: Plain, path: str | PathLike[str]) -> None:
    """Write a tree as a joblib file; equal trees give equal bytes.

    Raises
    ------
    TypeError
        If something in the tree is not plain, or an array is of a dtype that is not listed.
    ValueError
        If an integer has more than 64 bits or an array more than four dimensions.
    """
    with Path(path).open("wb") as file:
        write_plain(tree, file)


def write_plain(tree: Plain, file: BinaryIO) -> None:
    """Write a tree to a binary file that stands at its start; see `dump_plain`."""
    file.write(HEAD)
    position = len(HEAD)
    for part in _value_parts(tree):
        if isinstance(part, bytes):
            file.write(part)
            position += len(part)
            continue
        padding = padding_at(position)
        file.write(padding)
        file.write(part.tobytes("C") if not part.flags.c_contiguous else part.data)
        position += len(padding) + part.nbytes
    file.write(STOP)


def _value_parts(value: Plain) -> Iterator[bytes | Array]:
    """The pieces of a value in the file; an array stands for its padding and its bytes."""
    if value is None or isinstance(value, bool):
        yield {None: b"N", True: b"\x88", False: b"\x89"}[value]
    elif type(value) is int:
        yield int_bytes(value)
    elif type(value) is float:
        yield b"G" + struct.pack(">d", value)
    elif type(value) is str:
        yield _text_bytes(value)
    elif type(value) is dict:
        yield from _dict_parts(value)
    elif type(value) is list:
        yield b"]"
        if value:
            yield MARK
            for item in value:
                yield from _value_parts(item)
            yield b"e"
    elif type(value) is np.ndarray:
        yield from _array_parts(value)
    else:
        raise TypeError(f"a file of plain data cannot hold {type(value).__name__}")


def _dict_parts(value: dict[str, Plain]) -> Iterator[bytes | Array]:
    yield b"}"
    if not value:
        return
    yield MARK
    for key, item in value.items():
        if type(key) is not str:
            raise TypeError(f"a file of plain data cannot hold a key {key!r}, expected a text")
        yield _text_bytes(key)
        yield from _value_parts(item)
    yield b"u"


def _array_parts(array: Array) -> Iterator[bytes | Array]:
    dtype = array.dtype.str
    if dtype not in DTYPES:
        raise TypeError(f"dtype: got {dtype}, expected one of {', '.join(DTYPES)}")
    if array.ndim > LARGEST_N_DIMENSIONS:
        raise ValueError(f"array: got {counted(array.ndim, 'dimension')}, expected at most 4")
    yield ARRAY + b"".join(map(int_bytes, array.shape)) + AFTER_SHAPE
    yield dtype.encode() + AFTER_DTYPE
    yield array


def int_bytes(value: int) -> bytes:
    """A whole number in the fewest bytes.

    Raises
    ------
    ValueError
        If it has more than 64 bits.
    """
    if 0 <= value < 2**8:
        return struct.pack("<cB", b"K", value)
    if 0 <= value < 2**16:
        return struct.pack("<cH", b"M", value)
    if -(2**31) <= value < 2**31:
        return struct.pack("<ci", b"J", value)
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"a file of plain data cannot hold {value}, which has more than 64 bits")
    return b"\x8a\x08" + struct.pack("<q", value)


def _text_bytes(text: str) -> bytes:
    encoded = text.encode()
    if len(encoded) < 2**8:
        return struct.pack("<cB", b"\x8c", len(encoded)) + encoded
    return struct.pack("<cI", b"X", len(encoded)) + encoded


def padding_at(position: int) -> bytes:
    """What joblib puts before the bytes of an array: how many bytes follow, and these, 1 to 16."""
    n_bytes = _ALIGNMENT - (position + 1) % _ALIGNMENT
    return bytes([n_bytes]) + b"\xff" * n_bytes
