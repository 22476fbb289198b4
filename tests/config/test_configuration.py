import json
import math
from dataclasses import fields, replace

import pytest

from dcase_classic.config import (
    DEFAULT_PRESET,
    Config,
    OutputConfig,
    load_config,
    load_preset,
    parse_config,
    preset_names,
)
from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.recorder import LevelConfig, WindowConfig
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import Spec, parse_record, to_plain
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.model.machine_fitter import MachineFitter

VIEW = '[[views]]\nname = "a"\nfeatures = ["mfcc"]\ndetector = "knn"\n'
RICH = Config(
    views=(
        ViewConfig(
            name="a",
            features=(Spec("mfcc", (("statistics", ("mean", "std")),)), Spec("logmel_stats")),
            detector=Spec("knn", (("n_neighbors", 2),)),
            segment_s=math.inf,
            pooling=Spec("gwrp", (("r", 0.25),)),
        ),
        ViewConfig(
            name="b",
            features=(Spec("mfcc"),),
            detector=Spec("gmm"),
            domains="centred",
            spectrum=SpectrumConfig(n_fft=256, hop_samples=128),
        ),
        ViewConfig(
            name="c",
            features=(Spec("mfcc"),),
            detector=Spec("knn"),
            spectrum=SpectrumConfig(engine="librosa", norm=1.0, fmax_hz=4000.0, top_db=80.0),
        ),
    ),
    seed=7,
    spectrum=SpectrumConfig(engine="librosa", n_mels=64),
    output=OutputConfig(tail="{section}_{domain}"),
)
SPECTRA = {
    name: replace(RICH, spectrum=replace(RICH.spectrum, **{name: value}))
    for name, value in {
        "engine": "fast",
        "n_fft": 2048,
        "hop_samples": 256,
        "n_mels": 65,
        "fmin_hz": 50.0,
        "fmax_hz": 7999.0,
        "highest_hz": 7600.0,
        "amin": 1e-12,
        "center": True,
        "pad_mode": "reflect",
        "htk": True,
        "norm": "none",
        "power": 1.0,
        "top_db": 80.0,
    }.items()
}
CHANGED = {
    **SPECTRA,
    "seed": replace(RICH, seed=8),
    "views": replace(RICH, views=RICH.views[::-1]),
    "segment_s": replace(RICH, views=(replace(RICH.views[0], segment_s=2.0), *RICH.views[1:])),
    "level": replace(RICH, views=(replace(RICH.views[0], level="ignore"), *RICH.views[1:])),
    "option": replace(RICH, views=(replace(RICH.views[0], detector=Spec("knn")), *RICH.views[1:])),
    "domains": replace(
        RICH, views=(RICH.views[0], replace(RICH.views[1], domains="pooled"), RICH.views[2])
    ),
    "audio": replace(RICH, audio=AudioConfig(channel=1)),
    "mean of channels": replace(RICH, audio=AudioConfig(channel="mean")),
    "training_s": replace(RICH, training_s=10.0),
    "level of clips": replace(RICH, level=LevelConfig(margin_db=2.0)),
    "out of range": replace(RICH, level=LevelConfig(out_of_range="refuse")),
    "windows": replace(RICH, windows=WindowConfig(hop_share=0.5)),
    "calibration": replace(RICH, calibration=CalibrationConfig(n_folds=5)),
    "fusion": replace(RICH, fusion=Spec("max")),
    "threshold": replace(RICH, threshold=Spec("percentile", (("percentile", 95.0),))),
    "output": replace(RICH, output=OutputConfig(tail="{section}")),
}


@pytest.mark.parametrize("name", [*preset_names(), "default"])
def test_every_part_of_a_preset_can_be_built(name):
    config = load_preset(name).at_length(10.0)
    assert MachineFitter.from_config(config).config is config


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_the_same_after_a_round_trip_through_json(name):
    config = load_preset(name)
    assert (
        parse_record(Config, json.loads(json.dumps(to_plain(config))), where="manifest") == config
    )


def test_the_default_preset_is_one_of_those_listed():
    assert DEFAULT_PRESET in preset_names()
    assert load_preset("default") == load_preset(DEFAULT_PRESET)


def test_presets_differ():
    assert len({load_preset(name).fingerprint for name in preset_names()}) == len(preset_names())


def test_an_unknown_preset_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="preset: got 'best', expected one of default, .*knn"):
        load_preset("best")


def test_a_preset_outside_the_package_is_not_read():
    with pytest.raises(ConfigError, match="preset: got"):
        load_preset("../presets/knn")


