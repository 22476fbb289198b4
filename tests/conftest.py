"""What all tests share: where the real recordings are, and a visible skip where they are not."""

import os
import runpy
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, settings
from open_journals import close_journals

from dcase_classic.cli import main
from dcase_classic.config import load_preset

# scikit-learn is imported late: the process that only hands out tests to others needs none

ROOT = Path(__file__).resolve().parents[1]
# a shell that runs the suite in the background lets its children ignore interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(os.environ.get("DCASE_CLASSIC_SHARED", ROOT.parent / "shared")).resolve()

# A busy machine is no fault: nothing depends on time, and a failure comes again.
settings.register_profile(
    "long", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("gate", settings.get_profile("long"), max_examples=40)
settings.load_profile("gate")


_TRACES = [None, None]  # of this thread and of those to come, by whom lines are counted


def pytest_collection_finish():
    """Count lines while tests run, and not between them nor in those that are `uncounted`.

    Tracing takes all Python a third more time. Modules are imported, and counted, by now.
    """
    if "coverage" in sys.modules and sys.modules["coverage"].Coverage.current():
        _TRACES[:] = sys.gettrace(), threading.gettrace()
        _trace(None, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if not any(_TRACES) or item.get_closest_marker("uncounted"):
        return (yield)
    _trace(*_TRACES)
    try:
        return (yield)
    finally:
        _trace(None, None)


def _trace(this_thread, threads_to_come):
    sys.settrace(this_thread)
    threading.settrace(threads_to_come)


def pytest_collection_modifyitems(items):
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason="needs real recordings or official results in ../shared")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """No test uses, or fills, the cache of the user, or of another test."""
    # numbered folders are counted again for every new one, and there are thousands of tests
    folder = Path(tempfile.mkdtemp(prefix="cache", dir=tmp_path_factory.getbasetemp()))
    monkeypatch.setenv("DCASE_CLASSIC_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True, scope="session")
def one_date_and_cache(tmp_path_factory):
    """Files of two runs are compared byte by byte; what many tests share fills one cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1790000000")
        patch.setenv("DCASE_CLASSIC_CACHE", str(tmp_path_factory.mktemp("shared_cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_power_cut():
    """No test cuts the power: what is written here need not have reached the disk to be there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # takes an open file too, and no time
        yield


@pytest.fixture
def closed_soon(monkeypatch):
    """Files of a folder that do not change are closed at once; tests/io/listening waits for it."""
    monkeypatch.setattr("dcase_classic.io.listening.folder._SETTLED_S", 0.05)


@pytest.fixture
def locked_soon(monkeypatch):
    """A state that another watch has in use is waited for a moment only."""
    monkeypatch.setattr("dcase_classic.io.journal._LOCKED_S", 0.05)


@pytest.fixture
def closed_journals():
    """No test leaves a journal open that `open_journals.open_journal` has given it."""
    yield
    close_journals()


@pytest.fixture
def sound_card(monkeypatch):
    """What the library for devices tells where there are loudspeakers and a microphone."""
    devices = [
        {"name": "Loudspeakers", "max_input_channels": 0, "default_samplerate": 44100.0},
        {"name": "USB microphone", "max_input_channels": 2, "default_samplerate": 48000.0},
    ]
    library = SimpleNamespace(query_devices=lambda: devices)
    monkeypatch.setitem(sys.modules, "sounddevice", library)


@pytest.fixture(scope="session")
def shared():
    return SHARED


def write_wav(path, samples, rate_hz=16000, subtype="PCM_16"):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def machine_sound(rng, *, is_anomaly=False, is_target=False, seconds=2.2):
    """Coloured noise with a hum; the target domain hums higher, an anomaly has an extra tone.

    All have one level: a gain is no fault.
    """
    n_samples = int(seconds * 16000)
    time_s = np.arange(n_samples) / 16000
    walk = np.cumsum(rng.normal(size=n_samples + 63))
    noise = walk[32 : n_samples + 32] - np.convolve(walk, np.full(64, 1 / 64), mode="valid")
    hum = np.sin(2 * np.pi * (150 if is_target else 120) * time_s + rng.uniform(0, 6))
    tone = 0.3 * is_anomaly * np.sin(2 * np.pi * 3000 * time_s)
    sound = 0.02 * noise + rng.uniform(0.05, 0.08) * hum + tone
    return 0.03 * sound / sound.std()


def write_machine(folder, *, n_source=12, n_target=3, n_test=3, seed=0):
    """A machine in the DCASE layout: ``n_test`` test clips per domain and label."""
    rng = np.random.default_rng(seed)
    counts = {"source": n_source, "target": n_target}
    for domain, n_train in counts.items():
        for index in range(n_train):
            name = f"section_00_{domain}_train_normal_{index:04d}_speed_{index % 2}.wav"
            write_wav(folder / "train" / name, machine_sound(rng, is_target=domain == "target"))
        for label in ("normal", "anomaly"):
            for index in range(n_test if n_train else 0):
                name = f"section_00_{domain}_test_{label}_{index:04d}_speed_0.wav"
                sound = machine_sound(
                    rng, is_target=domain == "target", is_anomaly=label == "anomaly"
                )
                write_wav(folder / "test" / name, sound)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Two small machines; tests must not change them (see ``own_data``)."""
    root = tmp_path_factory.mktemp("data")
    write_machine(root / "dev_data" / "raw" / "pump", seed=1)
    write_machine(root / "dev_data" / "raw" / "fan", n_target=0, seed=2)
    return root


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory):
    """The recordings of the demo; tests must not change them, but may write them again."""
    from dcase_classic.pipeline.demo import write_demo_data

    folder = tmp_path_factory.mktemp("demo_data")
    return SimpleNamespace(folder=folder, n_clips=write_demo_data(folder))


@pytest.fixture
def own_data(data, tmp_path):
    """A copy of the small machines that a test may change."""
    copied = tmp_path / "data"
    shutil.copytree(data / "dev_data" / "raw", copied)
    return copied


@pytest.fixture
def run(capsys):
    """Run the command line in this process: exit status, standard output, standard error."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out, err

    return call


@pytest.fixture
def run_script(monkeypatch, capsys):
    """Run a script in this process, which has imported what is slow to import: as `run`."""

    def call(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        status = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what others import
            try:
                runpy.run_path(str(path), run_name="__main__")
            except SystemExit as ended:
                status = ended.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return call


def with_few_folds(config):
    """Settings of a model that is smaller, and fitted and asked sooner."""
    return replace(config, calibration=replace(config.calibration, n_folds=3))


@pytest.fixture(scope="session")
def fitted(data, tmp_path_factory):
    """Models of the small machines."""
    from dcase_classic.pipeline.fit import fit

    models = tmp_path_factory.mktemp("models")
    fit(data, models, with_few_folds(load_preset("default")))
    return models


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """Normal recordings of two days, and two of today, the second with a fault."""
    root = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(1)
    for index in range(10):
        write_wav(root / "normal" / f"day {index % 2}" / f"rec{index}.wav", machine_sound(rng))
    for name in ("good", "worn"):
        sound = machine_sound(rng, is_anomaly=name == "worn")
        write_wav(root / "today" / f"{name}.wav", sound)
    return root


@pytest.fixture(scope="session")
def detector(sounds):
    """A detector that has learned the normal ones."""
    from dcase_classic.api import AnomalyDetector

    return AnomalyDetector("knn").fit(sounds / "normal")
