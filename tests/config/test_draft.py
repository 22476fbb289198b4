import json
from dataclasses import replace

import pytest

from dcase_classic.config import Config, draft_config, load_config, load_preset, parse_config
from dcase_classic.config.specs import Spec, to_plain
from dcase_classic.errors import ConfigError

VIEW = '[[views]]\nname = "a"\nfeatures = ["mfcc"]\ndetector = "knn"\n'


def changed(*changes, preset="classic"):
    return draft_config(preset, changes=changes).parse(Config)


def plain(*changes):
    return to_plain(changed(*changes))


def test_a_file_that_begins_with_a_preset_says_only_what_changes(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'preset = "classic"\nseed = 3\n[calibration]\nn_folds = 5\n'
        '[[views]]\nname = "mfcc_1s_density"\nlevel = "keep"\nspectrum = {n_mels = 64}\n'
    )
    expected = to_plain(load_preset("classic"))
    expected["seed"] = 3
    expected["calibration"]["n_folds"] = 5
    view = next(view for view in expected["views"] if view["name"] == "mfcc_1s_density")
    result = to_plain(load_config(path))
    changed_view = next(view for view in result["views"] if view["name"] == "mfcc_1s_density")
    assert changed_view.pop("spectrum")["n_mels"] == 64
    del view["spectrum"]
    view["level"] = "keep"
    assert result == expected


def test_the_spectrum_of_a_view_that_is_changed_begins_with_that_of_all():
    key = "views.mfcc_1s_density.spectrum.n_mels"
    config = changed("spectrum.hop_samples=256", f"{key}=64")
    (view,) = (view for view in config.views if view.name == "mfcc_1s_density")
    assert view.spectrum == replace(config.spectrum, n_mels=64)
    assert config.spectrum == replace(load_preset("classic").spectrum, hop_samples=256)


@pytest.mark.parametrize("change", ["audio.seed.x=1", "audio.views.x=1", "seed.x.y=1"])
def test_a_change_within_what_is_no_table_is_a_mistake(change):
    with pytest.raises(ConfigError, match=f"--set {change}"):
        changed("seed=3", change)


def test_a_view_of_a_new_name_is_added_and_other_lists_are_replaced():
    text = f'preset = "knn"\n{VIEW}[[views]]\nname = "mfcc_1s"\nfeatures = ["dynamics"]\n'
    config = parse_config(text, where="text")
    assert [view.name for view in config.views] == ["mfcc_1s", "a"]
    assert config.views[0].features == (Spec("dynamics"),)
    assert config.views[0].level == load_preset("knn").views[0].level


def test_views_without_names_of_their_own_replace_those_of_the_preset():
    with pytest.raises(ConfigError, match="a different name for each view"):
        parse_config(f'preset = "knn"\n{VIEW}{VIEW}', where="text")


def test_a_part_keeps_its_options_unless_its_kind_is_named():
    view = '[[views]]\nname = "mfcc_1s"\n'
    kept = parse_config(f'preset = "knn"\n{view}scaling = {{n_components = 8}}', where="text")
    assert kept.views[0].scaling == Spec("whiten", (("n_components", 8),))
    named = parse_config(f'preset = "knn"\n{view}detector = {{kind = "knn"}}', where="text")
    assert named.views[0].detector == Spec("knn")
    by_name = parse_config('preset = "knn"\nfusion = "max"', where="text")
    assert by_name.fusion == Spec("max")


def test_the_preset_of_the_command_line_goes_before_that_of_the_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('preset = "classic"\nseed = 3\n')
    config = draft_config("knn", path).parse(Config)
    assert config.seed == 3
    assert config.views == load_preset("knn").views
    path.write_text("seed = 4\n")
    assert draft_config("knn", path).parse(Config).views == load_preset("knn").views


def test_a_preset_that_there_is_not_is_answered_with_a_close_one():
    with pytest.raises(ConfigError, match="got 'clasic', expected .*; did you mean 'classic'"):
        parse_config('preset = "clasic"', where="text")
    with pytest.raises(ConfigError, match=r"preset: got \[\], expected one of"):
        parse_config("preset = []", where="text")


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("seed=7", ("seed",), 7),
        (" seed = 7 ", ("seed",), 7),
        ("audio.channel=mean", ("audio", "channel"), "mean"),
        ('audio.channel="mean"', ("audio", "channel"), "mean"),
        ("misfits.drop=true", ("misfits", "drop"), True),
        ("spectrum.fmax_hz=7000", ("spectrum", "fmax_hz"), 7000.0),
        ("training_s=none", ("training_s",), None),
        ("spectrum.highest_hz=inf", ("spectrum", "highest_hz"), "inf"),
        ("output.tail={section}", ("output", "tail"), "{section}"),
        ("fusion.floor=0.1", ("fusion", "floor"), 0.1),
        ("fusion=max", ("fusion",), {"kind": "max"}),
        ("threshold.kind=gamma", ("threshold",), {"kind": "gamma"}),
        ("views.mfcc_1s_density.level=keep", ("views", 2, "level"), "keep"),
        ("views.mfcc_1s_density.detector.n_neighbors=3", ("views", 2, "detector"), None),
        ("views.mfcc_1s_density.features.mfcc.n_mfcc=9", ("views", 2, "features", 0), None),
        ('views.mfcc_1s_density.features=["dynamics"]', ("views", 2, "features"), None),
        ("views.mfcc_1s_density.spectrum.n_mels=64", ("views", 2, "spectrum"), None),
    ],
)
def test_a_single_change_changes_this_and_nothing_else(change, path, value):
    before, after = to_plain(load_preset("classic")), plain(change)
    inner_before, inner = before, after
    for key in path[:-1]:
        inner_before, inner = inner_before[key], inner[key]
    if value is not None or path[-1] == "training_s":
        assert inner[path[-1]] == value
    else:
        assert inner[path[-1]] != inner_before[path[-1]]
    inner_before[path[-1]] = inner[path[-1]] = None
    assert before == after


