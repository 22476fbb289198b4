"""The Python door: the bits of the command line, and scikit-learn's manners."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
import soundfile
from conftest import machine_sound, write_wav
from sklearn.base import clone, is_outlier_detector
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from writing import edit_manifest

from dcase_classic import AnomalyDetector, Stream, load, log_mel
from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError, ConfigError, DataError
from dcase_classic.pipeline.maintain import recalibrate, undo

RATE_HZ = 16000
COLUMNS = [
    *("path", "start_s", "end_s", "anomaly_score", "threshold", "severity"),
    *("p_value", "p_value_is_extrapolated", "is_anomaly", "flags", "reason"),
]


def samples_of(path, dtype="float64"):
    return soundfile.read(path, dtype=dtype)[0]


def test_a_table_says_everything_of_every_recording(detector, sounds):
    table = detector.score_frame(sounds / "today")
    assert list(table) == COLUMNS
    good, worn = table.itertuples()
    assert (good.path, worn.path) == tuple(
        str(sounds / "today" / f"{name}.wav") for name in ("good", "worn")
    )
    assert (good.start_s, good.end_s) == (0.0, 2.2)
    assert (good.is_anomaly, worn.is_anomaly) == (False, True)
    assert good.severity <= 100 < worn.severity
    assert good.threshold == worn.threshold == detector.threshold_
    assert (worn.flags, worn.reason) == ("", "")


def test_signs_are_scikit_learns_and_those_of_the_table_dcases(detector, sounds):
    table = detector.score_frame(sounds / "today")
    assert np.array_equal(detector.score_samples(sounds / "today"), -table["anomaly_score"])
    decisions = detector.decision_function(sounds / "today")
    assert np.array_equal(decisions, table["threshold"] - table["anomaly_score"])
    assert detector.predict(sounds / "today").tolist() == [1, -1]
    assert detector.offset_ == -detector.threshold_
    assert is_outlier_detector(detector)


def test_the_command_line_and_python_give_the_same_bits(run, detector, sounds, tmp_path):
    models = ("--models", tmp_path)
    normal = ("--normal", sounds / "normal", "--name", "pump7", "--preset", "knn")
    assert run("fit", *normal, *models, "--no-cache")[0] == 0
    rows = json.loads(run("predict", *models, sounds / "today", "--json")[1])
    table = detector.score_frame(sounds / "today")
    for name in ("anomaly_score", "threshold", "severity", "p_value"):
        assert [row[name] for row in rows] == table[name].tolist()
    pd.testing.assert_frame_equal(load(tmp_path).score_frame(sounds / "today"), table)


def test_a_model_in_memory_on_disk_and_in_a_pickle_give_the_same_bits(detector, sounds, tmp_path):
    detector.save(tmp_path, machine_type="pump7")
    expected = detector.score_samples(sounds / "today")
    pickled = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our sounds
    for other in (load(tmp_path, machine_type="pump7"), pickled):
        assert np.array_equal(other.score_samples(sounds / "today"), expected)


def test_a_recording_scores_the_same_bits_alone_in_a_batch_and_twice(detector, sounds):
    paths = sorted(sounds.rglob("*.wav"))
    together = detector.score_samples([*paths, paths[3]])
    alone = np.concatenate([detector.score_samples(path) for path in [*paths, paths[3]]])
    assert np.array_equal(together, alone)


def test_arrays_have_another_rate_an_offset_and_faults_as_files_have(detector, sounds, tmp_path):
    sound = samples_of(sounds / "today" / "good.wav")
    slow = soundfile.read(write_wav(tmp_path / "slow.wav", sound[::2], 8000))[0]
    given = [
        sound + 0.25,
        np.zeros(RATE_HZ),
        np.full(RATE_HZ, np.nan),
        np.full(RATE_HZ, 1e9) * sound[:RATE_HZ],
    ]
    table = detector.score_frame(given, sample_rate=RATE_HZ)
    near = detector.score_frame(sound, sample_rate=RATE_HZ)["anomaly_score"][0]
    assert table["anomaly_score"][0] == pytest.approx(near, abs=1e-3)  # float32 of the offset
    assert table["anomaly_score"][1:].isna().all()
    assert table["is_anomaly"][1:].isna().all()
    starts = ("silent", "holds samples that are NaN", "float samples up to")
    for reason, start in zip(table["reason"][1:], starts, strict=True):
        assert reason.startswith(start)
    lower = detector.score_frame(slow, sample_rate=8000)
    assert lower["reason"][0].startswith("8000 Hz, so sound up to 4000 Hz")
    with pytest.raises(DataError, match="array 1: silent"):
        detector.score_samples(given, sample_rate=RATE_HZ)


def test_a_long_array_is_scored_in_windows_as_a_long_file_is(detector, sounds, tmp_path):
    long = np.concatenate(
        [samples_of(sounds / "today" / f"{name}.wav") for name in ("good", "worn")]
    )
    long = np.tile(long, 2)
    path = write_wav(tmp_path / "long.wav", long)
    from_file = detector.score_frame(path)
    from_array = detector.score_frame(samples_of(path), sample_rate=RATE_HZ)
    assert len(from_file) > 2
    columns = COLUMNS[1:]
    pd.testing.assert_frame_equal(from_array[columns], from_file[columns])
    assert detector.score_samples(path) == -from_file["anomaly_score"].max()


def test_of_a_long_array_with_a_fault_in_one_window_the_others_are_scored(detector, sounds):
    long = np.tile(samples_of(sounds / "today" / "good.wav"), 6)
    whole = detector.score_frame(long, sample_rate=RATE_HZ)
    long[-5] = np.nan
    table = detector.score_frame(long, sample_rate=RATE_HZ)
    assert table["reason"].iloc[-1].startswith("holds samples that are NaN")
    assert table["anomaly_score"][:-1].tolist() == whole["anomaly_score"][:-1].tolist()


@pytest.mark.uncounted
def test_arrays_train_as_files_do(sounds):
    paths = sorted((sounds / "normal").rglob("*.wav"))
    arrays = AnomalyDetector("knn", sample_rate=RATE_HZ).fit([samples_of(path) for path in paths])
    files = AnomalyDetector("knn").fit([str(path) for path in paths], sessions=[""] * len(paths))
    assert arrays.threshold_ == pytest.approx(files.threshold_, abs=1)
    assert arrays.predict(sounds / "today").tolist() == [1, -1]
    assert arrays.score_frame(sounds / "today")["flags"].tolist() == ["", ""]


def test_what_is_known_of_recordings_changes_the_model(sounds):
    paths = sorted((sounds / "normal").rglob("*.wav"))
    days = [path.parent.name for path in paths]
    domains = ["source"] * 5 + ["target"] * 4 + [None]
    known = AnomalyDetector("knn").fit(paths, domains=domains, sessions=[*"abcdeabcde"])
    assert [alarms.domain for alarms in known.model_.model.alarms] == ["source", "target", None]
    assert known.model_.session_source == "the column session"
    assert known.model_.model.clips.is_for_new
    plain = AnomalyDetector("knn").fit(paths, sessions=days)
    assert not plain.model_.model.clips.is_for_new
    assert plain.threshold_ != known.threshold_


def test_siblings_are_told_from(sounds):
    rng = np.random.default_rng(5)
    others = [machine_sound(rng, is_target=True) for _ in range(6)]
    told = AnomalyDetector(sample_rate=RATE_HZ).fit(sounds / "normal", siblings={"pump8": others})
    assert told.model_.siblings == ("pump8",)


def test_anomalies_that_are_labelled_are_left_out_of_training(sounds):
    normal = sorted((sounds / "normal").rglob("*.wav"))
    worn = sounds / "today" / "worn.wav"
    labelled = AnomalyDetector("knn").fit([*normal, worn], [1] * 10 + [-1])
    assert len(labelled.model_.model.held_out_scores) == 10
    assert labelled.threshold_ == AnomalyDetector("knn").fit(normal).threshold_


def test_settings_and_rates_are_those_that_were_asked_for(sounds, tmp_path):
    (tmp_path / "own.toml").write_text("[calibration]\nfalse_alarms = 0.2\n")
    from_file = AnomalyDetector("knn", config=tmp_path / "own.toml").fit(sounds / "normal")
    assert from_file.model_.config.calibration.false_alarms == 0.2
    all_of_them = AnomalyDetector(config=load_preset("knn"), false_alarms=0.2).fit(
        sounds / "normal"
    )
    assert all_of_them.threshold_ == from_file.threshold_
    from_file.save(tmp_path, machine_type="pump7")
    assert load(tmp_path, false_alarms=0.3).threshold_ < from_file.threshold_
    with pytest.raises(DataError, match=r"pump7: false alarms: got a rate of 0.001 with 10"):
        load(tmp_path, false_alarms=0.001)


def test_what_a_table_leaves_out_is_not_known(sounds):
    paths = sorted((sounds / "normal").rglob("*.wav"))
    domains = pd.Series(["source"] * 5 + [None] * 5, dtype="string")
    known = AnomalyDetector("knn").fit(paths, domains=domains, sessions=[np.nan] * 10)
    assert [alarms.domain for alarms in known.model_.model.alarms] == ["source", None]
    assert known.model_.session_source != "the column session"


@pytest.mark.uncounted
def test_a_table_tells_what_it_knows_of_its_recordings(sounds):
    normal = sorted((sounds / "normal").rglob("*.wav"))
    table = pd.DataFrame({"path": [*normal, sounds / "today" / "worn.wav"]})
    table["label"] = ["normal"] * 10 + ["anomaly"]
    table["domain"] = ["source"] * 6 + ["target"] * 4 + [None]
    table["session"] = [*"abcdeabcdea"]
    told = AnomalyDetector("knn").fit(table)
    said = {"domains": table["domain"][:10], "sessions": table["session"][:10]}
    same = AnomalyDetector("knn").fit(normal, [1] * 10, **said)
    assert told.threshold_ == same.threshold_
    assert [alarms.n_clips for alarms in told.model_.model.alarms] == [6, 4]
    assert told.model_.session_source == "the column session"
    only_paths = AnomalyDetector("knn").fit(
        table, [1] * 11, sessions=[None] * 11, domains=[None] * 11
    )
    assert len(only_paths.model_.model.held_out_scores) == 11


def test_a_model_that_was_loaded_learns_the_length_of_other_recordings(detector, tmp_path):
    detector.save(tmp_path, machine_type="pump7")
    rng = np.random.default_rng(4)
    others = [machine_sound(rng, seconds=3) for _ in range(6)]
    again = clone(load(tmp_path)).fit(others, sample_rate=RATE_HZ)
    assert again.model_.config.training_s == 3
    assert detector.model_.config.training_s == 2.2
    in_windows = AnomalyDetector(config=load_preset("knn").in_windows(1.5))
    in_windows.fit(others, sample_rate=RATE_HZ).save(tmp_path, machine_type="pump8")
    assert load(tmp_path, "pump8").config.training_s == 1.5


def test_a_model_of_the_same_name_is_replaced_only_when_asked(detector, tmp_path):
    detector.save(tmp_path, machine_type="pump7")
    detector.save(tmp_path, machine_type="fan 2")
    with pytest.raises(ArtifactError, match="holds a model of 'pump7' already; give overwrite"):
        detector.save(tmp_path, machine_type="pump7")
    detector.save(tmp_path, machine_type="pump7", overwrite=True)
    assert load(tmp_path, "fan 2").model_.machine_type == "fan 2"
    with pytest.raises(ArtifactError, match="machine 7: cannot be a file name"):
        detector.save(tmp_path, machine_type=7)
    for wrong, problem in (
        ({}, "several models, there is fan 2, pump7; give machine_type"),
        ({"machine_type": "fan"}, "no model of 'fan', there is fan 2, pump7; did you mean 'fan 2'"),
        ({"machine_type": "pump7", "section": "01"}, "no model of 'pump7 section 01', there is"),
        ({"section": "01"}, "no model of '01', there is fan 2, pump7; give machine_type, or sec"),
    ):
        with pytest.raises(ArtifactError, match=problem):
            load(tmp_path, **wrong)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "clasic"}, "preset: got 'clasic'.*did you mean 'classic'"),
        ({"false_alarms": 2}, "false_alarms: got 2, expected between 0 and 1"),
        ({"false_alarms": "0.1"}, "false_alarms: got '0.1', expected between 0 and 1"),
        ({"n_jobs": 0}, "n_jobs: got 0"),
        ({"n_jobs": 1.5}, "n_jobs: got 1.5, expected 1 or more"),
        ({"config": {"preset": "knn"}}, "config: got dict, expected a TOML file or a Config"),
        ({"preset": "knn", "config": load_preset("gmm")}, "preset: got 'knn' beside a config of"),
    ],
)
def test_a_wrong_parameter_is_refused_by_fit_before_anything_is_read(options, message):
    with pytest.raises(ConfigError, match=message):
        AnomalyDetector(**options).fit(["no.wav"])


def test_samples_need_a_rate_and_a_single_recording_is_no_folder(detector, sounds):
    with pytest.raises(DataError, match="array 0: samples without a rate; give sample_rate"):
        detector.score_samples(np.zeros(9))
    with pytest.raises(DataError, match="a rate of 10 Hz, expected 1000 to"):
        detector.score_samples(np.zeros(9), sample_rate=10)
    with pytest.raises(DataError, match="2 recordings, expected one"):
        log_mel(sounds / "today")


def test_it_can_be_cloned_shown_and_set(detector, sounds):
    copy = clone(detector)
    assert copy.get_params() == detector.get_params()
    assert repr(copy) == "AnomalyDetector(preset='knn')"
    with pytest.raises(NotFittedError):
        copy.score_frame(sounds / "today")
    assert copy.set_params(false_alarms=0.2).false_alarms == 0.2


def test_it_ends_a_pipeline_and_knows_no_output_to_be_set(sounds):
    normal = sorted((sounds / "normal").rglob("*.wav"))
    today = [sounds / "today" / f"{name}.wav" for name in ("good", "worn")]
    as_table = FunctionTransformer(lambda paths: pd.DataFrame({"path": paths}))
    pipeline = make_pipeline(as_table, AnomalyDetector("knn")).fit(normal)
    assert pipeline.predict(today).tolist() == [1, -1]
    assert pipeline.decision_function(today)[1] < 0
    assert pipeline.set_output(transform="pandas").predict(today).tolist() == [1, -1]
    with pytest.raises(AttributeError, match="has no attribute 'set_output'"):
        AnomalyDetector().set_output(transform="pandas")


def test_a_recording_of_two_labels_is_refused(sounds):
    path = sounds / "today" / "worn.wav"
    with pytest.raises(DataError, match="comes twice, with another label"):
        AnomalyDetector("knn").fit([path, path], [1, -1])


@pytest.mark.uncounted
def test_presets_are_searched_by_a_score_on_labelled_recordings(sounds):
    paths = [*sorted((sounds / "normal").rglob("*.wav")), *sorted((sounds / "today").iterdir())]
    paths = np.array([str(path) for path in paths])
    order = np.random.default_rng(0).permutation(len(paths))
    labels = np.where([path.endswith("worn.wav") for path in paths], -1, 1)
    search = GridSearchCV(
        AnomalyDetector(), {"preset": ["knn", "gmm"]}, scoring="accuracy", cv=2
    ).fit(paths[order], labels[order])
    assert search.best_params_["preset"] in {"knn", "gmm"}
    assert search.best_estimator_.predict([str(sounds / "today" / "worn.wav")]) == [-1]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_normals_and_anomalies_are_told_apart_by_fit_predict(sounds):
    assert AnomalyDetector("knn").fit_predict(sounds / "normal").shape == (10,)


def test_what_fit_did_with_all_recordings_is_logged(sounds, caplog):
    paths = sorted((sounds / "normal").rglob("*.wav"))
    copy = write_wav(sounds / "copy" / "same.wav", samples_of(paths[0]))
    with caplog.at_level("INFO", logger="dcase_classic"):
        AnomalyDetector("knn").fit([*paths, copy])
    assert "1 copy of another recording is left out: same.wav of rec0.wav" in caplog.text
    assert "machine: learned from 10 recordings of 2 folders; expect" in caplog.text
    assert "2 folders can promise nothing about other folders" in caplog.text


def test_a_stream_of_chunks_has_the_scores_of_the_windows_of_all_at_once(detector, sounds):
    sound = np.concatenate(
        [samples_of(sounds / "today" / f"{name}.wav") for name in ("good", "worn")]
    )
    sound = np.tile(sound, 2).astype(np.float32)
    table = detector.score_frame(sound, sample_rate=RATE_HZ)
    stream = detector.stream(sample_rate=RATE_HZ, hop_s=table["start_s"][1])
    windows = [window for chunk in np.array_split(sound, 7) for window in stream.feed(chunk)]
    windows += stream.finish()
    assert [window.anomaly_score for window in windows] == table["anomaly_score"].tolist()
    assert [window.severity for window in windows] == table["severity"].tolist()
    same = Stream(detector, sample_rate_hz=RATE_HZ, hop_s=table["start_s"][1])
    assert [*same.feed(sound), *same.finish()] == windows


def test_a_stream_of_a_detector_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        AnomalyDetector().stream()
    for wrong in (AnomalyDetector(), "models"):
        with pytest.raises(ValueError, match="expected one that is fitted, or its model; Stream.l"):
            Stream(wrong)


def test_a_saved_model_learns_more_on_the_command_line(run, detector, tmp_path):
    detector.save(tmp_path / "first", machine_type="pump7")
    load(tmp_path / "first").save(tmp_path / "second", machine_type="pump7")
    clip = write_wav(tmp_path / "new" / "a.wav", machine_sound(np.random.default_rng(9)))
    for models in ("first", "second"):
        added = ("--models", tmp_path / models, "--name", "pump7", "--add", clip)
        status, out, err = run("fit", *added)
        assert status == 0, err
        assert out.startswith("pump7: learned from 11 recordings")


def test_a_recalibrated_model_can_be_saved_elsewhere(run, detector, sounds, tmp_path):
    detector.save(tmp_path / "first", machine_type="pump7")
    rng = np.random.default_rng(6)
    for number in range(12):
        write_wav(tmp_path / "after" / f"{number}.wav", machine_sound(rng))
    recalibrate(tmp_path / "after", tmp_path / "first")
    recalibrated = load(tmp_path / "first")
    recalibrated.save(tmp_path / "second", machine_type="pump8")
    again = load(tmp_path / "second")
    assert again.threshold_ == recalibrated.threshold_ != detector.threshold_
    table = recalibrated.score_frame(sounds / "today")
    assert table.equals(again.score_frame(sounds / "today"))
    assert again.model_.action == "recalibrated"
    page = ("report", "--models", tmp_path / "second", "-o", tmp_path / "page.html")
    assert run(*page)[0] == 0
    assert " 10 to learn from\n" in run("models", "show", tmp_path / "second")[1]
    with pytest.raises(ArtifactError, match="nothing has changed since it was saved here"):
        undo(tmp_path / "second")


def test_a_model_that_does_not_say_what_it_was_fitted_on_is_loaded_all_the_same(
    detector, sounds, tmp_path
):
    detector.save(tmp_path, machine_type="pump7")
    edit_manifest(
        tmp_path,
        lambda manifest: [entry.update(clips_sha256="") for entry in manifest["models"].values()],
    )
    loaded = load(tmp_path)
    assert loaded.model_.learned is None
    expected = detector.score_samples(sounds / "today")
    assert np.array_equal(loaded.score_samples(sounds / "today"), expected)


def test_an_explanation_says_why_a_recording_has_its_score(detector, sounds):
    paths = sorted((sounds / "today").glob("*.wav"))
    good, worn = detector.explain(paths)
    for explanation, normality in zip((good, worn), detector.score_samples(paths), strict=True):
        assert explanation.anomaly_score == -normality
        shares = [reason.share for reason in explanation.why]
        assert sum(shares) == pytest.approx(-normality, abs=1e-6)
    assert worn.why[0].band_hz[0] < 3000 < worn.why[0].band_hz[1]
    (unsaved,) = detector.explain(samples_of(paths[1]), sample_rate=RATE_HZ)
    assert unsaved.why == worn.why
