"""scipy's Fourier transform of real values, without what else comes with it.

``scipy.fft`` takes 90 ms or more to import, a third of the time in which a recording is read and
judged; its compiled part, which does the work, takes one. That part is scipy's own business, and
may be found elsewhere one day, or want other arguments: it is tried at once, and where it is not
what it was, ``scipy.fft`` does the same to the last bit.
"""

import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import scipy
from numpy.typing import NDArray

from dcase_classic.records import Rows

_Spectra = NDArray[np.complex64]
_Transform = Callable[[Rows], _Spectra]
_COMPILED = ("_duccfft.pyduccfft", "_pocketfft.pypocketfft")  # from scipy 1.18 on, and before
_IS_FORWARD, _IS_SCALED = True, 0


def rfft(values: Rows) -> _Spectra:
    """The spectra (..., n // 2 + 1), complex64, over the last axis of values (..., n), float32."""
    return _transform(values)


def compiled_transform() -> _Transform | None:
    """That of scipy's compiled part; None where it is not what it was.

    The values are those of `rfft`.
    """
    modules = (_loaded(f"scipy.fft.{name}") for name in _COMPILED)
    module = next(filter(None, modules), None)
    if module is None:
        return None

    def transform(values: Rows) -> _Spectra:
        spectra: _Spectra = module.r2c(values, (values.ndim - 1,), _IS_FORWARD, _IS_SCALED, None, 1)
        return spectra

    return transform if _is_right(transform) else None


def _loaded(name: str) -> ModuleType | None:
    """The compiled part of this name, if there is one, loaded as scipy would load it."""
    if name in sys.modules:
        return sys.modules[name]
    folders = [str(Path(folder, *name.split(".")[1:-1])) for folder in scipy.__path__]
    try:
        spec = PathFinder.find_spec(name, folders)
        if spec is None or spec.loader is None:
            return None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError:
        return None
    return module


def _is_right(transform: _Transform) -> bool:
    """Whether a transform gives what it has to, in the precision that it has to."""
    values = np.cos(np.arange(24, dtype=np.float32)).reshape(2, 1, 12)
    try:
        spectra = transform(values)
    except (AttributeError, TypeError, ValueError):
        return False
    expected = np.fft.rfft(values)
    is_like = spectra.dtype == np.complex64 and spectra.shape == expected.shape
    return is_like and bool(np.allclose(spectra, expected, atol=1e-4))


def _public_transform(values: Rows) -> _Spectra:
    from scipy.fft import rfft as public_rfft

    spectra: _Spectra = public_rfft(values, axis=-1)
    return spectra


_transform = compiled_transform() or _public_transform
