import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcase_classic.config import Config, OutputConfig, load_preset, parse_config, preset_names
from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.report.settings_toml import settings_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
OPTIONS = st.dictionaries(
    st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8).filter(
        lambda key: key != "kind"
    ),
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        TEXTS,
        st.lists(st.integers(0, 9)).map(tuple),
    ),
    max_size=3,
)
SPECS = st.builds(lambda kind, options: Spec(kind, tuple(sorted(options.items()))), TEXTS, OPTIONS)
SPECTRA = st.builds(
    SpectrumConfig,
    n_mels=st.integers(1, 128),
    amin=st.floats(1e-30, 1.0),
    fmax_hz=st.none() | st.floats(100, 8000),
    highest_hz=st.just(math.inf) | st.floats(1, 9000),
)
VIEWS = st.builds(
    ViewConfig,
    name=TEXTS,
    features=st.lists(SPECS, min_size=1, max_size=2).map(tuple),
    detector=SPECS,
    segment_s=st.just(math.inf) | st.floats(0.1, 1),
    spectrum=st.none() | SPECTRA,
)
CONFIGS = st.builds(
    Config,
    views=st.lists(VIEWS, min_size=1, max_size=3, unique_by=lambda view: view.name).map(tuple),
    training_s=st.none() | st.floats(0.1, 99),
    seed=st.integers(-(2**63), 2**63 - 1),
    audio=st.builds(AudioConfig, channel=st.sampled_from([0, 3, "mean", "difference"])),
    spectrum=SPECTRA,
    calibration=st.builds(CalibrationConfig, false_alarms=st.floats(1e-9, 0.9)),
    fusion=SPECS,
    threshold=SPECS,
    output=st.just(OutputConfig(tail="{section}_{domain}")),
)


@pytest.mark.uncounted
@given(config=CONFIGS)
@example(config=replace(load_preset("classic"), seed=-(2**63)))
@example(config=replace(load_preset("classic"), seed=2**63 - 1))
def test_settings_are_the_same_after_a_round_trip(config):
    assert parse_config(settings_toml(config), where="shown") == config


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_the_same_after_a_round_trip(name):
    config = load_preset(name)
    assert parse_config(settings_toml(config), where="shown") == config
