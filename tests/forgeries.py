"""Forged model folders, each a change to a copy of a good one; every one must be refused.

``FORGERIES`` maps a sentence to a function of the folder. Payloads make the file ``owned`` in the
current folder if anything in them is executed.
"""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pickle
import struct
import zlib

import joblib
import numpy as np
from joblib import numpy_pickle

from dcase_classic.io.plain_bytes import AFTER_DTYPE, AFTER_SHAPE, ARRAY, HEAD, padding_at
from dcase_classic.io.plain_file import dump_plain, load_plain

FORGERIES = {}
NAME = "pump_section_00.joblib"


def forgery(function):
    FORGERIES[function.__name__.replace("_", " ")] = function
    return function


def put(folder, content):
    """Put a forged file in place, with a manifest that agrees."""
    (folder / NAME).write_bytes(content)

    def change(manifest):
        entry = manifest["models"][NAME]
        entry["sha256"] = hashlib.sha256(content).hexdigest()
        entry["n_bytes"] = len(content)

    edit_manifest(folder, change)


def edit_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def edit_tree(folder, change):
    tree = writable(load_plain(folder / NAME))
    change(tree)
    dump_plain(tree, folder / NAME)
    put(folder, (folder / NAME).read_bytes())


def writable(tree):
    if isinstance(tree, dict):
        return {key: writable(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [writable(item) for item in tree]
    return tree.copy() if isinstance(tree, np.ndarray) else tree


def good(folder):
    return (folder / NAME).read_bytes()


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
for name, pack in {
    "zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "lzma": lambda raw: lzma.compress(raw, lzma.FORMAT_ALONE),
}.items():  # fmt: skip
    FORGERIES[f"joblib: packed by {name}"] = lambda folder, pack=pack: put(
        folder, pack(good(folder))
    )
    FORGERIES[f"joblib: a call packed by {name}"] = lambda folder, pack=pack: put(
        folder, pack(pickle.dumps(Malice()))
    )


@forgery
def a_zlib_bomb(folder):
    put(folder, zlib.compress(HEAD + bytes(300 * 2**20), 9))


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
    "of half precision": {"dtype": b"<f2"},
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


# --- models whose fields are wrong ---------------------------------------------------------------


def _set(path, value):
    """Set a place in the tree of the model: a value, or a function of what stands there."""

    def change(folder):
        def edit(tree):
            holder = tree
            for key in path[:-1]:
                holder = holder[key]
            new = value(holder[path[-1]]) if callable(value) else value
            holder[path[-1]] = new

        edit_tree(folder, edit)

    return change


def _at(position, number):
    def change(values):
        values[position] = number
        return values

    return change


VIEW = ("views", 0, "folds", 0)
MODEL = (*VIEW, "model")
MAHALANOBIS = ("views", 1, "folds", 0, "model", "detectors", 0)
FIELDS = {
    "a threshold that is NaN": (("threshold",), float("nan")),
    "a threshold that is infinite": (("threshold",), float("inf")),
    "a threshold that is an integer": (("threshold",), 1),
    "another threshold than the manifest": (("threshold",), lambda old: old + 1e-9),
    "a held-out score that is NaN": (("held_out_scores",), _at(0, np.nan)),
    "held-out scores in two dimensions": (("held_out_scores",), lambda old: old[:, np.newaxis]),
    "held-out scores in single precision": (("held_out_scores",), lambda old: old.astype("<f4")),
    "one held-out score less": (("held_out_scores",), lambda old: old[1:]),
    "no held-out scores": (("held_out_scores",), lambda old: old[:0]),
    "more alarms than clips": (("alarms", 0, "n_alarms"), 1000),
    "a domain that there is not": (("alarms", 0, "domain"), "both"),
    "a domain twice": (("alarms",), lambda old: [old[0], old[0]]),
    "one view less": (("views",), lambda old: old[1:]),
    "a view twice": (("views",), lambda old: [old[1], *old[1:]]),
    "a fold less in one view": (("views", 3, "folds"), lambda old: old[1:]),
    "no folds": (("views", 0, "folds"), []),
    "training rows of no view": (("training_rows",), lambda old: [*old, old[0]]),
    "a training row that is NaN": (("training_rows", 0), _at(0, np.nan)),
    "training rows of 1e30": (("training_rows", 0), _at(0, 1e30)),
    "training rows without columns": (("training_rows", 0), lambda old: old[:, :0]),
    "training rows of a column less": (
        ("training_rows", 0),
        lambda old: np.ascontiguousarray(old[:, 1:]),
    ),
    "a key more": ((), None),
    "another kind of scaling": ((*MODEL, "scaling", "kind"), "standardise"),
    "another kind of detector": ((*MODEL, "detectors", 0, "kind"), "knn"),
    "a scaling of NaN": ((*MODEL, "scaling", "directions"), _at((0, 0), np.nan)),
    "a scaling of other columns": ((*MODEL, "scaling", "directions"), lambda old: old[:-1]),
    "a negative spread": ((*MODEL, "scaling", "standardise", "inverse_std"), _at(0, -1.0)),
    "members out of range": ((*MODEL, "members", 0), _at(-1, 10**6)),
    "members below zero": ((*MODEL, "members", 0), _at(0, -1)),
    "members twice": ((*MODEL, "members", 0), lambda old: np.sort(_at(0, old[1])(old))),
    "no members": ((*MODEL, "members", 0), lambda old: old[:0]),
    "members that are floats": ((*MODEL, "members", 0), lambda old: old.astype("<f8")),
    "a group more": ((*MODEL, "members"), lambda old: [*old, old[0]]),
    "a detector more": ((*MODEL, "detectors"), lambda old: [*old, old[0]]),
    "offsets of other columns": ((*MODEL, "offsets"), lambda old: old[:, 1:].copy()),
    "a density of zero": ((*MODEL, "detectors", 0, "densities"), _at(0, 0.0)),
    "a density less": ((*MODEL, "detectors", 0, "densities"), lambda old: old[1:]),
    "another number of columns": ((*MODEL, "detectors", 0, "n_features_in"), 1),
    "a triangle of another size": ((*MAHALANOBIS, "triangle"), lambda old: old[:-1]),
    "a triangle that overflows": ((*MAHALANOBIS, "triangle"), _at(0, 1e200)),
    "a spread of zero": ((*VIEW, "norm", "spread"), _at(0, 0.0)),
    "profiles where there are none": ((*VIEW, "norm", "profiles"), np.zeros((1, 1))),
    "no profiles where there are": (("views", 1, "folds", 0, "norm", "profiles"), None),
    "fusion weights of another sum": (("fusion", "weights"), lambda old: old / 2),
    "shares of another sum": (("fusion", "families", "shares"), lambda old: old / 2),
    "shares of other views": (("fusion", "families", "shares"), lambda old: old[1:]),
    "another name of a group": (("fusion", "names", 0), "other"),
    "no peakiness": (("fusion", "peakiness"), None),
    "a peakiness that is NaN": (("fusion", "peakiness"), float("nan")),
    "a model that is a text": (("views", 0), "a"),
}
del FIELDS["a key more"]
for name, (path, value) in FIELDS.items():
    FORGERIES[f"model: {name}"] = _set(path, value)
FORGERIES["model: a key more"] = lambda folder: edit_tree(folder, lambda tree: tree.update(x=1))
FORGERIES["model: a key less"] = lambda folder: edit_tree(folder, lambda tree: tree.pop("fusion"))


# --- manifests -----------------------------------------------------------------------------------


def _entry(**fields):
    return lambda manifest: manifest["models"][NAME].update(fields)


def _renamed(machine_type, section):
    def change(manifest):
        entry = manifest["models"].pop(NAME)
        entry.update(machine_type=machine_type, section=section)
        manifest["models"][f"{machine_type}_section_{section}.joblib"] = entry

    return change


def _config(change):
    return lambda manifest: change(manifest["models"][NAME]["config"])


MANIFESTS = {
    "a section that leaves the folder": _renamed("pump", "00/../../x"),
    "a machine that leaves the folder": _renamed("../pump", "00"),
    "an absolute machine": _renamed("/etc/passwd", "00"),
    "a machine with a newline": _renamed("pump\n", "00"),
    "a machine of 10000 letters": _renamed("p" * 10_000, "00"),
    "a section that is a number": _entry(section=0),
    "a section that is null": _entry(section=None),
    "another machine than its file": _entry(machine_type="fan2"),
    "a schema that is true": lambda m: m.update(schema=True),
    "a schema that is a text": lambda m: m.update(schema="5"),
    "a schema that is a float": lambda m: m.update(schema=5.0),
    "a schema to come": lambda m: m.update(schema=6),
    "no schema": lambda m: m.pop("schema"),
    "versions that are a list": lambda m: m.update(versions=[]),
    "models that are a list": lambda m: m.update(models=[]),
    "an entry that is null": lambda m: m["models"].update({NAME: None}),
    "a key more in an entry": _entry(x=1),
    "a hash of another length": _entry(sha256="00"),
    "a hash that is wrong": _entry(sha256="0" * 64),
    "a hash in a list": _entry(sha256=["0"]),
    "a size that is wrong": _entry(n_bytes=7),
    "a size below zero": _entry(n_bytes=-1),
    "a threshold that is null": _entry(threshold=None),
    "another threshold than the model": _entry(threshold=1.25),
    "group weights that are a list": _entry(group_weights=[]),
    "a group weight above one": _entry(group_weights={"a": 2.0}),
    "alarms that are none": _entry(held_out=[]),
    "a recording of rate zero": _entry(recordings={"sample_rate_hz": 0, "n_channels": 1,
                                                   "coding": "x", "n_samples": 1}),
    "recordings of another kind": _entry(recordings=[1]),
    "settings that are null": _entry(config=None),
    "settings with a key more": _config(lambda config: config.update(x=1)),
    "settings of another kind": _config(lambda config: config.update(views=3)),
    "settings without views": _config(lambda config: config.update(views=[])),
    "settings with one view less": _config(lambda config: config["views"].pop(0)),
    "settings of an unknown detector": _config(
        lambda config: config["views"][0].update(detector={"kind": "os.system"})
    ),
    "settings of another detector": _config(
        lambda config: config["views"][0].update(detector={"kind": "gmm"})
    ),
    "settings of another fusion": _config(lambda config: config.update(fusion={"kind": "mean"})),
}  # fmt: skip
for name, change in MANIFESTS.items():
    FORGERIES[f"manifest: {name}"] = lambda folder, change=change: edit_manifest(folder, change)

TEXTS = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "lists in lists 100000 deep": b"[" * 100_000,
    "a million lists": b"[" + b"[]," * 1_000_000 + b"1]",
    "ten million numbers": b"[" + b"1," * 10_000_000 + b"1]",
    "a number of 100000 digits": b'{"schema": ' + b"9" * 100_000 + b"}",
    "NaN": b'{"schema": NaN}',
    "a key twice": b'{"schema": 5, "schema": 5, "versions": {}, "models": {}}',
    "null": b"null",
    "a text": b'"schema"',
}
for name, text in TEXTS.items():
    FORGERIES[f"manifest: {name}"] = lambda folder, text=text: (
        folder / "manifest.json"
    ).write_bytes(text)


# --- folders -------------------------------------------------------------------------------------


@forgery
def a_model_that_is_a_link(folder):
    (folder / NAME).rename(folder.parent / "elsewhere")
    (folder / NAME).symlink_to(folder.parent / "elsewhere")


@forgery
def a_model_that_is_a_link_to_a_device(folder):
    (folder / NAME).unlink()
    (folder / NAME).symlink_to("/dev/zero")


@forgery
def a_model_that_is_a_pipe(folder):
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)


@forgery
def a_model_that_is_a_folder(folder):
    (folder / NAME).unlink()
    (folder / NAME).mkdir()


@forgery
def a_model_that_is_missing(folder):
    (folder / NAME).unlink()


@forgery
def a_model_of_another_machine(folder):
    (folder / "fan_section_00.joblib").replace(folder / NAME)


@forgery
def a_manifest_that_is_a_pipe(folder):
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


@forgery
def a_manifest_that_is_a_link_in_a_ring(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").symlink_to("manifest.json")


@forgery
def a_manifest_of_4_gigabytes(folder):
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate(2**32)