def test_keys_that_are_left_out_keep_their_defaults():
    expected = Config(views=(ViewConfig(name="a", features=(Spec("mfcc"),), detector=Spec("knn")),))
    assert parse_config(VIEW, where="text") == expected


def test_a_file_is_read_like_its_text(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(VIEW, encoding="utf-8")
    assert load_config(path) == parse_config(VIEW, where="text")


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "no such file"), (b"name = '\xff'", "not a UTF-8 text file")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, problem):
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"settings\.toml: {problem}"):
        load_config(path)


def test_an_error_in_a_file_names_the_file_and_the_key(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("sede = 1\n" + VIEW, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"toml: line 1: unknown key 'sede', .* seed, audio"):
        load_config(path)


def test_text_that_is_not_toml_is_refused():
    with pytest.raises(ConfigError, match="text: not valid TOML"):
        parse_config("seed = ", where="text")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[audio]\nchanel = 1", "audio: unknown key 'chanel', expected one of sample_rate_hz, ch"),
        ("[spectrum]\nhop = 1", "spectrum: unknown key 'hop', expected one of engine, n_fft, hop"),
        ("[calibration]\nfolds = 3", "calibration: unknown key 'folds', expected one of n_folds"),
        ("[output]\nname = ''", "output: unknown key 'name', expected one of tail"),
        ("[[views]]\nnmae = ''", r"views\[1\]: unknown key 'nmae', expected one of name, features"),
        (
            "[[views]]\nname = 'b'\nfeatures = ['mfcc']",
            r"views\[1\]: the key 'detector' is missing",
        ),
    ],
)
def test_an_unknown_or_missing_key_is_answered_with_the_known_ones(text, message):
    with pytest.raises(ConfigError, match=rf"^text: (line \d+: )?{message}"):
        parse_config(VIEW + text, where="text")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 1.0", "seed: got 1.0, expected a whole number"),
        ("seed = true", "seed: got True, expected a whole number"),
        ("seed = '1'", "seed: got '1', expected a whole number"),
        ("audio = 3", "audio: got 3, expected a table of keys and values"),
        ("views = 'knn'", "views: got 'knn', expected a list"),
        ("views = ['knn']", r"views\[0\]: got 'knn', expected a table"),
        ("fusion = 1", "fusion: got 1, expected a name or a table with the key 'kind'"),
        ("fusion = {k = 1}", "fusion: got {'k': 1}, expected a name or a table with the key 'ki"),
        ("threshold = {kind = 1}", "threshold: got {'kind': 1}, expected a name or a table"),
        ("output = {tail = 1}", "output: tail: got 1, expected a text"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(text, message):
    views = "" if text.startswith("views") else VIEW
    with pytest.raises(ConfigError, match=rf"^text: (line \d+: )?{message}"):
        parse_config(f"{text}\n{views}", where="text")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("segment_s = '1'", "segment_s: got '1', expected a number"),
        ("segment_s = nan", "segment_s: got nan, expected a number"),
        ("segment_hop_s = true", "segment_hop_s: got True, expected a number"),
        ("segment_s = 0", "segment_s: got 0.0, expected more than 0"),
        ("segment_s = -inf", "segment_s: got -inf, expected more than 0"),
        ("segment_hop_s = -1.5", "segment_hop_s: got -1.5, expected 0.03125 or more"),
        ("centre = 'attribute'", "unknown key 'centre', expected one of name, features"),
        ("contrast = 'machines'", "contrast: got 'machines', expected none or sections"),
        ("weight = 0", "weight: got 0.0, expected more than 0"),
        ("weight = inf", "weight: got inf, expected more than 0"),
        ("spectrum = {n_mels = 0}", "spectrum: n_mels: got 0, expected at least 1"),
        ("spectrum = 3", "spectrum: got 3, expected a table of keys and values"),
        ("domains = 'both'", "domains: got 'both', expected separate or centred or pooled"),
        ("[audio]\nsample_rate_hz = 999", "sample_rate_hz: got 999, expected at least 1000"),
        ("[audio]\nchannel = -1", "channel: got -1, expected 0 or more"),
        ("[audio]\nchannel = 'near'", "channel: got 'near', expected 0 or more, or mean, far"),
        ("[audio]\nchannel = true", "channel: got True, expected a whole number"),
        ("[spectrum]\nn_fft = 8", "n_fft: got 8, expected at least 16"),
        ("[spectrum]\nhop_samples = 0", r"hop_samples: got 0, expected 32 to n_fft \(1024\)"),
        ("[spectrum]\nhop_samples = 1025", "hop_samples: got 1025, expected 32 to n_fft"),
        ("[spectrum]\nn_mels = 0", "n_mels: got 0, expected at least 1"),
        ("[spectrum]\nengine = 'slow'", "engine: got 'slow', expected fast or librosa"),
        ("[spectrum]\nfmin_hz = -1", "fmin_hz: got -1.0, expected 0 or more"),
        (
            "[spectrum]\nfmin_hz = 300\nhighest_hz = 200",
            "highest_hz: got 200.0, expected more than f",
        ),
        ("[spectrum]\nfmin_hz = 8000", "fmax_hz: got 8000.0, expected fmin_hz below it"),
        ("[spectrum]\npad_mode = 'wrap'", "pad_mode: got 'wrap', expected constant or edge or"),
        ("[spectrum]\nnorm = 'area'", "norm: got 'area', expected slaney, none or a number"),
        ("[spectrum]\nnorm = 0", "norm: got 0.0, expected slaney, none or a number above 0"),
        ("[spectrum]\nnorm = true", "norm: got True, expected a number"),
        ("[spectrum]\npower = 0", "power: got 0.0, expected more than 0"),
        ("[spectrum]\namin = 0", "amin: got 0.0, expected 1e-30 or more"),
        ("[spectrum]\ntop_db = 0", "top_db: got 0.0, expected more than 0"),
        ("[calibration]\nn_folds = 1", "n_folds: got 1, expected at least 2"),
        (
            "segment_hop_s = 0.001\nsegment_s = 0.002",
            "segment_hop_s: got 0.001, expected 0.01 or more",
        ),
        ("segment_hop_s = 1\nsegment_s = 64", "segment_hop_s: got 1.0, expected 2.0 or more"),
        ("n_rows = 1_000_001", "n_rows: got 1000001, expected .*, at most 1000000"),
        ("[audio]\nsample_rate_hz = 384_001", "got 384001, expected .*, at most 384000"),
        ("[spectrum]\nn_fft = 65_536", "n_fft: got 65536, expected .*, at most 32768"),
        ("[spectrum]\nn_mels = 1025", "n_mels: got 1025, expected .*, at most 1024"),
        ("spectrum = {n_fft = 32, hop_samples = 16, n_mels = 129}", "n_mels: got 129, .* most 128"),
        ("[calibration]\nn_folds = 101", "n_folds: got 101, expected .*, at most 100"),
        ("[output]\ntail = '../{section}'", r"tail: got '\.\./{section}', expected letters"),
        ("[output]\ntail = 'all'", "tail: got 'all', expected letters, digits, _, - and {section}"),
        (VIEW, r"views: got \['a', 'a'\], expected a different name for each view"),
    ],
)
def test_a_value_out_of_range_is_refused(text, message):
    with pytest.raises(ConfigError, match=f"text: .*{message}"):
        parse_config(f"{VIEW}{text}\n", where="text")


