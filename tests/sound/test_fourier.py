import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import scipy
import scipy.fft

from dcase_classic.sound import fourier

COMPILED = ["scipy.fft._duccfft.pyduccfft", "scipy.fft._pocketfft.pypocketfft"]


def values(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(1024,), (3, 256), (2, 3, 5, 128), (4, 1), (1, 37)])
def test_spectra_are_those_of_scipy_to_the_last_bit(shape):
    spectra = fourier.rfft(values(*shape))
    assert spectra.dtype == np.complex64
    assert np.array_equal(spectra, scipy.fft.rfft(values(*shape), axis=-1))


def test_the_compiled_part_is_found_where_scipy_is_installed(monkeypatch):
    for name in COMPILED:
        monkeypatch.delitem(sys.modules, name, raising=False)
    transform = fourier.compiled_transform()
    assert np.array_equal(transform(values(2, 16)), scipy.fft.rfft(values(2, 16)))


def test_spectra_come_without_scipys_package_which_can_still_come():
    script = """
import sys
import numpy as np
from dcase_classic.sound.fourier import rfft

spectra = rfft(np.ones((2, 8), np.float32))
assert "scipy.fft" not in sys.modules
import scipy.fft
assert np.array_equal(spectra, scipy.fft.rfft(np.ones((2, 8), np.float32)))
assert np.array_equal(spectra, rfft(np.ones((2, 8), np.float32)))
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def refused(*_args):
    raise TypeError("r2c(): incompatible function arguments")


@pytest.mark.parametrize(
    "part",
    [
        SimpleNamespace(),
        SimpleNamespace(r2c=refused),
        SimpleNamespace(r2c=lambda rows, *_: np.fft.rfft(rows.astype(np.float64))),
        SimpleNamespace(r2c=lambda rows, *_: 2 * scipy.fft.rfft(rows)),
        SimpleNamespace(r2c=lambda rows, *_: scipy.fft.rfft(rows, axis=0)),
    ],
    ids=["gone", "other arguments", "other precision", "other scale", "other axis"],
)
def test_a_compiled_part_that_is_not_what_it_was_is_not_used(monkeypatch, part):
    for name in COMPILED:
        monkeypatch.setitem(sys.modules, name, part)
    assert fourier.compiled_transform() is None


@pytest.mark.parametrize("place", ["nowhere", "broken"])
def test_where_there_is_no_compiled_part_scipys_package_does_the_same(monkeypatch, tmp_path, place):
    for name in COMPILED:
        monkeypatch.delitem(sys.modules, name, raising=False)
    if place == "broken":
        for name in COMPILED:
            broken = tmp_path.joinpath(place, *name.split(".")[1:]).with_suffix(".py")
            broken.parent.mkdir(parents=True)
            broken.write_text("import nothing_of_the_kind\n")
    monkeypatch.setattr(scipy, "__path__", [str(tmp_path / place)])
    assert fourier.compiled_transform() is None
    rows = values(3, 64)
    assert np.array_equal(fourier._public_transform(rows), fourier.rfft(rows))
