"""joblib files that only the types of a model may be loaded from.

Unpickling may call whatever a file names; here every name is looked up in a list first.
"""

import importlib
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from joblib import numpy_pickle

from dcase_classic.errors import ArtifactError

_ADMITTED = {
    "dcase_classic.config": {"SpectrumConfig"},
    "dcase_classic.sound.engines": {"LibrosaMfcc"},
    "dcase_classic.sound.features": {"LogMelStats", "MfccEmbedding"},
    "dcase_classic.sound.features_clip": {
        "Dynamics",
        "LevelKurtosis",
        "ModulationSpectrum",
        "RankedMean",
    },
    "dcase_classic.sound.front_end": {"ViewFeatures"},
    "builtins": {"object", "slice"},
    "copyreg": {"_reconstructor"},
    "dcase_classic.model.detectors": {"Mahalanobis", "NearestNeighbours"},
    "dcase_classic.model.domain_norm": {"DomainNorm"},
    "dcase_classic.model.fold_model": {"FoldModel"},
    "dcase_classic.model.fusion": {
        "FusionModel",
        "Gate",
        "Averaging",
        "MaxFusion",
        "MeanFusion",
        "RobustScale",
    },
    "dcase_classic.model.local_density": {"LocalDensity"},
    "dcase_classic.model.machine": {"MachineModel"},
    "dcase_classic.model.mixture": {"Mixture"},
    "dcase_classic.model.pooling": {
        "Maximum",
        "Mean",
        "Median",
        "Percentile",
        "RankedWeighting",
        "TopK",
    },
    "dcase_classic.outcomes": {"DomainAlarms"},
    "dcase_classic.records": {"Domain"},
    "dcase_classic.model.training_rows": {"RowsKey"},
    "dcase_classic.model.view": {"ViewModel"},
    "dcase_classic.model.scalings": {"Discriminant", "Identity", "Standardise", "Whiten"},
    "numpy": {"dtype", "ndarray", "float32", "float64", "int64", "int32", "bool_"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.dtypes": {"Float32DType", "Float64DType", "Int64DType"},
    "sklearn.ensemble._iforest": {"IsolationForest"},
    "sklearn.tree._classes": {"ExtraTreeRegressor"},
    "sklearn.tree._tree": {"Tree"},
}


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
        if name not in _ADMITTED.get(module, ()):
            raise pickle.UnpicklingError(f"the type {module}.{name} is not admitted")
        return getattr(importlib.import_module(module), name)


def dump(value: object, path: Path) -> None:
    """Write ``value`` as an uncompressed joblib file."""
    joblib.dump(value, path)


def load(path: Path) -> object:
    """What a joblib file holds, if it holds admitted types only.

    Raises
    ------
    ArtifactError
        If the file is not a joblib file or names a type that is not on the list.
    """
    try:
        with path.open("rb") as file:
            return _RestrictedUnpickler(str(path), file, ensure_native_byte_order=True).load()
    except Exception as error:  # a forged file may fail anywhere inside the unpickler
        raise ArtifactError(
            f"not loaded, {error}", path=path, advice="fit the model again"
        ) from error