def test_a_view_without_features_is_refused():
    with pytest.raises(ConfigError, match=r"views\[0\]: features: got 0, expected at least one"):
        parse_config("[[views]]\nname = 'a'\nfeatures = []\ndetector = 'knn'", where="text")


def test_settings_without_views_are_refused():
    with pytest.raises(ConfigError, match=r"expected at least one \[\[views\]\] table"):
        parse_config("views = []", where="text")


def test_settings_that_are_no_table_are_refused():
    with pytest.raises(ConfigError, match="manifest: got None, expected a table"):
        parse_record(Config, None, where="manifest")


@pytest.mark.parametrize("value", ["inf", "1e999", "+inf"])
def test_an_infinite_segment_is_the_whole_clip(value):
    config = parse_config(f"{VIEW}segment_s = {value}", where="text")
    assert config.views[0].segment_s == math.inf


def test_a_whole_number_may_stand_for_a_number():
    segment_s = parse_config(f"{VIEW}segment_s = 2", where="text").views[0].segment_s
    assert (segment_s, type(segment_s)) == (2.0, float)


def test_a_name_stands_for_a_table_with_nothing_but_a_kind():
    by_name = parse_config(f"fusion = 'max'\n{VIEW}", where="text")
    assert parse_config(f"fusion = {{kind = 'max'}}\n{VIEW}", where="text") == by_name


def test_the_order_of_options_does_not_matter():
    first, second = (
        parse_config(f"fusion = {{{options}}}\n{VIEW}", where="text")
        for options in ("kind = 'x', a = 1, b = [1, [2]]", "b = [1, [2]], a = 1, kind = 'x'")
    )
    assert first == second
    assert hash(first) == hash(second)


