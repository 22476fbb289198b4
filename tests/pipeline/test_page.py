import errno
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
import writing
from conftest import machine_sound, write_wav
from pages import data_of

from dcase_classic.config import load_preset
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.pipeline.explain import explain
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.page import PageSettings, day_of, recordings_page
from dcase_classic.pipeline.page_models import models_page
from dcase_classic.pipeline.predict import Inquiry, predict_clips
from dcase_classic.report.page.sounds import SoundCoding


@pytest.fixture
def recordings(tmp_path):
    """Three of the machine pump: one whistles, one is long, one is silent."""
    rng = np.random.default_rng(7)
    folder = tmp_path / "pump"
    write_wav(folder / "2026-03-04 whistles.wav", machine_sound(rng, is_anomaly=True))
    write_wav(folder / "long.wav", machine_sound(rng, seconds=4.6))
    write_wav(folder / "silent.wav", np.zeros(16000))
    return folder


def test_predict_writes_a_page_of_what_it_says(run, recordings, fitted, tmp_path):
    page = tmp_path / "page.html"
    status, out, _ = run("predict", "--models", fitted, recordings, "--report", page)
    assert status == 3
    assert "whistles.wav" in out
    rows = {row["name"]: row for row in data_of(page)["recordings"]}
    whistles = rows["2026-03-04 whistles.wav"]
    assert whistles["date"] == "2026-03-04"
    assert whistles["decision"] == 1
    assert "between 2.9 and 3.1 kHz" in whistles["why"][0]["text"]
    assert whistles["picture"]["src"].startswith("data:image/png;base64,")
    assert whistles["audio"]["length"] == pytest.approx(2.2)
    assert whistles["nearest"]["audio"] is not None
    assert len(rows["long.wav"]["windows"]) > 5
    assert rows["long.wav"]["audio"]["length"] == pytest.approx(4.6, abs=0.01)
    assert rows["silent.wav"]["decision"] is None
    assert "pump" in data_of(page)["models"][0]["title"]


@pytest.mark.uncounted
def test_a_stream_has_its_given_name_and_no_date(run, recordings, fitted, tmp_path, monkeypatch):
    page, sound = tmp_path / "page.html", recordings / "2026-03-04 whistles.wav"
    content = SimpleNamespace(buffer=io.BytesIO(sound.read_bytes()))
    monkeypatch.setattr("sys.stdin", content)
    run("predict", "--models", fitted, "--machine", "pump", "-", "--report", page)
    (row,) = data_of(page)["recordings"]
    assert (row["name"], row["path"], row["date"]) == ("-", "-", None)
    assert row["audio"] is not None


def test_the_card_of_a_model_says_where_another_rate_was_asked_for(recordings, fitted):
    clips = find_own_clips(recordings)
    cards = []
    for rate in (None, 0.3):
        inquiry = Inquiry(clips=clips, models=fitted, false_alarms=rate)
        page = recordings_page(inquiry, predict_clips(inquiry), PageSettings(n_pictures=0))
        cards.append(dict(page.models[0]["card"]))
    usual, asked = cards
    assert ", for 10 % false alarms" in usual["threshold (severity 100)"]
    assert asked["asked for here"].startswith("30 % of normal recordings")
    assert asked["threshold as fitted"] == usual["threshold (severity 100)"]


def test_only_the_worst_recordings_are_heard_and_seen(recordings, fitted):
    clips = find_own_clips(recordings)
    inquiry = Inquiry(clips=clips, models=fitted)
    settings = PageSettings(n_audio=0, n_pictures=1)
    page = recordings_page(inquiry, predict_clips(inquiry), settings)
    assert [row["picture"] is not None for row in page.recordings] == [True, False, False]
    assert all(row["audio"] is None for row in page.recordings)


@pytest.mark.uncounted
def test_a_file_that_is_gone_or_a_nearest_normal_that_is_no_sound_leaves_a_row(recordings, fitted):
    clips = find_own_clips(recordings)
    inquiry = Inquiry(clips=clips, models=fitted)
    rows = predict_clips(inquiry)
    clips[0].path.unlink()
    page = recordings_page(inquiry, rows)
    gone = next(row for row in page.recordings if row["name"] == clips[0].path.name)
    assert gone["picture"] is None
    assert gone["severity"] is not None


