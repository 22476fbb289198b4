from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from dcase_classic.config import load_preset
from dcase_classic.model.domain_scale import DomainScale
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain
from dcase_classic.report.maintenance import _domain_factors, heard_text, models_table
from dcase_classic.sound.clip_format import ClipFormat

CONFIG = load_preset("classic")
USUAL = ClipFormat(sample_rate_hz=44100, n_channels=1, coding="PCM_16", n_samples=44100)


@pytest.mark.parametrize(
    ("audio", "spectrum", "usual", "words"),
    [
        ({}, {}, {}, "up to 7600 Hz"),
        ({}, {}, {"n_channels": 2}, "the first of 2 channels, up to 7600 Hz"),
        ({"channel": "mean"}, {}, {"n_channels": 2}, "the mean of 2 channels, up to 7600 Hz"),
        ({}, {}, {"sample_rate_hz": 8000}, "up to 4000 Hz"),
        ({}, {"fmin_hz": 100.0, "fmax_hz": 5000.0}, {}, "from 100 up to 5000 Hz"),
    ],
)
def test_it_is_said_what_a_model_hears(audio, spectrum, usual, words):
    config = replace(
        CONFIG, audio=replace(CONFIG.audio, **audio), spectrum=replace(CONFIG.spectrum, **spectrum)
    )
    assert heard_text(config, replace(USUAL, **usual)) == words


@pytest.mark.parametrize(
    ("n_target", "factors"), [(3, {"source": 1.5, "target": 1.0}), (1, {}), (0, {})]
)
def test_factors_of_other_domains_than_the_manifest_tells_are_not_named(n_target, factors):
    alarms = tuple(
        DomainAlarms(domain=domain, n_clips=n_clips, n_alarms=0, n_sessions=None)
        for domain, n_clips in ((Domain.SOURCE, 9), (Domain.TARGET, n_target))
        if n_clips
    )
    entry = SimpleNamespace(fitted_step=lambda: SimpleNamespace(held_out=alarms))
    model = SimpleNamespace(domain_scale=DomainScale(factors=np.array([1.5, 1.0])))
    assert _domain_factors(entry, model) == factors


@pytest.mark.parametrize(
    ("n_sessions", "cell"), [((8,), "8"), ((3, 2), "3+2"), ((3, None), "3"), ((None,), "-")]
)
def test_sessions_of_domains_are_not_added_up_that_may_be_the_same(n_sessions, cell):
    alarms = tuple(
        DomainAlarms(domain=domain, n_clips=9, n_alarms=0, n_sessions=number)
        for domain, number in zip(Domain, n_sessions, strict=False)
    )
    entry = SimpleNamespace(
        machine_type="pump",
        section="00",
        date="2026-11-27T19:17:00",
        n_learned=18,
        held_out=alarms,
        n_bytes=10**6,
        threshold=1.0,
        action="fitted",
        history=(),
    )
    _, row = models_table({("pump", "00"): entry})
    assert row.split()[5:7] == ["18", cell]