def test_another_kind_leaves_the_options_of_the_old_one_behind():
    assert changed("fusion.kind=max").fusion == Spec("max")


def test_the_last_of_several_changes_counts():
    assert changed("seed=1", "seed=2").seed == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", "--set seed: expected KEY=VALUE, such as seed=1"),
        ("=1", "--set =1: expected KEY=VALUE"),
        ("a..b=1", "--set a..b=1: expected KEY=VALUE"),
        ("sede=1", "--set sede=1: unknown key 'sede', .*; did you mean 'seed'"),
        ("seed=1.5", "--set seed=1.5: seed: got 1.5, expected a whole number"),
        ("seed=2024-01-01", "--set seed=2024-01-01: seed: got .*, expected a whole number"),
        ("seed=1\nviews=2", r"seed: got '1\\nviews=2', expected a whole number"),
        (f"seed={10**30}", "more than 64 bits"),
        ("seed.x=1", "no 'x', there is nothing that has keys"),
        ("audio.chanel=1", "unknown key 'chanel', .*; did you mean 'channel'"),
        ("views.mfcc_1s_densty.level=keep", "no 'mfcc_1s_densty', there is .*; did you mean 'mfcc"),
        ("views.mfcc_1s_density.level=kep", r"views\[2\]: level: got 'kep', expected ignore or ke"),
        ("views.mfcc_1s_density.features.gwrp.r=1", "no 'gwrp', there is mfcc"),
        ("views=x", "views: got 'x', expected a list"),
        ("calibration=x", "calibration: got 'x', expected a table"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_with_its_text(change, message):
    with pytest.raises(ConfigError, match=message):
        changed(change)


def test_an_item_of_a_list_can_be_changed_as_a_whole():
    config = changed("views.mfcc_1s.features.mfcc=dynamics", preset="knn")
    assert config.views[0].features == (Spec("dynamics"),)


def test_all_mistakes_are_told_at_once_each_with_its_line_or_change(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'preset = "classic"\n'
        "sede = 1\n"
        "[spectrum]\n"
        "n_mels = 0\n"
        "n_fft = 8\n"
        "[[views]]\n"
        'name = "mfcc_1s_density"  # the third of the preset\n'
        "[[views]]\n"
        'name = "peak_density"\n'
        'level = "loud"\n'
        "weight = 0\n"
        "[views.spectrum]\n"
        "n_mels = '3'\n"
    )
    with pytest.raises(ConfigError) as error:
        draft_config(path=path, changes=["audio.channel=-1", "threshold=1"]).parse(Config)
    lines = str(error.value).splitlines()
    starts = {line.split(": ")[1]: line for line in lines if "--set" not in line}
    assert set(starts) == {"line 2", "line 4", "line 5", "line 10", "line 11", "line 13"}
    assert "unknown key 'sede'" in starts["line 2"]
    assert "n_fft: got 8, expected at least 16" in starts["line 5"]
    assert "level: got 'loud', expected ignore or keep" in starts["line 10"]
    assert "--set audio.channel=-1: audio: channel: got -1, expected 0 or more" in str(error.value)
    assert "--set threshold=1: threshold: got 1, expected a name" in str(error.value)


def test_what_follows_from_another_mistake_is_not_told():
    text = f"{VIEW}segment_share = 2.0\nsegment_hop_share = 0.5\n"
    with pytest.raises(ConfigError) as error:
        parse_config(text, where="text")
    assert str(error.value).startswith("text: line 5: views[0]: segment_share: got 2.0")
    assert len(str(error.value).splitlines()) == 1


def test_a_dotted_key_and_a_quoted_one_have_lines_too():
    with pytest.raises(ConfigError, match=r"text: line 1: audio: channel: got -2"):
        parse_config(f"audio.channel = -2\n{VIEW}", where="text")
    with pytest.raises(ConfigError, match=r"text: line 1: seed: got 'x'"):
        parse_config(f"\"seed\" = 'x'\n{VIEW}", where="text")


def test_a_file_with_any_number_of_mistakes_is_answered_shortly():
    text = VIEW + "".join(f"key_{number} = 1\n" for number in range(500))
    with pytest.raises(ConfigError) as error:
        parse_config(text, where="text")
    assert len(str(error.value).splitlines()) == 30


def test_settings_with_a_mistake_are_told_it_although_a_change_is_right(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"sede = 1\n{VIEW}")
    with pytest.raises(ConfigError, match="unknown key 'sede'"):
        draft_config(path=path, changes=["seed=2"]).parse(Config)


def test_no_change_leaves_a_preset_as_it_is():
    assert json.dumps(plain()) == json.dumps(to_plain(load_preset("classic")))


def test_a_part_that_stands_as_a_name_beside_a_mistake_can_be_changed(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"sede = 1\n{VIEW}")
    with pytest.raises(ConfigError, match="^[^\n]*unknown key 'sede'[^\n]*$"):
        draft_config(path=path, changes=["views.a.features.mfcc.n_mfcc=9"]).parse(Config)


def test_a_file_that_changes_single_settings_is_told_to_begin_with_a_preset(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("seed = 3\n")
    with pytest.raises(ConfigError, match='views. is missing; begin with preset = "classic" to'):
        draft_config(None, path).parse(Config)