def test_settings_are_the_same_after_a_round_trip_through_json():
    assert parse_record(Config, json.loads(json.dumps(to_plain(RICH))), where="manifest") == RICH


def test_plain_settings_are_strict_json():
    assert json.dumps(to_plain(RICH), allow_nan=False)


def test_equal_settings_have_equal_fingerprints():
    assert parse_record(Config, to_plain(RICH), where="manifest").fingerprint == RICH.fingerprint


def test_every_setting_of_the_spectrum_is_among_the_changes():
    assert list(SPECTRA) == [item.name for item in fields(SpectrumConfig)]


@pytest.mark.parametrize("name", list(SPECTRA)[list(SPECTRA).index("center") :])
def test_the_fast_engine_refuses_what_only_librosa_can_set(name):
    with pytest.raises(ValueError, match=f"^{name}: got .*, expected .* with the engine fast; "):
        replace(SPECTRA[name].spectrum, engine="fast")


def test_shares_of_the_training_length_become_seconds_in_every_view_that_has_them():
    half = "[[views]]\nname = 'half'\nfeatures = ['mfcc']\ndetector = 'knn'\n"
    half += "segment_share = 0.5\nsegment_hop_share = 0.25\n"
    config = parse_config(VIEW + half, where="text")
    whole, view = config.at_length(11.9996).timed_views
    assert (view.segment_s, view.segment_hop_s) == (6.0, 3.0)  # to the millisecond
    assert (view.segment_share, view.segment_hop_share) == (None, None)
    assert whole == config.views[0]
    with pytest.raises(ConfigError, match="view half: segment_share: training_s is not known"):
        _ = config.timed_views


def test_segments_of_very_short_clips_do_not_overlap_more_than_settings_may():
    shares = "segment_share = 1.0\nsegment_hop_share = 0.0001"
    (view,) = parse_config(VIEW + shares, where="text").at_length(3.2).timed_views
    assert (view.segment_s, view.segment_hop_s) == (3.2, 0.1)


def test_seconds_need_no_training_length():
    config = parse_config(VIEW, where="text")
    assert config.timed_views == config.views


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("segment_share = 0.5", "segment_share: got 0.5, expected one, if segment_hop_share is"),
        ("segment_hop_share = 0.5", "segment_share: got None, expected one, if"),
        ("segment_share = 0.0\nsegment_hop_share = 1", "got 0.0, expected more than 0 and at most"),
        ("segment_share = 1\nsegment_hop_share = 1.1", "segment_hop_share: got 1.1, expected"),
        ("level = 'loud'", "level: got 'loud', expected ignore or keep"),
    ],
)
def test_a_share_or_a_level_that_makes_no_sense_is_refused(keys, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(VIEW + keys, where="text")


def test_the_edges_of_the_bands_may_be_set_with_either_engine():
    text = VIEW + "[spectrum]\nfmin_hz = 50\nfmax_hz = 8000\namin = 2.2e-16"
    assert parse_config(text, where="text").spectrum.fmax_hz == 8000.0


@pytest.mark.parametrize("spectrum", ["", "spectrum = {fmax_hz = 4000}\n[spectrum]\n"])
def test_bands_of_any_view_above_half_the_rate_are_refused(spectrum):
    text = VIEW + (spectrum or "[spectrum]\n") + "fmax_hz = 8001"
    with pytest.raises(ConfigError, match=r"fmax_hz: got 8001.0, .*half of sample_rate_hz \(8000"):
        parse_config(text, where="text")


@pytest.mark.parametrize("key", CHANGED)
def test_any_change_changes_the_fingerprint(key):
    assert CHANGED[key].fingerprint != RICH.fingerprint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        (".".join(["a"] * 5000) + " = 1", "nested too deeply"),
        ("seed = " + "9" * 5000, "not valid TOML"),
        ("seed = 0x" + "f" * 5000, "more than 64 bits"),
        ("a = [{ b = -0x8000000000000001 }]", "not valid TOML"),
        ("[[views]]\nfeatures = [{ kind = 'gwrp', r = 18446744073709551616 }]", "64 bits"),
        ("a = '\0'", "not valid TOML"),
    ],
)
def test_text_that_no_settings_file_holds_is_one_line(text, problem):
    with pytest.raises(ConfigError, match=problem) as caught:
        parse_config(text, where="settings.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_settings_file_that_is_a_device_is_refused():
    with pytest.raises(ConfigError, match="/dev/zero: not a regular file"):
        load_config("/dev/zero")
