import json
import re
import shutil

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.io.manifest import read_manifest


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


def test_models_are_listed_shown_renamed_and_removed(run, models):
    status, out, _ = run("models", "list", models)
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["fan", "00"], ["pump", "00"]]
    out = run("models", "show", models, "pump")[1]
    assert "12 in" not in out.splitlines()[0]
    assert "for 10 % false alarms in every domain, for the same sessions" in out
    assert "target" in out
    assert "format              16000 Hz, 1 channel\nheard               up to 7600 Hz\n" in out
    status, out, err = run("models", "rename", models, "pump", "pump7")
    assert (status, out, err) == (0, "1 model of pump renamed to pump7\n", "")
    status, out, _ = run("models", "remove", models, "fan")
    assert (status, out) == (0, f"1 model of fan removed from {models}\n")
    assert list(read_manifest(models)) == [("pump7", "00")]
    status, _, err = run("models", "show", models, "pump8")
    assert (status, err.rstrip().endswith("did you mean 'pump7'?")) == (2, True)


@pytest.mark.uncounted
def test_it_is_shown_what_brings_the_scores_of_domains_to_one_scale(run, models, tmp_path):
    shown = json.loads(run("models", "show", models, "pump", "--json")[1])
    factors = shown["domain_factors"]
    assert list(factors) == ["source", "target"]
    assert min(factors.values()) == 1.0 < max(factors.values())
    (domain,) = (name for name, factor in factors.items() if factor > 1)
    told = f"scores              times {factors[domain]:.2f} in {domain}, so that one threshold"
    assert told in run("models", "show", models, "pump")[1]
    single = json.loads(run("models", "show", models, "fan", "--json")[1])
    assert single["domain_factors"] == {}
    rng = np.random.default_rng(3)
    for number in range(10):
        write_wav(tmp_path / "after" / f"{number}.wav", machine_sound(rng))
    assert run("recalibrate", tmp_path / "after", "--models", models, "--machine", "pump")[0] == 0
    after = json.loads(run("models", "show", models, "pump", "--json")[1])
    assert after["domain_factors"] == factors  # those of the fit, which is whose scale it is


def test_who_changes_a_signed_folder_is_told_to_sign_it(run, models):
    (models / "manifest.json.sig").write_text("a signature")
    err = run("models", "remove", models, "fan")[2]
    assert err == f"{models} was signed and has changed: sign it again\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--undo", "--false-alarms", "0.1"), "--undo takes neither RECORDINGS nor --false-alarms"),
        (("--machine", "pump"), "nothing to do; give new normal recordings, or a rate"),
    ],
)
def test_what_cannot_be_recalibrated_is_said_in_a_line(run, models, options, message):
    status, _, err = run("recalibrate", "--models", models, *options)
    assert (status, message in err) == (2, True)


