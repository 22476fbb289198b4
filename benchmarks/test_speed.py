"""Single timings with pytest-benchmark: ``pytest benchmarks --benchmark-only``.

For comparing two versions of the package on one quiet machine; ratios.py compares with others.
"""

import numpy as np
import ours
import pytest
import soundfile
from made_recordings import RATE_HZ, write_pool
from threadpoolctl import threadpool_limits

from dcase_classic.config import load_preset
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.neighbours import nearest_distances
from dcase_classic.model.references import StoredRows
from dcase_classic.sound.features import EXTRACTORS
from dcase_classic.sound.spectra import log_mel

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_pool(tmp_path_factory.mktemp("clips"), 1)[0]


@pytest.fixture(scope="module")
def frames(clip):
    samples = soundfile.read(clip, dtype="float32")[0]
    frames = log_mel(samples, SpectrumConfig(), sample_rate_hz=RATE_HZ)
    return np.stack([frames[start : start + 31] for start in range(0, 310, 31)])


def test_decoding(benchmark, clip):
    benchmark(read_recording, (clip,), AudioConfig())


def test_log_mel(benchmark, clip):
    samples = soundfile.read(clip, dtype="float32")[0]
    benchmark(log_mel, samples, SpectrumConfig(), sample_rate_hz=RATE_HZ)


@pytest.mark.parametrize("kind", sorted(EXTRACTORS))
def test_extractor(benchmark, frames, kind):
    benchmark(EXTRACTORS[kind]().extract, frames)


def test_all_features_of_the_default_preset(benchmark, clip):
    settings = load_preset("default")
    front_end = ours.front_end(settings)
    benchmark(lambda: front_end.rows(read_recording((clip,), settings.audio).waveform))


@pytest.mark.parametrize("n_values", [96, 512])
@pytest.mark.parametrize("k", [1, 5])
def test_neighbours(benchmark, k, n_values):
    rng = np.random.default_rng(0)
    references = rng.normal(size=(10_000, n_values)).astype(np.float32)
    rows = rng.normal(size=(2_000, n_values)).astype(np.float32)
    benchmark(nearest_distances, rows, StoredRows(references), k)


@pytest.mark.parametrize("kind", sorted(DETECTORS))
def test_detector_fit(benchmark, kind):
    benchmark(lambda: DETECTORS[kind]().fit(ours.table(200).X))


def test_a_machine_of_200_clips(benchmark):
    train, test = ours.table(150), ours.table(50, seed=1)
    benchmark(ours.fit_and_score, train, test)
