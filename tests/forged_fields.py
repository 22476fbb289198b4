"""Forged models and manifests of right form, and folders that hold other things than files."""

import os

import numpy as np
from forging import FORGERIES, NAME, edit_manifest, edit_tree, forgery

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
    "members out of range": ((*MODEL, "members", 0), _at(-1, 30_000)),
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
    "a triangle that overflows": ((*MAHALANOBIS, "triangle"), _at(0, 1e30)),
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
    "factors of other domains": (("domain_scale",), {"factors": np.full(3, 1.5)}),
    "a factor below 1": (("domain_scale",), {"factors": np.array([0.5, 1.0])}),
    "factors that are NaN": (("held_out_factors",), np.full(20, np.nan)),
    "factors of other clips": (("held_out_factors",), np.ones(1)),
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
    "a schema that is a text": lambda m: m.update(schema="7"),
    "a schema that is a float": lambda m: m.update(schema=9.0),
    "a schema to come": lambda m: m.update(schema=11),
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
    "a threshold of 400 digits": _entry(threshold=10**400),
    "a size of 400 digits": _entry(n_bytes=10**400),
    "a training file with a zero byte": _entry(training={"folder": "/", "files": ["a\0b"]}),
    "a training file of no text": _entry(training={"folder": "/\ud800", "files": ["a"]}),
    "more spans than training files": _entry(
        training={"folder": "/", "files": ["a"], "spans": [None, None]}
    ),
    "a span that ends before it begins": _entry(
        training={"folder": "/", "files": ["a"], "spans": [{"start_s": 2.0, "end_s": 1.0}]}
    ),
    "a span without end": _entry(
        training={"folder": "/", "files": ["a"], "spans": [{"start_s": 0.0, "end_s": 1e999}]}
    ),
    "a training file without end": _entry(training={"folder": "/", "files": ["a" * 5000]}),
    "a history of other kind": _entry(history=[None]),
    "a history of later revisions": _entry(revision=0, history=[{"revision": 1}]),
    "a revision below zero": _entry(revision=-1),
    "a part of nobody": _entry(foreign=[{"registry": "detectors", "name": "x",
                                         "distribution": "y", "version": "1"}]),
    "a part that is null": _entry(foreign=[None]),
    "a misfit without rank": _entry(misfits=[{"name": "a"}]),
    "siblings that are numbers": _entry(siblings=[1]),
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
    "a key twice": b'{"schema": 9, "schema": 9, "versions": {}, "models": {}}',
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
