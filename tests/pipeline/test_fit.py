import csv
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.config import load_preset
from dcase_classic.errors import ConfigError, DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.model.rates import at_rate
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import predict
from dcase_classic.pipeline.settings import resolve_settings


@pytest.fixture
def own(tmp_path):
    """Recordings of one machine on four days, of a sibling, and of a day after."""
    rng = np.random.default_rng(0)
    for day in ("20240101", "20240102", "20240103", "20240104"):
        for index in range(6):
            write_wav(tmp_path / "own" / f"{day}_{index}.wav", machine_sound(rng, seconds=1.2))
    for index in range(6):
        sound = machine_sound(rng, seconds=1.2, is_target=True)
        write_wav(tmp_path / "unit B" / f"{index}.wav", sound)
    return tmp_path


def fit_own(run, own, *more):
    options = ("--name", "pump", "--models", own / "models", "--preset", "knn", *more)
    return run("fit", "--normal", own / "own", *options)


def entry_of(own):
    manifest = json.loads((own / "models" / "manifest.json").read_text("utf-8"))
    (entry,) = manifest["models"].values()
    return entry


@pytest.mark.uncounted
def test_days_in_names_are_sessions_and_the_threshold_is_for_new_ones(run, own):
    status, _, err = fit_own(run, own)
    assert status == 0
    assert "pump: holds for other days too, with a margin because 4 days are few; 10 do" in err
    entry = entry_of(own)
    assert entry["session_source"] == "days in names"
    assert entry["is_for_new_sessions"] is True
    assert entry["held_out"][0]["n_sessions"] == 4