@pytest.mark.uncounted
def test_adding_reads_no_settings_and_speaks_of_none(run, fitted, data, tmp_path, monkeypatch):
    models = shutil.copytree(fitted, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dcase-classic.toml").write_text("no settings")
    new = write_wav(tmp_path / "new.wav", machine_sound(np.random.default_rng(9)))
    status, _, err = run("fit", "--add", new, "--models", models, "--machine", "pump")
    assert status == 0, err
    assert "dcase-classic.toml" not in err
    status, _, err = run("fit", data, "--models", tmp_path / "others")
    assert (status, "dcase-classic.toml" in err) == (2, True)


@pytest.mark.parametrize("option", [("--verify-key", "k.pem"), ("--allow-part", "lof")])
def test_what_is_for_models_that_are_there_is_no_option_of_new_ones(run, data, tmp_path, option):
    status, _, err = run("fit", data, "--models", tmp_path / "models", *option)
    assert (status, f"only --add reads a model; else there is no {option[0]}" in err) == (2, True)


def test_the_page_of_a_recalibrated_model_shows_the_training_as_it_was(run, sounds, tmp_path):
    rng = np.random.default_rng(8)
    for number in range(12):
        write_wav(tmp_path / "after" / f"{number}.wav", machine_sound(rng))
    models = ("--models", tmp_path / "models")
    learn = ("fit", "--normal", sounds / "normal", "--name", "pump", *models, "--preset", "knn")
    assert run(*learn)[0] == 0
    pages = []
    for count in (12, 10):  # as many as there were, too
        page = tmp_path / f"{count}.html"
        for path in sorted((tmp_path / "after").iterdir())[count:]:
            path.unlink()
        status, _, err = run("report", *models, "-o", page, "--report-audio", "0")
        assert (status, err) == (0, f"the page is {page}\n")
        pages.append(re.findall(r'"score": ?[^,]+|[\w]+\.wav', page.read_text()))
        assert run("recalibrate", tmp_path / "after", *models)[0] == 0
    assert pages[0] == pages[1] != []
    assert "recalibrated on " not in (tmp_path / "12.html").read_text()
    since = r"recalibrated on \d{4}-\d\d-\d\d, the threshold is now [\d.]+; this is the model as"
    assert re.search(since, page.read_text())
    status, out, err = run(*learn)
    assert status == 0
    assert out.startswith("pump: recalibrated by 10 recordings; expect ")
    assert "pump: recalibrated since it was fitted, --force fits it again" in err


def test_recordings_that_cannot_be_read_after_a_service_are_named(run, models, tmp_path):
    (tmp_path / "bad.wav").write_text("no sound")
    given = ("--models", models, "--machine", "pump")
    status, _, err = run("recalibrate", tmp_path / "bad.wav", *given)
    assert (status, "bad.wav: cannot be decoded" in err) == (2, True)
    assert "got 0 recordings, expected 10 or more" in err


def test_adding_can_leave_out_what_does_not_fit_as_its_note_says(run, sounds, tmp_path):
    models = ("--models", tmp_path / "models")
    learn = ("fit", "--normal", sounds / "normal", "--name", "pump", *models, "--preset", "knn")
    worn = sounds / "today" / "worn.wav"
    assert run(*learn)[0] == 0
    assert "--drop-misfits leaves them out" in run("fit", "--add", worn, *models)[2]
    run("recalibrate", "--undo", *models)
    err = run("fit", "--add", worn, *models, "--drop-misfits")[2]
    assert "worn.wav" in err
    assert "; left out" in err
    shown = run("models", "show", tmp_path / "models")[1]
    told = re.search(r"recordings +(\d+) to learn from, (\d+) more left out", shown)
    n_learned, n_left_out = map(int, told.groups())
    assert (n_learned + n_left_out, n_left_out > 0) == (11, True)
    _, card = run("models", "list", tmp_path / "models")[1].splitlines()
    assert card.split()[5] == str(n_learned)
    (row,) = json.loads(run("models", "list", tmp_path / "models", "--json")[1])
    assert row["n_clips"] == n_learned == sum(alarms["n_clips"] for alarms in row["held_out"])
    rng = np.random.default_rng(3)
    for number in range(12):
        write_wav(tmp_path / "after" / f"{number}.wav", machine_sound(rng))
    assert run("recalibrate", tmp_path / "after", *models)[0] == 0
    (row,) = json.loads(run("models", "list", tmp_path / "models", "--json")[1])
    assert row["n_clips"] == n_learned


def raw_of(sounds, folder):
    """Recordings of a folder as samples without header, and what says so."""
    folder.mkdir()
    for path in sounds.rglob("*.wav"):
        (folder / f"{path.stem}.raw").write_bytes(soundfile.read(path, dtype="int16")[0].tobytes())
    return folder, "--raw", "16000:s16le:1"


@pytest.mark.uncounted
def test_samples_without_header_make_the_model_of_their_files_in_fit_and_after(
    run, sounds, tmp_path
):
    rng = np.random.default_rng(7)
    for name in ("more", "serviced"):
        for number in range(12):
            write_wav(tmp_path / name / f"{name}{number}.wav", machine_sound(rng))
    outs = []
    for kind in ("wav", "raw"):
        models = ("--models", tmp_path / f"models-{kind}", "--no-cache")
        for verb, source in (
            (("fit", "--name", "pump", "--preset", "knn", "--normal"), sounds / "normal" / "day 0"),
            (("fit", "--add"), tmp_path / "more"),
            (("recalibrate",), tmp_path / "serviced"),
        ):
            raw = tmp_path / f"raw-{source.name}"
            given = (source,) if kind == "wav" else raw_of(source, raw)
            status, out, err = run(*verb, *given, *models)
            assert status == 0, err
            outs.append(out.replace("1 day", "").split(";")[-1])
    assert outs[:3] == outs[3:]
    entries = [read_manifest(tmp_path / f"models-{kind}").values() for kind in ("wav", "raw")]
    (by_files,), (by_samples,) = entries
    assert by_files.threshold == by_samples.threshold


def test_a_data_set_has_headers(run, data, tmp_path):
    line = ("fit", data, "--models", tmp_path / "models", "--raw", "16000:s16le:1")
    status, _, err = run(*line)
    assert (status, "DATA holds files with headers, it takes no --raw" in err) == (2, True)


@pytest.mark.parametrize("option", [("--preset", "knn"), ("--force",), ("--set", "seed=1")])
def test_adding_takes_no_settings(run, models, data, option):
    status, _, err = run("fit", "--add", data, "--models", models, *option)
    assert (status, f"it takes no {option[0]}" in err) == (2, True)


def test_models_whose_list_of_clips_was_altered_are_not_whole(run, models):
    assert run("models", "verify", models)[0] == 0
    path = next(models.glob("*.clips.json"))
    path.write_text(path.read_text() + " ")
    status, out, err = run("models", "verify", models)
    assert (status, out) == (2, "")
    assert f"{path}: its content is not what the manifest says (SHA-256)" in err


def days(folder, *names):
    """Three recordings of each day, by the day in their names."""
    rng = np.random.default_rng(list(folder.name.encode()))
    for name in names:
        for number in range(3):
            write_wav(folder / f"{name}_{number}.wav", machine_sound(rng))
    return folder


def test_days_in_names_tell_the_sessions_of_added_recordings_also_after_a_service(run, tmp_path):
    old = days(tmp_path / "old", "20240101", "20240102", "20240103", "20240104")
    new, odd = days(tmp_path / "new", "20240105"), days(tmp_path / "odd", "x")
    models = ("--models", tmp_path / "models")
    assert run("fit", "--normal", old, "--name", "p", *models, "--preset", "knn")[0] == 0
    serviced = days(tmp_path / "serviced", "a", "b", "c", "d")
    assert run("recalibrate", serviced, *models)[0] == 0
    status, out, err = run("fit", "--add", new, *models)
    assert (status, "learned from 15 recordings of 5 days" in out) == (0, True)
    assert "recalibrated before: threshold and scales are those of all recordings again" in err
    status, out, err = run("fit", "--add", odd, *models)
    assert (status, "learned from 18 recordings of 6 days" in out) == (0, True)
    assert "(days in names) says nothing of the new recordings: those of a folder count as" in err


def test_days_in_names_tell_the_sessions_of_a_service_where_they_told_those_of_training(
    run, tmp_path
):
    old = days(tmp_path / "old", "20240101", "20240102", "20240103")
    models = ("--models", tmp_path / "models")
    assert run("fit", "--normal", old, "--name", "p", *models, "--preset", "knn")[0] == 0
    first = days(tmp_path / "after" / "first", "20240201", "20240202")
    days(tmp_path / "after" / "second", "20240203", "20240204")
    status, out, err = run("recalibrate", first.parent, *models)
    assert (status, "by 12 recordings of 4 days; expect" in out) == (0, True)
    assert "p: holds for other days too, with a margin because 4 days are few; 10 do" in err
    assert "holds for" not in run("recalibrate", "--undo", *models)[2]


def test_a_column_session_with_empty_cells_is_told_and_not_used(run, tmp_path):
    folder = days(tmp_path / "a", "x", "y")
    rows = [f"{path},{path.stem[0]}" for path in sorted(folder.iterdir())]
    (tmp_path / "list.csv").write_text("\n".join(["path,session", *rows, f"{folder}/x_0.wav,x"]))
    learn = ("fit", "--list", tmp_path / "list.csv", "--name", "p", "--preset", "knn")
    assert "the column session" not in run(*learn, "--models", tmp_path / "whole")[2]
    rows[1] = rows[1][:-1]
    (tmp_path / "list.csv").write_text("\n".join(["path,session", *rows]))
    status, _, err = run(*learn, "--models", tmp_path / "models")
    assert status == 0
    told = f"the column session is empty for 1 of 6 recordings and not used: {folder}/x_1.wav"
    assert told in err


@pytest.mark.uncounted
def test_what_cannot_be_added_is_said_in_a_line(run, sounds, tmp_path):
    models = ("--models", tmp_path / "models")
    shutil.copytree(sounds / "normal", tmp_path / "normal")
    sibling = days(tmp_path / "pump8", "x", "y")
    learn = ("fit", "--normal", tmp_path / "normal", "--sibling", sibling, "--name", "p", *models)
    assert run(*learn)[0] == 0
    status, _, err = run("fit", "--add", sibling, *models)
    assert status == 2
    assert "x_0.wav: is a recording of pump8, which the model is told from; give" in err
    faulty = write_wav(
        tmp_path / "new" / "section_00_source_test_anomaly_0000.wav",
        machine_sound(np.random.default_rng(5)),
    )
    status, _, err = run("fit", "--add", faulty, *models)
    assert (status, "said to be an anomaly; training takes normal clips only" in err) == (2, True)
    shutil.rmtree(tmp_path / "normal")
    status, _, err = run("fit", "--add", days(tmp_path / "more", "x"), *models)
    assert status == 2
    assert "none of the 10 recordings is there that it was fitted on; bring them back, or" in err


@pytest.mark.uncounted
def test_official_names_tell_the_domain_of_added_recordings_where_they_did_before(
    run, models, tmp_path
):
    new = tmp_path / "section_00_target_train_normal_0099_speed_9.wav"
    write_wav(new, machine_sound(np.random.default_rng(6), is_target=True))
    status, out, _ = run("fit", "--add", new, "--models", models, "--machine", "pump", "--json")
    assert status == 0
    assert [row["domain"] for row in json.loads(out)[0]["held_out"]] == ["source", "target"]