@pytest.mark.uncounted
def test_what_may_not_be_read_leaves_the_row_of_a_recording(recordings, fitted, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    inquiry = Inquiry(clips=find_own_clips(recordings), models=fitted)
    rows = explain(inquiry)
    for reads, n_heard in (("recording_of", 1), ("read_recording", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(f"dcase_classic.pipeline.page.{reads}", refuse)
            page = recordings_page(inquiry, rows, PageSettings(sound=SoundCoding.WAV))
        assert len(page.recordings) == 3
        assert sum(row["audio"] is not None for row in page.recordings) == n_heard
        nearest = [row["nearest"] for row in page.recordings if row["nearest"] is not None]
        assert any(normal["audio"] is None for normal in nearest)


def test_the_day_of_a_recording_is_that_of_its_name_or_of_its_file(tmp_path):
    named, plain = (write_wav(tmp_path / name, np.ones(9)) for name in ("x_20250709.wav", "x.wav"))
    clips = {clip.path: clip for clip in find_own_clips([named, plain])}
    assert day_of(clips[named]).date == "2025-07-09"
    assert day_of(clips[plain]).source == "its file"
    plain.unlink()
    assert day_of(clips[plain]) is None


def test_score_adds_metrics_calibration_and_the_threshold_of_the_run_where_names_tell_the_truth(
    run, own_data, fitted, tmp_path
):
    for path in own_data.glob("*/test/*_000[12]_*"):
        path.unlink()
    page, results = tmp_path / "page.html", tmp_path / "results"
    status, _, err = run(
        *("score", own_data, "--models", fitted, "-o", results, "--p-values", "--report", page),
        *("--report-audio", 0, "--false-alarms", "0.3"),
    )
    assert status == 0, err
    content = data_of(page)
    assert len(content["recordings"]) == 6
    (system,) = content["challenge"]["systems"]
    assert len(system["sections"]) == 2
    assert all(section["p_values"] for section in system["sections"])
    told = {(part["machine"], part["section"]): part["threshold"] for part in system["sections"]}
    known = json.loads((results / "run.json").read_text())["sections"]
    assert told == {(part["machine_type"], part["section"]): part["threshold"] for part in known}
    lists = []
    for folder in sorted(results.glob("*/")):
        names = sorted(path.name for path in (own_data / folder.name / "test").iterdir())
        hidden = [f"section_00_{number:04d}.wav" for number in range(len(names))]
        lists += [folder.name, *(f"{a},{b}" for a, b in zip(reversed(hidden), names, strict=True))]
    truth = writing.write_lines(tmp_path / "eval_data_list_2023.csv", lists)
    run("report", results, "--truth", truth, "-o", page)
    (hidden_system,) = data_of(page)["challenge"]["systems"]
    for own, joined in zip(system["sections"], hidden_system["sections"], strict=True):
        pairs = [{*zip(part["scores"], part["p_values"], strict=True)} for part in (own, joined)]
        assert pairs[0] == pairs[1]
    lost = results / "pump" / "p_values_pump_section_00.csv"
    lost.write_text("name\n")
    _, _, err = run("report", results, "-o", page)
    assert f"warning: {lost}: holds no p-values of these scores" in err


def test_the_page_of_score_says_why_results_with_labels_have_no_metrics(
    run, own_data, fitted, tmp_path
):
    page, folder = tmp_path / "page.html", own_data / "pump" / "test"
    first, *others = sorted(folder.glob("*"))
    for path in others:
        path.unlink()
    options = ("--machine", "pump", "--models", fitted, "-o", tmp_path / "r", "--report", page)
    first.rename(folder / "section_00_0001.wav")
    status, _, err = run("score", own_data, *options)
    assert (status, data_of(page)["challenge"]) == (0, None), err
    write_wav(folder / first.name, machine_sound(np.random.default_rng(1)))
    status, _, err = run("score", own_data, *options)
    (warning,) = data_of(page)["challenge"]["warnings"]
    assert warning.startswith("no metrics: ")
    assert "1 unknown row: section_00_0001.wav" in warning
    assert (status, f"warning: {warning}" in err) == (0, True)


@pytest.mark.uncounted
def test_the_page_of_score_shows_what_score_has_said(run, own_data, fitted, tmp_path):
    page, silent = tmp_path / "page.html", "section_00_source_test_normal_0099.wav"
    for path in (own_data / "pump" / "test").glob("*_target_*"):
        path.unlink()
    write_wav(own_data / "pump" / "test" / silent, np.zeros(16000))
    options = ("--models", fitted, "--report", page, "-o", tmp_path / "results", "--json")
    options = (*options, "--report-sound", "wav")
    status, out, err = run("score", own_data, "--machine", "pump", *options)
    assert status == 3, err
    shown = {row["name"]: row for row in data_of(page)["recordings"]}
    assert shown[silent]["decision"] is None
    said = {row["name"]: row["severity"] for row in json.loads(out)}
    assert {name: row["severity"] for name, row in shown.items()} == pytest.approx(said, abs=0.1)


@pytest.mark.uncounted
def test_evaluate_and_report_show_systems_beside_each_other(run, data, fitted, tmp_path):
    results = tmp_path / "results"
    run("score", data, "--models", fitted, "-o", results / "a")
    run("score", data, "--models", fitted, "-o", results / "b")
    page = tmp_path / "page.html"
    status, _, _ = run("evaluate", results / "a", "--report", page)
    assert status == 0
    assert data_of(page)["challenge"]["systems"][0]["name"] == "a"
    status, _, err = run("report", results / "a", results / "b", "-o", page)
    assert status == 0, err
    assert str(page) in err
    content = data_of(page)
    assert [system["name"] for system in content["challenge"]["systems"]] == ["a", "b"]
    assert any("not compared" in line for line in content["challenge"]["warnings"])
    (pair,) = content["challenge"]["pairs"]
    assert (pair["first"], pair["second"], pair["difference"]) == ("a", "b", "+0.00")
    told = "the difference of a and b has no interval: the runs do not share all clips"
    assert told not in content["challenge"]["warnings"]
    for path in results.glob("b/*/*.csv"):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    run("report", results / "a", results / "b", "-o", page)
    assert told in data_of(page)["challenge"]["warnings"]
    status, _, _ = run("report", results / "a", results / "a", "-o", page)
    assert len(data_of(page)["challenge"]["systems"]) == 1


def test_systems_of_one_name_are_told_by_their_paths(run, tmp_path):
    folders, page = [tmp_path / name / "results" for name in "ab"], tmp_path / "page.html"
    truth = writing.write_ground_truth(tmp_path / "truth", ["fan", "pump"])
    for folder in folders:
        writing.write_results(folder)
    _, _, err = run("report", *folders, "--truth", truth, "-o", page)
    names = [f"{folder}: results" for folder in folders]
    content = data_of(page)["challenge"]
    assert [system["name"] for system in content["systems"]] == names
    assert [(pair["first"], pair["second"]) for pair in content["pairs"]] == [(*names,)]
    for name in names:
        assert f"warning: {name}: no results, not evaluated: pump 03" in err


def test_a_system_that_cannot_be_evaluated_is_told_and_takes_nothing_from_others(run, tmp_path):
    truth, page = (
        writing.write_ground_truth(tmp_path / "truth", ["Scanner"], ["00"]),
        tmp_path / "p.html",
    )
    names = writing.hidden_names("00")
    for name, own in (("a", names), ("b", names[1:]), ("c", names)):
        writing.write_results(tmp_path / name, own, machine_type="Scanner", section="00")
    folders = [tmp_path / name for name in "abc"]
    status, _, err = run("report", *folders, "--truth", truth, "-o", page)
    assert (status, err.count("warning: not evaluated: b: ")) == (3, 1)
    content = data_of(page)["challenge"]
    assert [system["name"] for system in content["systems"]] == ["a", "c"]
    assert content["published"]
    assert sum("1 missing row" in warning for warning in content["warnings"]) == 1
    assert run("compare", *folders, "--truth", truth)[0] == 2
    assert run("report", *folders[::2], "--truth", truth, "-o", page)[0] == 0


@pytest.mark.uncounted
def test_systems_of_other_rules_have_no_difference_and_are_told(run, data, fitted, tmp_path):
    results, page = tmp_path / "results", tmp_path / "page.html"
    run("score", data, "--models", fitted, "-o", results / "a")
    run("score", data, "--models", fitted, "-o", results / "b", "--year", "2021")
    assert run("report", results / "a", results / "b", "-o", page)[0] == 0
    content = data_of(page)["challenge"]
    assert content["pairs"] == []
    rules = "they are evaluated by 'per domain' and 'shared anomalies'; --year"
    assert f"systems do not compare: {rules}" in content["warnings"]


def test_the_page_of_models_plays_what_they_were_fitted_on(run, fitted, tmp_path):
    page = tmp_path / "page.html"
    status, _, err = run("report", "--models", fitted, "-o", page, "--report-audio", "1")
    assert status == 0, err
    rows = data_of(page)["recordings"]
    assert any("most typical of" in row["flags"] for row in rows)
    assert any("times the limit" in row["flags"] for row in rows)
    assert sum(row["audio"] is not None for row in rows) == 1


@pytest.mark.uncounted
def test_a_misfit_that_is_the_most_typical_of_its_session_is_told_as_both(tmp_path):
    rng = np.random.default_rng(3)
    for number in range(8):
        write_wav(tmp_path / "clips" / "day1" / f"{number}.wav", machine_sound(rng))
    for number in range(2):
        write_wav(tmp_path / "clips" / "day2" / f"odd{number}.wav", rng.normal(size=16000) * 0.1)
    clips = normal_clips(find_own_clips(tmp_path / "clips"), "pump")
    fit(clips, tmp_path / "models", load_preset("knn"))
    rows = models_page(tmp_path / "models", PageSettings(n_audio=0)).recordings
    said = [row["flags"] for row in rows if "typical" in row["flags"] or "times" in row["flags"]]
    assert any("times the limit" in flags and "; the most typical of 2" in flags for flags in said)


@pytest.mark.uncounted
def test_the_page_of_models_calls_sessions_by_their_names_and_none_where_none_is_told(tmp_path):
    rng = np.random.default_rng(3)
    for day in ("day1", "day2"):
        for number in range(8):
            write_wav(tmp_path / "told" / day / f"{day}_{number}.wav", machine_sound(rng))
            write_wav(tmp_path / "untold" / f"{day}_{number}.wav", machine_sound(rng))
    said = {}
    for name in ("told", "untold"):
        models, clips = tmp_path / f"models of {name}", find_own_clips(tmp_path / name)
        fit(normal_clips(clips, "pump"), models, load_preset("knn"))
        rows = models_page(models, PageSettings(n_audio=0)).recordings
        said[name] = {row["flags"] for row in rows if "most typical of" in row["flags"]}
    assert said["told"] == {f"the most typical of 8 recordings of session day{n}" for n in (1, 2)}
    assert said["untold"] == {"the most typical of 16 recordings"}
    (learned,) = (tmp_path / "models of told").glob("*clips*")
    learned.unlink()
    rows = models_page(tmp_path / "models of told", PageSettings(n_audio=0)).recordings
    assert any(row["flags"].endswith("of session 1") for row in rows)


@pytest.mark.uncounted
def test_the_page_of_models_says_where_not_all_sessions_are_shown(tmp_path):
    rng = np.random.default_rng(3)
    for number in range(32):
        write_wav(tmp_path / "clips" / f"day{number}" / f"{number}.wav", machine_sound(rng))
    clips = find_own_clips(tmp_path / "clips")
    for n_clips, said in ((30, False), (32, True)):
        models = tmp_path / f"models of {n_clips}"
        fit(normal_clips(clips[:n_clips], "pump"), models, load_preset("knn"))
        page = models_page(models, PageSettings(n_audio=0))
        assert sum("most typical" in row["flags"] for row in page.recordings) == 30
        assert ("The first 30 of 32 sessions of pump are shown." in page.overview) is said


def test_report_wants_results_or_models_and_names_results_that_cannot_be_evaluated(run, tmp_path):
    page = tmp_path / "page.html"
    status, _, err = run("report", "-o", page)
    assert (status, "give RESULTS, or --models DIR" in err) == (2, True)
    status, _, err = run("report", tmp_path, "-o", page)
    assert status == 2
    assert not page.exists()


@pytest.mark.parametrize("shown", [("--models", "models"), ("rows.json",)])
def test_report_refuses_options_that_would_do_nothing(run, tmp_path, shown):
    page = tmp_path / "page.html"
    options = ("--truth", "nowhere", "--year", "2021", "--skip-missing", "-o", page)
    status, _, err = run("report", *shown, *options)
    assert status == 2
    assert "--truth, --year, --skip-missing: only with RESULTS that are folders" in err


def test_a_page_says_why_by_itself(run, recordings, fitted, tmp_path):
    options = ("--json", "--why", "--report", tmp_path / "page.html")
    status, _, err = run("predict", "--models", fitted, recordings, *options)
    assert status == 2
    assert "the page says why" in err
