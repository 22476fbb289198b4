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
    from dcase_classic.api import AnomalyDetector, features, load, log_mel
    from dcase_classic.config import Config, load_config, load_preset
    from dcase_classic.errors import DcaseClassicError
    from dcase_classic.io.recordings.dataset import find_clips
    from dcase_classic.model.foreign_parts import register
    from dcase_classic.pipeline.compare import compare
    from dcase_classic.pipeline.doctor import doctor
    from dcase_classic.pipeline.evaluate import evaluate
    from dcase_classic.pipeline.fit import fit, iter_fit
    from dcase_classic.pipeline.predict import predict
    from dcase_classic.pipeline.prepare import iter_prepare, prepare
    from dcase_classic.pipeline.score import iter_score, score
    from dcase_classic.pipeline.stream import Stream
    from dcase_classic.run import Run

__all__ = [
    "AnomalyDetector",
    "Config",
    "DcaseClassicError",
    "Run",
    "Stream",
    "__version__",
    "compare",
    "doctor",
    "evaluate",
    "features",
    "find_clips",
    "fit",
    "iter_fit",
    "iter_prepare",
    "iter_score",
    "load",
    "load_config",
    "load_preset",
    "log_mel",
    "predict",
    "prepare",
    "register",
    "score",
]

_HOMES = {
    "AnomalyDetector": "api",
    "Config": "config",
    "DcaseClassicError": "errors",
    "Run": "run",
    "Stream": "pipeline.stream",
    "compare": "pipeline.compare",
    "doctor": "pipeline.doctor",
    "evaluate": "pipeline.evaluate",
    "features": "api",
    "find_clips": "io.recordings.dataset",
    "fit": "pipeline.fit",
    "iter_fit": "pipeline.fit",
    "iter_prepare": "pipeline.prepare",
    "iter_score": "pipeline.score",
    "load": "api",
    "load_config": "config",
    "load_preset": "config",
    "log_mel": "api",
    "predict": "pipeline.predict",
    "prepare": "pipeline.prepare",
    "register": "model.foreign_parts",
    "score": "pipeline.score",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'dcase_classic' has no attribute {name!r}")
    return getattr(import_module(f"dcase_classic.{_HOMES[name]}"), name)
