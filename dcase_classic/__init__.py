"""Anomalous machine-sound detection for DCASE Challenge Task 2, on a CPU.

The public names are imported when they are first used: ``import dcase_classic`` itself is cheap.

Examples
--------
>>> import dcase_classic
>>> dcase_classic.load_preset("knn").views[0].segment_s
1.0
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dcase_classic._version import __version__

if TYPE_CHECKING:
    from dcase_classic.config import Config, load_config, load_preset
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.io.recordings.dataset import find_clips
    from dcase_classic.pipeline.evaluate import evaluate
    from dcase_classic.pipeline.fit import fit
    from dcase_classic.pipeline.score import score

__all__ = [
    "Config",
    "DcaseClassicError",
    "__version__",
    "evaluate",
    "find_clips",
    "fit",
    "load_config",
    "load_preset",
    "score",
]

_HOMES = {
    "Config": "config",
    "DcaseClassicError": "errors",
    "evaluate": "pipeline.evaluate",
    "find_clips": "io.recordings.dataset",
    "fit": "pipeline.fit",
    "load_config": "config",
    "load_preset": "config",
    "score": "pipeline.score",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'dcase_classic' has no attribute {name!r}")
    return getattr(import_module(f"dcase_classic.{_HOMES[name]}"), name)