@pytest.mark.uncounted
def test_the_column_of_a_list_tells_sessions_and_siblings(run, own):
    rows = [("path", "session", "sibling")]
    rows += [
        (f"own/{path.name}", "ab"[i % 2], "") for i, path in enumerate((own / "own").iterdir())
    ]
    rows += [(f"unit B/{index}.wav", "", "B") for index in range(6)]
    with (own / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    models = own / "models"
    status, _, err = run("fit", "--list", own / "list.csv", "--name", "pump", "--models", models)
    assert status == 0
    assert "told from B" in err
    assert "2 sessions can promise nothing about other sessions; it takes 10" in err
    assert entry_of(own)["siblings"] == ["B"]


@pytest.mark.uncounted
def test_a_folder_of_a_sibling_gives_the_machine_more_views_and_gets_no_model(run, own):
    fit_own(run, own, "--preset", "classic")
    alone = run("models", "show", own / "models")[1]
    siblings = ("--preset", "classic", "--sibling", own / "unit B")
    status, _, err = fit_own(run, own, "--force", *siblings)
    assert status == 0
    assert "told from unit B" in err
    with_siblings = run("models", "show", own / "models")[1]
    assert ("siblings" in with_siblings, "siblings" in alone) == (True, False)
    views = load_model(own / "models", "pump", "00").model.views
    assert len(views) == len(load_preset("classic").views)


def test_a_sibling_of_a_data_set_is_refused(run, own, data):
    status, _, err = run("fit", data, "--models", own / "m", "--sibling", own / "unit B")
    assert status == 2
    assert "--sibling needs --normal or --list" in err


def test_two_siblings_of_one_name_are_refused(run, own):
    shutil.copytree(own / "unit B", own / "more" / "unit B")
    status, _, err = fit_own(
        run, own, "--sibling", own / "unit B", "--sibling", own / "more" / "unit B"
    )
    assert status == 2
    assert "a sibling of this name is there already" in err


@pytest.mark.uncounted
def test_a_rate_is_asked_for_in_fit_and_later_without_fitting(run, own):
    assert fit_own(run, own, "--false-alarms", "0.2")[0] == 0
    assert entry_of(own)["config"]["calibration"]["false_alarms"] == 0.2
    rng = np.random.default_rng(5)
    models, new = own / "models", own / "new"
    clips = [write_wav(new / f"{i}.wav", machine_sound(rng, seconds=1.2)) for i in range(20)]

    def alarms(rate):
        return sum(row.decision for row in predict(clips, models, false_alarms=rate))

    assert alarms(0.9) > alarms(0.05)
    status, _, err = run("predict", own / "own", "--models", models, "--false-alarms", "0.05")
    assert status == 0
    assert (
        "24 recordings do not show 1 false alarm in 20: the threshold is an estimate with a margin"
        in err
    )


@pytest.mark.uncounted
@pytest.mark.parametrize("verb", ["fit", "predict"])
def test_a_rate_that_the_clips_cannot_tell_is_refused_in_words(run, own, verb):
    if verb == "fit":
        status, _, err = fit_own(run, own, "--false-alarms", "0.02")
    else:
        fit_own(run, own)
        models = own / "models"
        status, _, err = run("predict", own / "own", "--models", models, "--false-alarms", "0.02")
    assert status == 2
    assert "got a rate of 0.02 with 24 normal recordings" in err
    assert "it takes 49," in err


def test_score_takes_a_rate_too(run, data, fitted, tmp_path):
    counts = []
    for rate in ("0.09", "0.9"):
        out = tmp_path / rate
        status, text, _ = run(
            "score",
            data,
            "--models",
            fitted,
            "-o",
            out,
            "--machine",
            "pump",
            "--false-alarms",
            rate,
        )
        assert status == 0
        counts.append(int(text.split("\n")[1].split()[3]))
    assert counts[0] < counts[1]


@pytest.mark.uncounted
@pytest.mark.parametrize("verb", ["predict", "explain", "score"])
def test_what_a_rate_takes_is_said_of_models_that_are_used_alone(run, data, fitted, tmp_path, verb):
    given = [data, "-o", tmp_path] if verb == "score" else [next(data.rglob("fan/test/*.wav"))]
    wanted = ("--machine", "fan", "--false-alarms", "0.09")
    status, _, err = run(verb, *given, "--models", fitted, *wanted)
    assert status == 0
    assert "fan section 00: " in err
    assert "pump" not in err.replace(str(data), "")


def with_a_fault(own):
    rng = np.random.default_rng(1)
    sound = machine_sound(rng, seconds=1.2) + 0.3 * rng.normal(size=19200)
    write_wav(own / "own" / "20240102_9.wav", sound)


@pytest.mark.uncounted
def test_a_recording_that_does_not_fit_is_named_and_can_be_left_out(run, own):
    with_a_fault(own)
    _, _, err = fit_own(run, own)
    assert re.search(r" of 25 recordings do(es)? not fit the others: 20240102_9\.wav \(", err)
    first = entry_of(own)["misfits"][0]
    assert (first["name"], first["rank"], first["is_named"]) == ("20240102_9.wav", 1, True)
    assert first["excess"] > 1
    assert not first["is_dropped"]
    named = load_model(own / "models", "pump", "00").model
    _, _, err = fit_own(run, own, "--drop-misfits", "--force")
    assert "; left out" in err
    is_dropped = [misfit["is_dropped"] for misfit in entry_of(own)["misfits"]]
    assert is_dropped[0]
    dropped = load_model(own / "models", "pump", "00").model
    assert [len(model.held_out_scores) for model in (named, dropped)] == [25, 25 - sum(is_dropped)]


@pytest.mark.uncounted
def test_dropping_a_misfit_is_fitting_without_it(run, own):
    with_a_fault(own)
    fit_own(run, own, "--drop-misfits")
    dropped = load_model(own / "models", "pump", "00").model
    for misfit in entry_of(own)["misfits"]:
        if misfit["is_dropped"]:
            (own / "own" / misfit["name"]).unlink()
    fit_own(run, own, "--force")
    alone = load_model(own / "models", "pump", "00").model
    assert np.array_equal(dropped.held_out_scores, alone.held_out_scores)


@pytest.mark.uncounted
def test_misfits_of_equal_names_are_told_by_their_folders(run, own):
    with_a_fault(own)
    (own / "own" / "20240101_5.wav").rename(own / "own" / "20240101_9.wav")
    for path in sorted((own / "own").iterdir()):
        day, _, number = path.name.partition("_")
        (own / "own" / day).mkdir(exist_ok=True)
        path.rename(own / "own" / day / number)
    _, _, err = fit_own(run, own)
    assert "not fit the others: 20240102/9.wav (" in err


@pytest.mark.uncounted
def test_of_so_many_that_stand_off_that_none_is_a_misfit_the_first_are_named(run, own):
    rng = np.random.default_rng(7)
    for number in range(7):
        write_wav(own / "own" / f"20240102_x{number}.wav", 0.1 * rng.standard_normal(19_200))
    _, _, err = fit_own(run, own)
    told = r"\d of 31 recordings stand off: .*; listen to those that do most "
    assert re.search(rf"{told}\(20240102_x\d\.wav, 20240102_x\d\.wav, 20240102_x\d\.wav\)", err)


@pytest.mark.uncounted
def test_copies_of_a_recording_count_once(run, own):
    shutil.copy(own / "own" / "20240101_0.wav", own / "own" / "20240101_copy.wav")
    _, _, err = fit_own(run, own)
    note = "1 copy of another recording is left out: 20240101_copy.wav of 20240101_0.wav"
    assert note in err
    assert entry_of(own)["held_out"][0]["n_clips"] == 24


def test_copies_of_a_single_recording_train_nothing(run, own):
    for number in range(3):
        (own / "copies").mkdir(exist_ok=True)
        shutil.copy(own / "own" / "20240101_0.wav", own / "copies" / f"{number}.wav")
    learn = ("--normal", own / "copies", "--name", "p", "--models", own / "models")
    status, _, err = run("fit", *learn)
    assert status == 2
    assert "0.wav: all 3 recordings are alike by these settings, expected at least 2" in err


@pytest.mark.uncounted
def test_a_recording_in_two_codings_is_told(run, own):
    samples, rate_hz = soundfile.read(own / "own" / "20240101_0.wav")
    soundfile.write(own / "own" / "20240101_0.ogg", samples, rate_hz)
    _, _, err = fit_own(run, own)
    told = "of one name but for the ending: 20240101_0.ogg and 20240101_0.wav; a recording"
    assert f"pump: {told} that is there in two codings counts twice" in err
    assert entry_of(own)["held_out"][0]["n_clips"] == 25


@pytest.mark.uncounted
def test_copies_of_equal_names_are_told_by_their_folders(run, own):
    (own / "more").mkdir()
    shutil.copy(own / "own" / "20240101_0.wav", own / "more")
    _, _, err = fit_own(run, own, "--normal", own / "more")
    first, copy = (own / folder / "20240101_0.wav" for folder in ("own", "more"))
    assert f"1 copy of another recording is left out: {copy} of {first}" in err


def test_a_list_of_siblings_alone_trains_nothing(own, run):
    (own / "list.csv").write_text("path,sibling\nunit B/0.wav,B\n", "utf-8")
    status, _, err = run("fit", "--list", own / "list.csv", "--name", "p", "--models", own / "m")
    assert status == 2
    assert "no normal recording to train with" in err


def test_from_python_the_settings_say_what_happens_to_misfits(data, tmp_path):
    config = load_preset("knn")
    config = replace(config, misfits=replace(config.misfits, drop=True))
    (model, *_) = fit(data, tmp_path, config, machines=["pump"])
    assert all(not misfit.is_dropped or misfit.is_named for misfit in model.misfits)
    with pytest.raises(DataError, match="it takes 199,"):
        predict(data, tmp_path, machine_type="pump", false_alarms=0.005)


@pytest.mark.parametrize("config", [1.0, None, {"preset": "knn"}])
def test_what_are_no_settings_is_one_line(data, tmp_path, config):
    with pytest.raises(ConfigError, match=r"config: got \w+, expected settings; load_preset or"):
        fit(data, tmp_path / "models", config)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", ["limit", "percentile", "gamma"])
def test_a_rate_that_the_clips_cannot_tell_is_refused_by_every_threshold(data, tmp_path, kind):
    config = at_rate(resolve_settings("knn", changes=[f"threshold={kind}"]).config, 1e-5)
    with pytest.raises(DataError, match=r"got a rate of 1e-05 with .*; it takes 99999, or a high"):
        fit(data, tmp_path / "models", config, machines=["fan"])
