"""A new part is one class and one line: everything else follows from the registry."""

import sys
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest

from dcase_classic.config import parse_config
from dcase_classic.config.specs import is_option_type, option_types
from dcase_classic.errors import DcaseClassicError
from dcase_classic.model.detector import Detector
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.parts import PARTS
from dcase_classic.model.plain import ANY, Numbers
from dcase_classic.model.pooling import POOLINGS
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score
from dcase_classic.run import Run
from dcase_classic.sound.features import EXTRACTORS

SETTINGS = """
[[views]]
name = "new"
features = ["band_range"]
detector = "box"
pooling = "second_largest"
domains = "centred"
"""


@dataclass(frozen=True, slots=True)
class BandRange:
    """The range of every band."""

    def names(self, n_mels):
        return tuple(f"range_{band}" for band in range(n_mels))

    def extract(self, frames):
        return np.ptp(frames, axis=1)


class Box(Detector):
    """Minus the distance from the box around all training rows."""

    learned = MappingProxyType(
        {"low_": Numbers(("<f4",), ("n_components",)), "high_": Numbers(("<f4",), (ANY,))}
    )

    def fit(self, X, _clips=None):
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        return self

    def score_samples(self, X):
        outside = np.maximum(self.low_ - X, 0) + np.maximum(X - self.high_, 0)
        return -np.float64(outside).sum(axis=1)


class OpenBox(Box):
    """Keeps what cannot be stored."""

    def fit(self, X, _clips=None):
        self.stream_ = sys.stderr
        return super().fit(X)


class WordyBox(Box):
    """Keeps a word where it states numbers."""

    learned = MappingProxyType(Box.learned | {"word_": Numbers(("<f4",), (ANY,))})

    def fit(self, X, _clips=None):
        self.word_ = "high"
        return super().fit(X)


class SilentBox(Box):
    """Does not state what it keeps."""

    learned = None


@dataclass(frozen=True, slots=True)
class SecondLargest:
    """The second largest of a clip's segments."""

    def pool(self, scores):
        return np.sort(scores, axis=-1)[..., -2:][..., 0]


@pytest.fixture(autouse=True)
def new_parts(monkeypatch):
    monkeypatch.setitem(EXTRACTORS, "band_range", BandRange)
    monkeypatch.setitem(DETECTORS, "box", Box)
    monkeypatch.setitem(POOLINGS, "second_largest", SecondLargest)


def test_a_new_extractor_detector_and_pooling_are_fitted_saved_loaded_and_score(data, tmp_path):
    config = parse_config(SETTINGS, where="test")
    fit(data, tmp_path / "models", config, run=Run(n_jobs=1))
    scored = score(data, tmp_path / "models", tmp_path / "results", run=Run(n_jobs=1))
    assert [len(section.result.scores) for section in scored] == [6, 12]
    for section in scored:
        scores = [row.anomaly_score for row in section.result.scores]
        assert len(set(scores)) == len(scores)


@pytest.mark.parametrize(
    ("detector", "problem"),
    [
        (OpenBox, "OpenBox.learned names low_, high_, and fit has set high_, low_, stream_; name"),
        (WordyBox, "array: got values that do not fit into <f4"),
        (SilentBox, "the class SilentBox does not state what it has learned, .*; give it"),
    ],
)
def test_a_part_that_a_model_cannot_be_loaded_with_is_refused_at_fit(
    data, tmp_path, monkeypatch, detector, problem
):
    monkeypatch.setitem(DETECTORS, "box", detector)
    config = parse_config(SETTINGS, where="test")
    with pytest.raises(DcaseClassicError, match=problem) as error:
        fit(data, tmp_path / "models", config, run=Run(n_jobs=1))
    assert len(str(error.value).splitlines()) == 1
    assert list((tmp_path / "models").glob("*")) == []


@pytest.mark.parametrize("registry", PARTS)
def test_the_options_of_our_parts_are_such_as_settings_hold(registry):
    for part in PARTS[registry].values():
        assert all(map(is_option_type, option_types(part).values()))
