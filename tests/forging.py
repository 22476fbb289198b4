"""Changes to a model folder, and the table of those that forge it."""

import hashlib
import io
from functools import lru_cache

import numpy as np
from writing import edit_manifest

from dcase_classic.io.plain_bytes import write_plain
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.sound.beats import N_UNEVENNESS

FORGERIES = {}
NAME = "pump_section_00.joblib"


def forgery(function):
    FORGERIES[function.__name__.replace("_", " ")] = function
    return function


def put(folder, content, name=NAME):
    """Put a forged file in place, with a manifest that agrees."""
    (folder / name).write_bytes(content)

    def change(manifest):
        entry = manifest["models"][name]
        entry["sha256"] = hashlib.sha256(content).hexdigest()
        entry["n_bytes"] = len(content)

    edit_manifest(folder, change)


def edit_tree(folder, change, name=NAME):
    tree = writable(tree_of((folder / name).read_bytes()))
    change(tree)
    content = io.BytesIO()
    write_plain(tree, content)
    put(folder, content.getvalue(), name)


def without_beats(tree):
    """The tree of a model as schemas up to 9 had it."""
    for column in ("median", "low", "high", "least", "most"):
        tree["normal"][column] = tree["normal"][column][:-N_UNEVENNESS].copy()


@lru_cache(maxsize=1)
def tree_of(content):
    """The tree of a model; most forgeries begin with the same."""
    return parse_plain(content, Limits(), where=NAME)


def writable(tree):
    if isinstance(tree, dict):
        return {key: writable(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [writable(item) for item in tree]
    return tree.copy() if isinstance(tree, np.ndarray) else tree


def good(folder):
    return (folder / NAME).read_bytes()
