"""Forged files: streams that call, readers that are misled, headers of arrays that lie."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import zlib

import joblib
import numpy as np
from forging import FORGERIES, NAME, edit_manifest, forgery, good, put
from joblib import numpy_pickle

from dcase_classic.io.plain_bytes import AFTER_DTYPE, AFTER_SHAPE, ARRAY, HEAD, padding_at


class Malice:
    """Makes a file when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("owned",)


def dumped(value):
    stream = io.BytesIO()
    joblib.dump(value, stream)
    return stream.getvalue()


# --- opcodes that call ---------------------------------------------------------------------------

CALL = b"cos\nmkdir\n(\x8c\x05ownedtR"
STREAMS = {
    "GLOBAL and REDUCE": CALL,
    "STACK GLOBAL and REDUCE": b"\x8c\x02os\x8c\x05mkdir\x93(\x8c\x05ownedtR",
    "INST": b"(\x8c\x05ownedios\nmkdir\n",
    "OBJ": b"(cos\nmkdir\n\x8c\x05ownedo",
    "NEWOBJ": b"cpathlib\nPath\n(\x8c\x05ownedt\x81",
    "NEWOBJ EX": b"cpathlib\nPath\n(\x8c\x05ownedt}\x92",
    "BUILD with a state": b"cos\n_Environ\n)\x81}b",
    "EXT1": b"\x82\x01",
    "EXT2": b"\x83\x01\x00",
    "EXT4": b"\x84\x01\x00\x00\x00",
    "PERSID": b"Powned\n",
    "BINPERSID": b"\x8c\x05ownedQ",
    "getattr of builtins": b"cbuiltins\ngetattr\n(cos\nmkdir\n\x8c\x08__call__tR",
    "eval": b"cbuiltins\neval\n(\x8c\x1d__import__('os').mkdir('owned')tR",
    "a memo that was not made": b"h\xff",
    "the call of a constant of the head": b"h\x07(\x8c\x02<f4tR",
    "a ring of lists": b"]q\x14h\x14a",
    "doubling lists": b"]q\x14" + b"](h\x14h\x14eq\x14" * 60,
    "a text that is executed by numpy": b"cnumpy.testing._private.utils\nrunstring\n(\x8c\x01x}tR",
    "a bytearray": b"\x96\x05\x00\x00\x00\x00\x00\x00\x00owned",
    "a buffer out of band": b"\x97",
    "a read-only buffer": b"\x97\x98",
    "bytes": b"C\x05owned",
    "a set": b"\x8f(K\x01\x90",
    "a frozen set": b"(K\x01\x91",
    "a tuple": b"K\x01\x85",
    "a number as text": b"I1\n",
    "a number of 4 GB": b"\x8b\xff\xff\xff\x7f" + b"\x01" * 8,
    "a number as decimal text of a megabyte": b"L" + b"9" * 10**6 + b"L\n",
    "a text of 4 GB": b"X\xff\xff\xff\xff",
    "a text of 2 to the 63 bytes": b"\x8d" + b"\xff" * 7 + b"\x7f",
    "a frame": b"\x95\x01\x00\x00\x00\x00\x00\x00\x00N",
    "two values": b"NN",
    "a popped value": b"N0N",
    "a value twice": b"N2",
    "a long spelling of a small number": b"J\x01\x00\x00\x00",
    "a long spelling of a small text": b"X\x01\x00\x00\x00a",
    "a text that is not UTF-8": b"\x8c\x01\xff",
    "a surrogate": b"\x8c\x03\xed\xa0\x80",
    "a key twice": b"}(\x8c\x01aN\x8c\x01aNu",
    "a key that is no text": b"}(K\x01Nu",
    "lists in lists 100000 deep": b"](" * 100_000 + b"N" + b"e" * 100_000,
    "a million lists": b"](" + b"]" * 1_000_000 + b"e",
    "nothing": b"",
    "another protocol": b"\x80\x05N",
}


def _stream(body):
    return lambda folder: put(folder, HEAD + body + b".")


def _inside(body):
    """The call stands where the value of the threshold stands in a good file."""

    def change(folder):
        content = good(folder)
        at = content.index(b"\x8c\x09thresholdG") + 11
        put(folder, content[:at] + body + content[at + 9 :])

    return change


for name, body in STREAMS.items():
    FORGERIES[f"opcodes: {name}"] = _stream(body)
for name in ("GLOBAL and REDUCE", "STACK GLOBAL and REDUCE", "INST", "OBJ", "NEWOBJ", "PERSID"):
    FORGERIES[f"in a good file: {name}"] = _inside(STREAMS[name])
for protocol in range(6):
    FORGERIES[f"a call in protocol {protocol}"] = lambda folder, protocol=protocol: put(
        folder, pickle.dumps(Malice(), protocol)
    )


@forgery
def a_call_after_the_end(folder):
    put(folder, good(folder) + pickle.dumps(Malice()))


@forgery
def a_second_file_after_the_end(folder):
    put(folder, good(folder) + good(folder))


# --- joblib --------------------------------------------------------------------------------------

