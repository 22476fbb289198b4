import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import machine_sound, with_few_folds, write_wav
from writing import edit_manifest

from dcase_classic import AnomalyDetector
from dcase_classic.config import load_preset
from dcase_classic.config.recorder import WindowConfig
from dcase_classic.io.artifacts import load_model, write_model
from dcase_classic.io.manifest import add_entry
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.io.training_files import UNKNOWN_FILES
from dcase_classic.pipeline.explain import explain
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import Inquiry, own_clips, predict
from dcase_classic.report.explanations import explanations_text
from dcase_classic.run import Run

pytestmark = pytest.mark.uncounted


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Normal recordings, and two to be judged: one has a tone of 3 kHz."""
    root = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(1)
    for index in range(12):
        write_wav(root / "normal" / f"rec{index}.wav", machine_sound(rng))
    write_wav(root / "new" / "good.wav", machine_sound(rng))
    write_wav(root / "new" / "whistling.wav", machine_sound(rng, is_anomaly=True))
    return root


CONFIG = with_few_folds(load_preset("default"))


@pytest.fixture(scope="module")
def models(own, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    fit(normal_clips(find_own_clips(own / "normal"), "pump"), folder, CONFIG)
    return folder


def asked(recordings, models, **options):
    clips = own_clips(find_own_clips(recordings), None)
    return Inquiry(clips=clips, models=models, **options)


def test_a_whistle_is_told_with_its_band_and_the_nearest_normal(run, own, models):
    status, out, _ = run("explain", "--models", models, own / "new" / "whistling.wav")
    assert status == 0
    header, sentence, *families = out.splitlines()
    assert ": anomaly, score " in header
    assert "louder than any normal between 2.9 and 3.1 kHz all the time" in sentence
    assert "nearest normal: rec" in sentence
    assert len(families) == 5


def test_reasons_stand_beside_what_predict_says(run, own, models):
    _, plain, _ = run("predict", "--models", models, own / "new", "--json")
    status, out, _ = run("predict", "--models", models, own / "new", "--json", "--why")
    assert status == 0
    for row, usual in zip(json.loads(out), json.loads(plain), strict=True):
        shares = [reason["share"] for reason in row["why"]]
        assert sum(shares) == pytest.approx(row["anomaly_score"], abs=1e-6)
        assert row["nearest_normal_is_there"]
        assert {key: row[key] for key in usual} == usual


def test_why_asks_for_json(run, own, models):
    status, _, err = run("predict", "--models", models, own / "new", "--why")
    assert status == 2
    assert "--why needs --json" in err


def test_what_cannot_be_scored_is_named_and_the_others_are_explained(run, own, models, tmp_path):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(16000))
    status, out, _ = run("explain", "--models", models, silent, own / "new" / "good.wav")
    assert status == 3
    assert out.splitlines()[0] == (
        f"{silent}: not scored (silent (all samples are zero); "
        "check the microphone, or remove the file)"
    )
    assert "good.wav: normal" in out.splitlines()[1]


def test_explanations_come_in_the_order_of_the_recordings_for_any_jobs(own, models):
    alone = explain(asked(own / "new", models))
    assert alone == explain(asked(own / "new", models, run=Run(n_jobs=2)))
    assert [row.path.name for (row,) in alone] == ["good.wav", "whistling.wav"]
    scores = [row.anomaly_score for row in predict(own / "new", models)]
    assert [row.explanation.anomaly_score for (row,) in alone] == scores


@pytest.mark.parametrize("folder", ["gone", "a" * 300])  # the system refuses to look at this one
def test_a_nearest_normal_that_was_moved_is_said_to_be_gone(run, own, models, tmp_path, folder):
    artifact = load_model(models, "pump", "00")
    training = artifact.training
    assert training.folder == str(own / "normal")
    moved = replace(artifact, training=replace(training, folder=str(tmp_path / folder)))
    add_entry(tmp_path, write_model(tmp_path, moved))
    _, out, _ = run("explain", "--models", tmp_path, own / "new" / "good.wav")
    assert "(not there any more)" in out


def test_a_model_that_knows_no_files_names_no_nearest_normal(own, models, tmp_path):
    artifact = replace(load_model(models, "pump", "00"), training=UNKNOWN_FILES)
    add_entry(tmp_path, write_model(tmp_path, artifact))
    ((row,),) = explain(asked(own / "new" / "good.wav", tmp_path))
    assert row.explanation.nearest_normal.path is None


def test_a_manifest_of_other_clips_than_the_model_is_refused(run, own, models, tmp_path):
    artifact = load_model(models, "pump", "00")
    add_entry(tmp_path, write_model(tmp_path, artifact))
    edit_manifest(
        tmp_path, lambda plain: plain["models"]["pump_section_00.joblib"]["training"]["files"].pop()
    )
    status, _, err = run("explain", "--models", tmp_path, own / "new")
    assert status == 2
    assert "holds another number of clips than the manifest says" in err


def test_a_short_recording_and_the_windows_of_a_long_one_are_explained_as_they_are_scored(
    models, tmp_path
):
    rng = np.random.default_rng(5)
    long = machine_sound(rng, seconds=7.0)
    long[80000:112000] += machine_sound(rng, is_anomaly=True, seconds=2.0)
    paths = [write_wav(tmp_path / "long.wav", long)]
    paths.append(write_wav(tmp_path / "short.wav", machine_sound(rng, seconds=1.4)))
    paths.append(write_wav(tmp_path / "soft.wav", 0.05 * machine_sound(rng)))
    for mode in ("flag", "adjust"):
        rows = [row for own in explain(asked(paths, models, out_of_range=mode)) for row in own]
        assert len(rows) > 6
        for row in rows:
            assert row.explanation.anomaly_score == row.anomaly_score
    worst = max(rows, key=lambda row: row.anomaly_score)
    assert 4.0 < worst.start_s < 6.0
    reason = worst.explanation.why[0]
    assert worst.start_s <= reason.from_s < reason.to_s <= worst.end_s + 0.01
    assert "long.wav from" in explanations_text([worst])


def test_of_a_recording_that_is_dead_in_part_the_worst_window_with_a_score_is_explained():
    rng = np.random.default_rng(5)
    config = replace(load_preset("knn"), windows=WindowConfig(hop_share=1.0))
    detector = AnomalyDetector(config=config).fit(
        [machine_sound(rng) for _ in range(8)], sample_rate=16000
    )
    samples = np.concatenate([machine_sound(rng), np.zeros(6 * 16000)])
    scores = detector.score_frame([samples], sample_rate=16000)["anomaly_score"]
    assert scores.isna().any()
    (explanation,) = detector.explain([samples], sample_rate=16000)
    assert explanation.anomaly_score == scores.max() < 0
