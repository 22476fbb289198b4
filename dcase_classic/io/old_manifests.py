"""Manifests of earlier schemas, raised step by step to what is read now.

A step takes plain tables of one schema, of which nothing is known yet, and enters what the next one
has more; everything is checked afterwards, as if it had been written so. How to raise the schema
stands in CONTRIBUTING.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dcase_classic.config import Config
from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.io.training_files import UNKNOWN_FILES
from dcase_classic.model.normal_sound import LEAST_REACH_DB
from dcase_classic.model.plain import Plain
from dcase_classic.sound.beats import N_UNEVENNESS, UNEVEN_DB

OLDEST_SCHEMA = 5
_SCHEMA_OF_RECORDERS = 6  # files of it may have been written before models knew recorders
_LEARNED_LATER = ("levels", "lengths", "length")  # of recordings; None where nobody told
_SCHEMA_OF_WINDOWS = 8  # scores of all domains were taken as they are
_SCHEMA_OF_SCALES = 9  # portraits had no beats
_SCALED_LATER = ("domain_scale", "held_out_factors")


def upgraded(table: dict[str, Any], schema: int) -> dict[str, Any]:
    """The tables of a manifest as this schema has them.

    Raises
    ------
    ConfigError
        If settings in it are wrong.
    ValueError
        If what has to be changed is not there.
    """
    for number in range(table["schema"], schema):
        table = _STEPS[number](table)
    return table


def upgraded_tree(tree: Plain, schema: int) -> Plain:
    """The tree of a model's file of an earlier schema as it is read now."""
    if schema > _SCHEMA_OF_SCALES or not isinstance(tree, dict):
        return tree
    later = (
        *(_LEARNED_LATER if schema <= _SCHEMA_OF_RECORDERS else ()),
        *(_SCALED_LATER if schema <= _SCHEMA_OF_WINDOWS else ()),
    )
    raised = tree | {name: None for name in later if name not in tree}
    return raised | {"normal": _not_beating(tree.get("normal"))}


def _not_beating(normal: Plain) -> Plain:
    """What was known of normal clips, with beats that nobody has looked for."""
    if not isinstance(normal, dict):
        return normal
    unknown = {"low": LEAST_REACH_DB, "high": LEAST_REACH_DB}
    raised = dict(normal)
    for name in ("median", "low", "high", "least", "most"):
        values = normal.get(name)
        if isinstance(values, np.ndarray):
            beats = np.full(N_UNEVENNESS, unknown.get(name, UNEVEN_DB), values.dtype)
            raised[name] = np.concatenate([values.ravel(), beats])
    return raised


def _from_5(table: dict[str, Any]) -> dict[str, Any]:
    """Where clips lay was not kept; settings had no levels and windows."""
    return _raised(table, training=to_plain(UNKNOWN_FILES))


def _from_6(table: dict[str, Any]) -> dict[str, Any]:
    """Dates, clips and history were not kept."""
    raised = _raised(
        table,
        schema=6,
        versions=table.get("versions"),
        revision=0,
        date="",
        action="fitted",
        history=[],
        clips_sha256="",
        foreign=[],
    )
    for entry in raised["models"].values():
        entry["n_clips"] = _n_clips(entry)
    return raised


def _raised(table: dict[str, Any], **added: object) -> dict[str, Any]:
    """Tables of the next schema: models with what is added, and the defaults of new settings."""
    models = table.get("models")
    if not isinstance(models, dict) or {type(entry) for entry in models.values()} - {dict}:
        raise ValueError("models: expected tables")
    raised = {}
    for name, entry in models.items():
        clashing = sorted(added.keys() & entry.keys())
        if clashing:
            raise ValueError(f"models: {name}: unknown key {clashing[0]!r}")
        config = to_plain(parse_record(Config, entry.get("config"), where="config"))
        raised[name] = {**entry, **added, "config": config}
    return {**table, "schema": table["schema"] + 1, "models": raised}


def _n_clips(entry: Mapping[str, Any]) -> int:
    """The clips that were held out, which are all."""
    held_out = entry.get("held_out")
    counts = [
        domain["n_clips"]
        for domain in (held_out if isinstance(held_out, list) else ())
        if isinstance(domain, dict) and type(domain.get("n_clips")) is int
    ]
    return sum(counts)


_STEPS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    5: _from_5,
    6: _from_6,
    7: _raised,  # all recordings were learned from as wholes
    8: _raised,  # models had no scale of domains
    9: _raised,  # nor knew anything of beats
}
