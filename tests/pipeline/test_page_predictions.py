from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import machine_sound, write_wav
from made_outcomes import explained_prediction
from pages import data_of

from dcase_classic.outcomes.reasons import NearestNormal
from dcase_classic.pipeline.page_predictions import predictions_page
from dcase_classic.report.predictions import predictions_rows


@pytest.fixture
def recordings(tmp_path):
    rng = np.random.default_rng(7)
    folder = tmp_path / "pump"
    write_wav(folder / "whistles.wav", machine_sound(rng, is_anomaly=True))
    write_wav(folder / "long.wav", machine_sound(rng, seconds=4.6))
    return folder


@pytest.mark.uncounted
def test_the_page_of_rows_is_that_of_predict_itself(run, recordings, fitted, tmp_path):
    now, later = (tmp_path / name for name in ("now.html", "later.html"))
    asked = ("predict", "--models", fitted, recordings)
    as_wav = ("--report-sound", "wav")  # Ogg has a serial number that is drawn anew
    assert run(*asked, "--report", now, *as_wav)[0] == 0
    expected = data_of(now)
    for form in ("json", "jsonl"):
        status, out, _ = run(*asked, f"--{form}", "--why")
        assert status == 0
        said = tmp_path / f"rows.{form}"
        said.write_text(out, "utf-8")
        assert run("report", said, "-o", later, *as_wav)[0] == 0
        shown = data_of(later)
        assert shown["recordings"] == expected["recordings"]
        assert shown["overview"] == (
            f"{expected['overview']} Pictures and sound are those of the default settings "
            "(channel 0, 16000 Hz): rows do not tell how a model hears."
        )
        assert shown["models"] == []


@pytest.mark.uncounted
def test_what_is_gone_is_said_and_keeps_its_row(run, recordings, fitted, tmp_path):
    said, page = tmp_path / "rows.json", tmp_path / "page.html"
    said.write_text(run("predict", "--models", fitted, recordings, "--json", "--why")[1], "utf-8")
    (recordings / "whistles.wav").unlink()
    assert run("report", said, "-o", page, "--report-sound", "wav")[0] == 0
    content = data_of(page)
    said = "1 recording cannot be seen or heard: whistles.wav (not there any more)."
    assert content["overview"].endswith(said)
    gone, there = content["recordings"]
    assert "2.9 and 3.1 kHz" in gone["verdict"]
    assert gone["picture"] is gone["audio"] is None
    assert gone["problem"] == "not there any more"
    assert there["picture"] is not None


def test_what_cannot_be_read_or_was_looked_up_elsewhere_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples.raw").write_bytes(bytes(range(256)) * 9)
    said = tmp_path / "rows.json"
    rows = [explained_prediction(path) for path in ("samples.raw", "gone.wav")]
    said.write_text(predictions_rows(rows, "json"), "utf-8")
    overview = predictions_page([said]).overview
    assert "2 recordings cannot be seen or heard: samples.raw (" in overview
    assert overview.endswith(
        ", gone.wav (not there any more). Relative paths were looked up from the current folder."
    )


def test_a_recording_counts_once_and_the_last_file_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    window = {"start_s": 0.0, "end_s": 1.0}
    first = [
        explained_prediction("a.wav", **window),
        explained_prediction("a.wav", start_s=1.0, end_s=2.0),
        explained_prediction("b.wav"),
        explained_prediction("b.wav", severity=300.0),
        explained_prediction("b.wav", machine_type="fan"),
        explained_prediction("c.wav"),
    ]
    later = [explained_prediction(str(tmp_path / "a.wav"), severity=50.0, decision=0, **window)]
    files = [tmp_path / name for name in ("first.json", "later.jsonl")]
    for path, rows in zip(files, (first, later), strict=True):
        path.write_text(predictions_rows(rows, path.suffix[1:]), "utf-8")
    page = predictions_page(files)
    shown = [(row["path"], row["machine"], row["severity"]) for row in page.recordings]
    assert sorted(shown) == [
        (str(tmp_path / "a.wav"), "pump", 50.0),
        ("b.wav", "fan", 200.0),
        ("b.wav", "pump", 300.0),
        ("c.wav", "pump", 200.0),
    ]
    assert page.overview.startswith(
        "3 of 4 recordings raise an alarm. "
        "2 recordings stand in the rows more than once: the last counts. "
    )
    assert "more than once" not in predictions_page(files[1:]).overview


def test_what_came_through_a_pipe_is_another_sound_in_every_file(tmp_path):
    files = [tmp_path / name for name in ("today.jsonl", "tomorrow.jsonl")]
    for path in files:
        path.write_text(predictions_rows([explained_prediction("-")], "jsonl"), "utf-8")
    page = predictions_page(files)
    assert len(page.recordings) == 2
    assert "more than once" not in page.overview


def test_rows_and_results_stand_in_one_page(run, data, fitted, tmp_path):
    said, page, results = (tmp_path / name for name in ("rows.json", "page.html", "results"))
    run("score", data, "--models", fitted, "-o", results)
    said.write_text(predictions_rows([explained_prediction()], "json"), "utf-8")
    status, _, err = run("report", said, results, "-o", page)
    assert status == 0, err
    content = data_of(page)
    assert len(content["recordings"]) == 1
    assert content["challenge"]["systems"][0]["name"] == "results"


def test_a_nearest_normal_keeps_the_folder_that_tells_it_from_others(tmp_path):
    said, row = tmp_path / "rows.json", explained_prediction()
    nearest = NearestNormal(position=0, path=Path("/n/day1/c07.wav"), name="day1/c07.wav")
    row = replace(row, explanation=replace(row.explanation, nearest_normal=nearest))
    said.write_text(predictions_rows([row], "json"), "utf-8")
    (shown,) = predictions_page([said]).recordings
    assert shown["nearest"]["name"] == "day1/c07.wav"


def test_rows_without_reasons_are_one_line_and_no_page(run, recordings, fitted, tmp_path):
    said, page = tmp_path / "rows.json", tmp_path / "page.html"
    said.write_text(run("predict", "--models", fitted, recordings, "--json")[1], "utf-8")
    status, _, err = run("report", said, "-o", page)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert "predict --json --why" in err
    assert not page.exists()


@pytest.mark.parametrize(
    ("n_samples", "window"),
    [(10, {}), (16000, {"start_s": 0.9, "end_s": 1.0}), (16000, {"start_s": 5.0, "end_s": 6.0})],
)
def test_a_recording_that_is_another_now_keeps_its_row(tmp_path, n_samples, window):
    path = write_wav(tmp_path / "a.wav", np.random.default_rng(0).normal(size=n_samples) / 9)
    said = tmp_path / "rows.json"
    said.write_text(predictions_rows([explained_prediction(str(path), **window)], "json"), "utf-8")
    (row,) = predictions_page([said]).recordings
    assert row["verdict"].startswith("Anomaly, severity 200")