SMUGGLED = {
    "alone": Malice(),
    "in an array of objects": np.array([Malice()], object),
    "in a dictionary": {"views": Malice()},
    "in a structured array": np.array([(1, Malice())], [("a", "i4"), ("b", "O")]),
    "in a matrix": np.array([[Malice()]], object).view(np.matrix),
    "in a masked array": np.ma.array([1.0], mask=[False]),
}
for name, payload in SMUGGLED.items():
    FORGERIES[f"joblib: a call {name}"] = lambda folder, payload=payload: put(
        folder, dumped(payload)
    )
for name, pack in {  # with little effort, since models are large
    "zlib": lambda raw: zlib.compress(raw, 1),
    "gzip": lambda raw: gzip.compress(raw, 1),
    "bz2": bz2.compress,
    "xz": lambda raw: lzma.compress(raw, preset=0),
    "lzma": lambda raw: lzma.compress(raw, lzma.FORMAT_ALONE, preset=0),
}.items():
    FORGERIES[f"joblib: packed by {name}"] = lambda folder, pack=pack: put(
        folder, pack(good(folder))
    )
    FORGERIES[f"joblib: a call packed by {name}"] = lambda folder, pack=pack: put(
        folder, pack(pickle.dumps(Malice()))
    )


@forgery
def a_zlib_bomb(folder):
    packer = zlib.compressobj(1)
    head = packer.compress(HEAD) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    put(folder, head + block * 300)  # each can be unpacked for itself, and is packed once


class PlaysDtype:
    """An object whose attributes play a dtype."""

    hasobject = False
    itemsize = 8


@forgery
def a_wrapper_whose_dtype_is_another_object(folder):
    wrapper = numpy_pickle.NumpyArrayWrapper(np.ndarray, (1,), "C", PlaysDtype())
    put(folder, pickle.dumps(wrapper) + pickle.dumps(Malice()))


@forgery
def a_wrapper_of_joblib_before_0_10_that_reads_another_file(folder):
    put(folder, b"\x80\x04cjoblib.numpy_pickle_compat\nNDArrayWrapper\n)\x81}b.")


@forgery
def a_state_for_a_dtype(folder):
    put(folder, b"\x80\x04cnumpy\ndtype\n(\x8c\x02f8\x89\x88tR(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ"
        b"\xff\xff\xff\xffK?tb.")  # fmt: skip


@forgery
def a_state_for_an_array(folder):
    put(folder, pickle.dumps(np.arange(9.0), 4))


@forgery
def attributes_of_a_class(folder):
    put(folder, b"\x80\x04cdcase_classic.model.machine\nMachineModel\n}(\x8c\x05scoreNub.")


@forgery
def a_model_of_the_schema_before(folder):
    put(folder, pickle.dumps(np.float64(1)))


# --- headers of arrays ---------------------------------------------------------------------------


def array(shape=b"K\x02", dtype=b"<f8", data=bytes(16), after=AFTER_SHAPE, padding=None):
    body = HEAD + ARRAY + shape + after + dtype + AFTER_DTYPE
    return body + (padding_at(len(body)) if padding is None else padding) + data + b"."


HEADERS = {
    "of objects": {"dtype": b"|O8"},
    "of complex numbers": {"dtype": b"<c8"},
    "of quarter precision": {"dtype": b"<f1"},
    "of big-endian numbers": {"dtype": b">f8"},
    "of texts": {"dtype": b"<U2"},
    "of void": {"dtype": b"|V8"},
    "of 2 to the 31 numbers": {"shape": b"J\xff\xff\xff\x7f"},
    "of 2 to the 62 numbers": {"shape": b"J\xff\xff\xff\x7f" * 2},
    "of 2 to the 63 rows": {"shape": b"\x8a\x08" + b"\xff" * 7 + b"\x7f"},
    "of minus one row": {"shape": b"J\xff\xff\xff\xff"},
    "of five dimensions": {"shape": b"K\x01" * 5},
    "of a million dimensions": {"shape": b"K\x01" * 10**6},
    "whose shape holds a list": {"shape": b"]"},
    "whose shape holds a float": {"shape": b"G" + struct.pack(">d", 2)},
    "in Fortran order": {"after": AFTER_SHAPE.replace(b"h\x05", b"\x8c\x01F")},
    "with wrong padding": {"padding": b"\xff" + b"\xff" * 255},
    "with padding of another content": {"padding": b"\x08" + b"\0" * 8},
    "without padding": {"padding": b""},
    "with too few numbers": {"data": bytes(15)},
    "with too many numbers": {"data": bytes(17)},
    "of truths that are neither": {"dtype": b"|b1", "data": b"\x02\x01"},
}
for name, header in HEADERS.items():
    FORGERIES[f"an array {name}"] = lambda folder, header=header: put(folder, array(**header))


@forgery
def a_file_of_4_gigabytes(folder):
    with (folder / NAME).open("r+b") as file:
        file.truncate(2**32)


@forgery
def a_file_of_4_gigabytes_that_the_manifest_knows(folder):
    a_file_of_4_gigabytes(folder)
    edit_manifest(folder, lambda manifest: manifest["models"][NAME].update(n_bytes=2**32))


@forgery
def a_list_instead_of_a_model(folder):
    put(folder, HEAD + b"](K\x01K\x02e.")
