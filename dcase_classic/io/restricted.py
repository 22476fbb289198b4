"""joblib files that only the types of a model may be loaded from.

Unpickling may call whatever a file names; here every name is looked up in a list first.
"""

import importlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from joblib import numpy_pickle

from dcase_classic.errors import ArtifactError
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.fusion import FUSIONS
from dcase_classic.model.pooling import POOLINGS
from dcase_classic.model.scalings import SCALINGS
from dcase_classic.sound.engines import ENGINES

_ADMITTED = {
    "builtins": {"object", "slice"},
    "copyreg": {"_reconstructor"},
    "dcase_classic.config": {"SpectrumConfig"},
    "dcase_classic.model.domain_norm": {"DomainNorm"},
    "dcase_classic.model.fold_model": {"FoldModel"},
    "dcase_classic.model.fusion": {"Averaging", "FusionModel", "RobustScale"},
    "dcase_classic.model.machine": {"MachineModel"},
    "dcase_classic.model.training_rows": {"RowsKey"},
    "dcase_classic.model.view": {"ViewModel"},
    "dcase_classic.outcomes": {"DomainAlarms"},
    "dcase_classic.records": {"Domain"},
    "dcase_classic.sound.front_end": {"ViewFeatures"},
    "numpy": {"dtype", "ndarray", "float32", "float64", "int64", "int32", "bool_"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.dtypes": {"Float32DType", "Float64DType", "Int64DType"},
}


def _registered(module: str, name: str) -> Any:
    """The part of this name that settings can choose; None if there is none."""
    registries: list[Mapping[str, Any]] = [SCALINGS, DETECTORS, POOLINGS, FUSIONS]
    registries += [engine.extractors for engine in ENGINES.values()]
    for part in (part for registry in registries for part in registry.values()):
        if (part.__module__, part.__qualname__) == (module, name):
            return part
    return None


class _ArrayWithoutObjects(numpy_pickle.NumpyArrayWrapper):
    """joblib would unpickle an array of objects with an unrestricted loader."""

    def read(self, unpickler: Any, *args: Any) -> Any:
        """Read an array of numbers."""
        if np.dtype(self.dtype).hasobject:
            raise pickle.UnpicklingError("an array of objects is not admitted")
        return super().read(unpickler, *args)


class _RestrictedUnpickler(numpy_pickle.NumpyUnpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The named type, if it is on the list."""
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return _ArrayWithoutObjects
        part = _registered(module, name)
        if part is not None:
            return part
        if name not in _ADMITTED.get(module, ()):
            raise pickle.UnpicklingError(f"the type {module}.{name} is not admitted")
        return getattr(importlib.import_module(module), name)


def dump(value: object, path: Path) -> None:
    """Write ``value`` as an uncompressed joblib file, if it can be loaded again.

    Raises
    ------
    ArtifactError
        If ``value`` holds what cannot be stored, or a type that is not on the list.
    """
    try:
        joblib.dump(value, path)
        _load(path)
    except (pickle.PicklingError, pickle.UnpicklingError, AttributeError, TypeError) as error:
        advice = "a part may keep arrays, numbers and texts"
        raise ArtifactError(f"the model cannot be stored, {error}", advice=advice) from error


def load(path: Path) -> object:
    """What a joblib file holds, if it holds admitted types only.

    Raises
    ------
    ArtifactError
        If the file is not a joblib file or names a type that is not on the list.
    """
    try:
        return _load(path)
    except Exception as error:  # a forged file may fail anywhere inside the unpickler
        raise ArtifactError(
            f"not loaded, {error}", path=path, advice="fit the model again"
        ) from error


def _load(path: Path) -> object:
    with path.open("rb") as file:
        return _RestrictedUnpickler(str(path), file, ensure_native_byte_order=True).load()
