"""The rate of false alarms that settings ask for, whatever threshold they name."""

import json
import math
from dataclasses import dataclass, replace

import pytest

from dcase_classic.config import load_preset
from dcase_classic.config.specs import Spec
from dcase_classic.errors import ConfigError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.model.rates import at_rate, rate_of
from dcase_classic.model.thresholds import THRESHOLDS
from dcase_classic.report.page.models import model_plain


@dataclass(frozen=True)
class Highest:
    """A threshold for no rate: the highest score, some times."""

    times: float = 1.0

    def fit(self, held_out, calibration):
        return self.times * held_out.scores.max()


@dataclass(frozen=True)
class Strict(Highest):
    """One for the rate that it is told."""

    share: float = 0.1

    def expected_rate(self, calibration):
        return self.share

    def options_at(self, rate):
        return {"share": rate}


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(THRESHOLDS, "highest", Highest)
    monkeypatch.setitem(THRESHOLDS, "strict", Strict)


def config_of(threshold):
    return replace(load_preset("knn"), threshold=threshold)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (Spec("limit"), Spec("limit")),
        (Spec("percentile", (("percentile", 90.0),)), Spec("percentile", (("percentile", 95.0),))),
        (Spec("gamma", (("quantile", 0.9),)), Spec("gamma", (("quantile", 0.95),))),
        (Spec("strict", (("times", 2.0),)), Spec("strict", (("share", 0.05), ("times", 2.0)))),
    ],
)
def test_another_rate_moves_the_threshold_that_the_settings_name(threshold, expected):
    config = at_rate(config_of(threshold), 0.05)
    assert config.threshold == expected
    assert config.calibration.false_alarms == 0.05
    assert rate_of(config) == pytest.approx(0.05, abs=1e-15)


def test_a_threshold_for_no_rate_takes_none():
    expected = (
        "^false_alarms: the threshold highest is for no rate, so none can be asked for; choose it "
        "by its own options$"
    )
    with pytest.raises(ConfigError, match=expected):
        at_rate(config_of(Spec("highest")), 0.3)


@pytest.mark.parametrize(
    ("threshold", "rate"),
    [
        (Spec("limit"), 0.1),
        (Spec("percentile", (("percentile", 99),)), 0.01),
        (Spec("percentile", (("percentile", 100),)), None),
        (Spec("gamma"), 0.1),
        (Spec("highest"), None),
        (Spec("strict", (("share", math.nan),)), None),
        (Spec("of another package"), None),
    ],
)
def test_the_rate_is_that_of_the_threshold_that_is_used(threshold, rate):
    assert rate_of(config_of(threshold)) == rate


@pytest.mark.parametrize(
    ("threshold", "rate", "card"),
    [
        ("calibration.false_alarms=0.2", 0.2, "for 20 % false alarms in every domain, for"),
        ("threshold.percentile=99", 0.01, "the percentile of held-out scores (percentile 99"),
        ("threshold=highest", None, "the highest of held-out scores (as by default)"),
    ],
)
def test_rows_and_pages_tell_this_rate(run, data, tmp_path, threshold, rate, card):
    line = ("fit", data, "--machine", "fan", "--preset", "knn", "--set", threshold)
    status, out, err = run(*line, "--models", tmp_path, "--jsonl")
    assert (status, json.loads(out)["false_alarms"]) == (0, rate), err
    assert json.loads(run("models", "list", tmp_path, "--jsonl")[1])["false_alarms"] == rate
    (entry,) = read_manifest(tmp_path).values()
    shown = run("models", "show", tmp_path)[1]
    for name in ("threshold", "expected"):
        told = [words for key, words in model_plain(entry)["card"] if key.startswith(name)]
        assert told
        assert all(f" {words.partition(';')[0]}\n" in shown for words in told)
        assert card in told[0] or name == "expected"
