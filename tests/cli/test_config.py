import pytest
from conftest import ROOT

from dcase_classic.config import load_preset, parse_config
from dcase_classic.config.specs import Spec
from dcase_classic.io.manifest import read_manifest

MINE = 'preset = "knn"\nseed = 3\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to be in, without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_what_is_shown_reads_back_as_the_same_settings(run):
    status, out, err = run("config", "show")
    assert (status, err) == (0, "")
    assert parse_config(out, where="shown") == load_preset("default")


def test_a_file_a_preset_and_changes_are_shown_together(run, here):
    (here / "mine.toml").write_text("seed = 3\n[calibration]\nn_folds = 4\n")
    status, out, err = run(
        *("config", "show", "mine.toml", "--preset", "knn"),
        *("--set", "threshold.percentile=99", "--set", "views.mfcc_1s.level=keep", "-o", "o.toml"),
    )
    assert (status, (here / "o.toml").read_text()) == (0, out)
    assert err == "threshold: percentile takes the place of limit, which has no option percentile\n"
    config = parse_config(out, where="shown")
    assert (config.seed, config.calibration.n_folds) == (3, 4)
    assert config.threshold == Spec("percentile", (("percentile", 99),))
    assert [(view.name, view.level) for view in config.views] == [("mfcc_1s", "keep")]


def test_settings_in_the_folder_are_used_and_this_is_said(run, here, data):
    (here / "dcase-classic.toml").write_text(MINE)
    said = "settings of ./dcase-classic.toml, which is in this folder\n"
    status, out, err = run("config", "show")
    assert (status, err) == (0, said)
    assert parse_config(out, where="shown").seed == 3
    (here / "other.toml").write_text(MINE.replace("3", "4"))
    assert run("config", "check", "other.toml")[2] == ""
    status, _, err = run("fit", data, "--models", "models", "--machine", "fan", "--preset", "gmm")
    assert (status, err.startswith(said)) == (0, True)
    (entry,) = read_manifest(here / "models").values()
    assert (entry.config.seed, entry.config.views[0].detector.kind) == (3, "gmm")


def test_settings_without_mistakes_are_said_to_be_so(run, here):
    (here / "mine.toml").write_text(MINE)
    status, out, _ = run("config", "check", "mine.toml")
    assert (status, out) == (0, "nothing is wrong with these settings of 1 view\n")


def test_all_mistakes_in_settings_are_told_with_their_lines(run, here):
    (here / "mine.toml").write_text(f'{MINE}sede = 1\nfusion = "maxx"\n')
    status, out, err = run("config", "check", "mine.toml", "--set", "audio.channel=-1")
    assert (status, out) == (2, "")
    assert err.replace("dcase-classic: ", "", 1) == (
        "--set audio.channel=-1: audio: channel: got -1, expected 0 or more, or mean, far, "
        "difference\n"
        "mine.toml: line 3: unknown key 'sede', expected one of views, training_s, seed, audio, "
        "spectrum, calibration, misfits, level, windows, fusion, threshold, output; did you "
        "mean 'seed'?\n"
        "mine.toml: line 4: fusion: got 'maxx', expected one of gate, max, mean; did you mean "
        "'max'?\n"
    )


@pytest.mark.usefixtures("here")
def test_the_reference_of_settings_is_the_page_in_docs(run):
    status, out, _ = run("config", "docs")
    assert (status, out) == (0, (ROOT / "docs" / "settings.md").read_text("utf-8"))


def test_fit_takes_changes_and_settings_beside_a_preset(run, here, data):
    (here / "mine.toml").write_text("seed = 3\n")
    status, _, err = run(
        *("fit", data, "--models", "models", "--machine", "fan", "--preset", "knn"),
        *("--config", "mine.toml", "--set", "threshold.percentile=75"),
    )
    assert status == 0, err
    (entry,) = read_manifest(here / "models").values()
    assert (entry.config.seed, entry.config.threshold.kind) == (3, "percentile")


def test_a_preset_that_is_not_there_is_told_with_its_line(run, here):
    (here / "mine.toml").write_text('seed = 1\npreset = "knm"\n')
    status, _, err = run("config", "check", "mine.toml")
    assert (status, err.startswith("dcase-classic: mine.toml: line 2: preset: got 'knm'")) == (
        2,
        True,
    )


def test_a_wrong_option_of_a_part_is_told_with_what_gave_it(run, here):
    text = '[threshold]\nkind = "percentile"\npercentile = {}\n'
    (here / "mine.toml").write_text(f"{MINE}{text.format(900)}")
    told = "threshold: percentile: got {}, expected a number from 0 to 100"
    err = run("config", "check", "mine.toml")[2]
    assert f"mine.toml: line 5: {told.format(900.0)}" in err
    (here / "mine.toml").write_text(f"{MINE}{text.format(90)}")
    err = run("config", "check", "mine.toml", "--set", "threshold.percentile=-1")[2]
    assert f": --set threshold.percentile=-1: {told.format(-1.0)}" in err
