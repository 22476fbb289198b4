import json
from dataclasses import replace

import numpy as np
import pytest

from dcase_classic.config import load_preset
from dcase_classic.config.sound import AudioConfig
from dcase_classic.config.specs import Spec, to_plain
from dcase_classic.errors import ConfigError
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.settings import resolve_settings, setting_keys, settings_of

VIEW = '[[views]]\nname = "a"\nfeatures = ["mfcc"]\ndetector = "knn"\n'


def test_an_option_that_only_another_kind_has_chooses_it_and_says_so(tmp_path):
    resolved = resolve_settings(changes=["threshold.percentile=99"])
    assert resolved.config.threshold == Spec("percentile", (("percentile", 99),))
    assert resolved.notes == (
        "threshold: percentile takes the place of limit, which has no option percentile",
    )
    path = tmp_path / "mine.toml"
    path.write_text('preset = "classic"\n[threshold]\nquantile = 0.99\n')
    assert resolve_settings(path=path).config.threshold == Spec("gamma", (("quantile", 0.99),))


def test_the_options_of_the_kind_that_was_there_are_left_behind(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"threshold = {{kind = 'percentile', percentile = 80}}\n{VIEW}")
    resolved = resolve_settings(path=path, changes=["threshold.quantile=0.9"])
    assert resolved.config.threshold == Spec("gamma", (("quantile", 0.9),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("views.mfcc_1s.detector.n_components=3", "gmm"),
        ("views.mfcc_1s.detector.n_neighbors=3", "knn"),
        ("views.mfcc_1s.detector.mode=ratio", "ldn"),
    ],
)
def test_an_option_of_a_detector_chooses_the_only_detector_that_has_it(change, message):
    assert resolve_settings("knn", changes=[change]).config.views[0].detector.kind == message


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("threshold.percentle=99", "threshold: limit has no option 'percentle'"),
        ("treshold.percentile=99", "unknown key 'treshold', expected one of views"),
        ("views.mfcc_1s.detector.neighbours=2", "views.0.: detector: knn has no option"),
    ],
)
def test_a_wrong_option_is_told_with_the_change_that_names_it(change, problem):
    with pytest.raises(ConfigError, match=f"^--set {change}: {problem}"):
        resolve_settings("knn", changes=[change, "seed=1"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"seed": True}, "config: seed: got True, expected a whole number"),
        (
            {"audio": AudioConfig(sample_rate_hz=16000.0)},
            "config: audio: sample_rate_hz: got 16000.0, expected a whole number",
        ),
        ({"seed": np.zeros(2)}, "config: seed: got [0.0, 0.0], expected a whole number"),
        ({"fusion": 3}, "config: fusion: got 3, expected a name or a table with the key 'kind'"),
        ({"audio": None}, "config: audio: got None, expected a table of keys and values"),
        ({"training_s": np.float64("1e9"), "seed": "0"}, "config: seed: got '0', expected a whole"),
    ],
)
def test_a_value_of_another_type_is_refused_before_anything_is_done(tmp_path, change, problem):
    config = load_preset("knn")
    for name, value in change.items():
        object.__setattr__(config, name, value)
    for use in (lambda: settings_of(None, config), lambda: fit(tmp_path, tmp_path / "m", config)):
        with pytest.raises(ConfigError) as error:
            use()
        assert str(error.value).startswith(problem)


def test_numbers_of_numpy_and_texts_for_parts_are_what_they_say():
    plain = load_preset("knn")
    (view,) = plain.views
    options = {"n_neighbors": np.int64(3), "weights": "x"}
    view = replace(view, n_rows=np.int32(500), weight=np.float64(2), pooling="mean")
    config = replace(plain, views=[view], threshold=Spec("knn", options), seed=np.array(7))
    checked = settings_of(None, config.at_length(np.float32(1.5)))
    assert checked.training_s == 1.5
    right = replace(plain.views[0], n_rows=500, weight=2.0, pooling=Spec("mean"))
    expected = Spec("knn", (("n_neighbors", 3), ("weights", "x")))
    assert checked == replace(plain, views=(right,), threshold=expected, seed=7, training_s=1.5)
    assert json.loads(json.dumps(to_plain(checked))) == to_plain(checked)


def test_an_option_that_several_kinds_have_chooses_none(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(VIEW.replace('"knn"', '"centre"'))
    with pytest.raises(
        ConfigError, match="centre has no option 'n_neighbors', expected no option; knn and ldn"
    ):
        resolve_settings(path=path, changes=["views.a.detector.n_neighbors=3"])


def test_a_kind_that_was_named_with_an_option_it_has_not_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'preset = "knn"\nthreshold = {{kind = "limit", percentile = 99}}\n{VIEW}')
    with pytest.raises(ConfigError) as error:
        resolve_settings(path=path)
    assert str(error.value) == (
        f"{path}: line 2: threshold: limit has no option 'percentile', expected no option; "
        "percentile has it"
    )


def test_mistakes_in_keys_and_in_parts_are_told_together(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'sede = 1\nfusion = "maxx"\n[spectrum]\nengine = "fast"\n' + VIEW + 'scaling = "whitn"\n'
        '[[views]]\nname = "b"\nfeatures = ["mfc", {kind = "mfcc", n_mfcc = 0}]\ndetector = 3\n'
        'pooling = {kind = "top_k", k = 0}\n'
    )
    with pytest.raises(ConfigError) as error:
        resolve_settings(path=path)
    rest = str(error.value).replace(f"{path}: ", "")
    for line in (
        "line 1: unknown key 'sede', ",
        "line 2: fusion: got 'maxx', expected one of gate, max, mean; did you mean 'max'?",
        "line 9: views[0]: scaling: got 'whitn', ",
        "line 12: views[1]: features[0]: got 'mfc', ",
        "line 12: views[1]: features[1]: n_mfcc: got 0, expected at least 1",
        "line 13: views[1]: detector: got 3, expected a name or a table",
        "line 14: views[1]: pooling: k: got 0, expected at least 1",
    ):
        assert line in rest
    assert len(rest.splitlines()) == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("views = 3", "views: got 3, expected a list"),
        ("views = [3]", r"views\[0\]: got 3, expected a table"),
        ("spectrum = 3", "spectrum: got 3"),
        (f"[spectrum]\nengine = 3\n{VIEW}", "engine: got 3, expected a text"),
        (f"[spectrum]\nengine = 'slow'\n{VIEW}", "engine: got 'slow', expected fast or librosa"),
        ("[[views]]\nname = 'a'\nfeatures = 3\ndetector = 'knn'", "features: got 3, expected a l"),
    ],
)
def test_tables_of_any_kind_are_looked_at(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        resolve_settings(path=path)


def test_parts_that_do_not_go_together_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'fusion = "gate"\n{VIEW}')
    with pytest.raises(ConfigError, match="fusion: gate: got groups all"):
        resolve_settings(path=path)


def test_every_key_that_is_offered_can_be_changed():
    keys = list(setting_keys("classic"))
    assert {"seed", "audio.channel", "fusion.floor", "views.gwrp.level"} & set(keys)
    assert len(keys) == len(set(keys)) > 100
    assert list(setting_keys()) == keys


def test_the_default_is_the_default_preset():
    assert resolve_settings().config == load_preset("default")
