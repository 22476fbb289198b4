import csv
import io
import json
import os
import shutil
import sys
import threading

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.config import load_preset
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips, read_clip_list
from dcase_classic.pipeline.fit import fit
from dcase_classic.records import Domain, Label, Split

KEYS = [
    *("path", "machine_type", "anomaly_score", "threshold", "severity", "p_value"),
    *("p_value_is_extrapolated", "decision", "reason", "start_s", "end_s"),
]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder of normal recordings with names of no rule, and two to be judged."""
    root = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(1)
    for index in range(10):
        write_wav(root / "normal" / f"day {index % 2}" / f"rec{index}.wav", machine_sound(rng))
    write_wav(root / "new" / "good.wav", machine_sound(rng))
    write_wav(root / "new" / "bad bearing.flac", machine_sound(rng, is_anomaly=True))
    return root


@pytest.fixture(scope="module")
def pump7(own, tmp_path_factory):
    models = tmp_path_factory.mktemp("pump7")
    clips = normal_clips(find_own_clips([own / "normal"]), "pump7")
    fit(clips, models, load_preset("knn"))
    return models


def test_normal_recordings_of_any_names_make_a_model(run, own, tmp_path):
    status, out, err = run(
        "fit", "--normal", own / "normal", "--name", "pump7", "--models", tmp_path
    )
    assert status == 0, err
    assert out == (
        "pump7: learned from 10 recordings of 2 folders; expect no false alarm in 10 (0 to 31 %)\n"
    )
    assert "section" not in out + err
    assert (tmp_path / "pump7_section_00.joblib").is_file()


def test_normal_takes_many_files_and_can_be_repeated(run, own, tmp_path):
    files = sorted((own / "normal").rglob("*.wav"))
    options = ("--normal", files[0], "--normal", files[1], *files[2:6], "--name", "pump7")
    status, out, err = run("fit", *options, "--models", tmp_path)
    assert status == 0, err
    assert out.startswith("pump7: learned from 6 recordings")


def test_predict_prints_a_line_for_every_recording(run, own, pump7):
    status, out, _ = run("predict", "--models", pump7, own / "new")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["decision", "anomaly", "normal", "1"]


def test_the_worst_recordings_come_first_on_request(run, own, pump7, tmp_path):
    paths = (tmp_path / "missing.wav", own / "new" / "good.wav", own / "new" / "bad bearing.flac")
    options = ("predict", "--models", pump7, *paths, "--json")
    severities = [
        [row["severity"] for row in json.loads(run(*options, *order)[1])]
        for order in ((), ("--worst-first",))
    ]
    lost, good, bad = severities[0]
    assert lost is None
    assert severities[1] == [bad, good, None]


def test_one_file_is_enough_and_json_keeps_the_contract(run, own, pump7):
    path = own / "new" / "good.wav"
    status, out, _ = run("predict", "--models", pump7, path, "--json")
    (prediction,) = json.loads(out)
    assert status == 0
    assert list(prediction) == KEYS
    assert prediction["path"] == str(path)
    assert prediction["machine_type"] == "pump7"
    assert 0 < prediction["p_value"] <= 1
    assert (prediction["decision"], prediction["reason"]) == (0, None)
    assert isinstance(prediction["anomaly_score"], float)


def test_p_values_are_those_of_the_held_out_recordings(run, own, pump7):
    out = run("predict", "--models", pump7, own / "new", "--json")[1]
    by_name = {row["path"].rpartition("/")[2]: row for row in json.loads(out)}
    bad, good = by_name["bad bearing.flac"], by_name["good.wav"]
    assert good["p_value"] * 11 == pytest.approx(round(good["p_value"] * 11))
    assert (bad["p_value"] < 1 / 11, bad["p_value_is_extrapolated"]) == (True, True)
    assert bad["severity"] > 100 > good["severity"]
    assert bad["threshold"] == good["threshold"]
    assert by_name["bad bearing.flac"]["anomaly_score"] > by_name["good.wav"]["anomaly_score"]


def test_a_file_that_is_not_scored_has_nulls_and_a_reason(run, own, pump7, tmp_path):
    silent = write_wav(tmp_path / "silent.wav", np.zeros(16000))
    paths = (own / "new" / "good.wav", silent, tmp_path / "missing.wav")
    status, out, _ = run("predict", "--models", pump7, *paths, "--json")
    good, *others = json.loads(out)
    assert status == 3
    assert good["decision"] == 0
    for row, reason in zip(others, ("silent (all samples are zero)", "no such file"), strict=True):
        assert (row["anomaly_score"], row["p_value"], row["decision"]) == (None, None, None)
        assert row["reason"].startswith(reason)


def test_an_odd_recording_is_scored_with_its_oddity(run, pump7, tmp_path):
    stereo = write_wav(
        tmp_path / "a.wav", np.column_stack([machine_sound(np.random.default_rng(1))] * 2)
    )
    status, out, _ = run("predict", "--models", pump7, stereo, "--json")
    assert status == 0
    assert json.loads(out)[0]["reason"] == "2 channels instead of 1, heard is the first"


def test_a_table_for_people_names_what_was_not_scored(run, pump7, tmp_path):
    status, out, _ = run("predict", "--models", pump7, tmp_path / "missing.wav")
    assert status == 3
    assert out.splitlines()[1].split()[:2] == ["not", "scored"]
    assert "(no such file)" in out


def test_csv_has_the_columns_of_the_contract(run, own, pump7):
    out = run("predict", "--models", pump7, own / "new", "--csv")[1]
    rows = list(csv.DictReader(out.splitlines()))
    assert list(rows[0]) == KEYS
    assert [row["decision"] for row in rows] == ["1", "0"]


@pytest.mark.parametrize(("name", "expected"), [("bad bearing.flac", 1), ("good.wav", 0)])
def test_an_anomaly_makes_the_status_1_only_when_asked_to(run, own, pump7, name, expected):
    options = ("predict", "--models", pump7, own / "new" / name)
    assert run(*options)[0] == 0
    assert run(*options, "--fail-on-anomaly")[0] == expected


def test_an_anomaly_is_not_hidden_by_a_file_that_was_not_scored(run, own, pump7):
    paths = (own / "new" / "bad bearing.flac", own / "no.wav")
    assert run("predict", "--models", pump7, *paths)[0] == 3
    assert run("predict", "--models", pump7, *paths, "--fail-on-anomaly")[0] == 1


def test_predict_stops_at_a_bad_file_when_asked_to(run, own, pump7):
    options = ("--models", pump7, own / "new", own / "no.wav", "--on-error", "fail")
    status, out, err = run("predict", *options)
    assert (status, out) == (2, "")
    assert "no.wav: no such file" in err


def test_the_folders_of_a_file_tell_its_machine(run, data, fitted):
    folder = data / "dev_data" / "raw"
    paths = [min((folder / machine / "test").iterdir()) for machine in ("fan", "pump")]
    rows = json.loads(run("predict", "--models", fitted, *paths, "--json")[1])
    assert [row["machine_type"] for row in rows] == ["fan", "pump"]
    assert all(row["decision"] is not None for row in rows)


def test_several_models_and_a_path_that_tells_no_machine(run, own, fitted):
    path = own / "new" / "good.wav"
    status, out, _ = run("predict", "--models", fitted, path, "--json")
    assert status == 3
    assert json.loads(out)[0]["reason"] == (
        "no folder of its path is one of the machines fan, pump; use --machine"
    )
    assert run("predict", "--models", fitted, path, "--machine", "fan")[0] == 0


def test_predict_and_score_say_the_same(run, data, fitted, tmp_path):
    run("score", data, "--models", fitted, "-o", tmp_path, "--machine", "fan")
    with (tmp_path / "fan" / "anomaly_score_fan_section_00_test.csv").open() as file:
        scores = {name: float(value) for name, value in csv.reader(file)}
    folder = data / "dev_data" / "raw" / "fan" / "test"
    rows = json.loads(run("predict", "--models", fitted, folder, "--json")[1])
    predicted = {row["path"].rpartition("/")[2]: row["anomaly_score"] for row in rows}
    # the order of a batch may move the last digits of a matrix product
    assert predicted == pytest.approx(scores, rel=1e-9)


def test_a_list_tells_machines_sections_domains_and_splits(run, own, tmp_path):
    lines = ["path,machine_type,section,domain,label,split"]
    for index, path in enumerate(sorted((own / "normal").rglob("*.wav"))):
        domain = "target" if index > 6 else "source"
        lines.append(
            f"{path.relative_to(own)},{'press' if index % 2 else ''},A,{domain},normal,train"
        )
    lines += ["new/bad bearing.flac,press,A,,anomaly,test", "new/good.wav,,,,,test", ""]
    table = own / "clips.csv"
    table.write_text("\n".join(lines))
    models = ("--models", tmp_path)
    status, out, err = run("fit", "--list", table, "--name", "pump7", *models)
    assert status == 0, err
    starts = [line.partition(":")[0] for line in out.splitlines()]
    assert starts == ["press section A", "pump7 section A"]
    options = ("--list", table, *models, "--machine", "pump7", "--json")
    status, out, _ = run("predict", *options)
    assert status == 0
    prediction = [(row["machine_type"], row["decision"]) for row in json.loads(out)]
    assert prediction == [("press", 1), ("pump7", 0)]


def test_a_section_without_a_model_is_named(run, own, pump7, tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text(f"path,section,machine_type\n{own}/new/good.wav,07,\n{own}/new/good.wav,,x\n")
    status, out, _ = run("predict", "--list", table, "--models", pump7, "--json")
    assert status == 3
    reasons = [row["reason"] for row in json.loads(out)]
    assert reasons[0].startswith("section 07, pump7 has models of 00; give a list")
    assert reasons[1] == "no model of 'x', there is pump7"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fit",), "expected one folder DATA, or --normal"),
        (("fit", "{own}", "{own}"), "expected one folder DATA, or --normal"),
        (("fit", "{own}", "--name", "a"), "expected one folder DATA, or --normal"),
        (("fit", "--normal", "{own}"), "--normal needs --name"),
        (("fit", "--normal", "{own}", "--name", "a", "--machine", "b"), "--machine chooses"),
        (("fit", "--normal", "{own}/nothing", "--name", "a"), "does not exist"),
        (("predict",), "no recordings; give files, folders, - or --list FILE"),
        (("predict", ""), "Invalid value for '[RECORDINGS]...': got an empty one"),
        (("predict", "{own}/new", "--json", "--csv"), "exclude each other"),
        (("predict", "{own}/new", "--machine", "b"), "no model of 'b', there is pump7"),
        (("predict", "{own}/empty"), "empty: no recording in it; expected .wav, .flac"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(run, own, pump7, arguments, message):
    (own / "empty").mkdir(exist_ok=True)
    arguments = [argument.format(own=own) for argument in arguments]
    status, out, err = run(*arguments, "--models", pump7)
    assert (status, out) == (2, "")
    assert message in err


def test_official_names_tell_their_domain_without_a_layout(tmp_path):
    names = ("section_00_target_train_normal_0001_vel_3.wav", "x.wav")
    target, unknown = find_own_clips([tmp_path / name for name in names])
    assert (target.domain, target.label) == (Domain.TARGET, Label.NORMAL)
    assert (unknown.domain, unknown.label) == (None, None)


@pytest.mark.parametrize(
    ("asked", "title", "kinds"),
    [
        ((), "pump7", "4 recordings of 2 folders"),
        (("--official-names",), "pump7 section 00", "2 source recordings and 2 target recordings"),
    ],
)
def test_names_of_ones_own_are_names_unless_asked(run, tmp_path, asked, title, kinds):
    rng = np.random.default_rng(0)
    for index in range(4):
        name = f"section_00_{('source', 'target')[index % 2]}_train_normal_{index:04d}.wav"
        write_wav(tmp_path / "own" / f"day {index // 2}" / name, machine_sound(rng))
    models = ("--models", tmp_path / "models", "--preset", "knn")
    status, out, err = run("fit", "--normal", tmp_path / "own", "--name", "pump7", *models, *asked)
    assert status == 0, err
    assert out.startswith(f"{title}: learned from {kinds}; expect")


def test_a_named_anomaly_is_no_training_clip(tmp_path):
    clips = find_own_clips([tmp_path / "section_00_source_test_anomaly_0001.wav"])
    with pytest.raises(DataError, match="said to be an anomaly"):
        normal_clips(clips, "fan")


def test_a_file_that_is_given_twice_trains_once(own):
    clips = find_own_clips([own / "normal", own / "normal" / "day 0"])
    assert len(normal_clips(clips, "fan")) == 10


def test_training_clips_need_a_machine(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("path\na.wav\n")
    with pytest.raises(DataError, match="has no machine; give --name"):
        normal_clips(read_clip_list(table, split=Split.TRAIN), "")
    with pytest.raises(DataError, match="no normal recording to train with"):
        normal_clips([], "fan")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: got '', expected the column path"),
        ("file\na.wav\n", "line 1: got 'file'"),
        ("path,lable\na.wav,normal\n", "line 1: got 'path,lable'"),
        ("path,path\na.wav,b.wav\n", "line 1: got 'path,path'"),
        ("path,label\na.wav\n", "line 2: got 1 column, expected 2"),
        ("path,label\n,normal\n", "line 2: got 2 columns, expected 2 with a path"),
        ("path,label\na.wav,broken\n", "line 2: 'broken' is not a valid Label"),
        ("path,section\na.wav,../x\n", "line 2: section: got '../x'"),
    ],
)
def test_a_faulty_list_is_named_with_its_line(tmp_path, content, message):
    table = tmp_path / "clips.csv"
    table.write_text(content)
    with pytest.raises(DataError, match=message):
        read_clip_list(table, split=Split.TRAIN)


def test_a_list_that_is_no_text_is_refused(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a UTF-8 text file"):
        read_clip_list(table, split=Split.TRAIN)


@pytest.mark.uncounted
@pytest.mark.shared
def test_real_clips_are_judged_alone_and_without_a_layout(run, shared, tmp_path):
    source = shared / "data" / "dcase2023t2" / "dev_data" / "raw" / "ToyCar"
    for split, n_clips in (("train", 15), ("test", 3)):
        for number, path in enumerate(sorted((source / split).iterdir())[:n_clips]):
            (tmp_path / split).mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / split / f"{number}.flac")
    models, options = ("--models", tmp_path / "models"), ("--preset", "knn")
    assert run("fit", "--normal", tmp_path / "train", "--name", "car", *models, *options)[0] == 0
    status, out, _ = run("predict", *models, tmp_path / "test", "--json")
    assert status == 0
    together = json.loads(out)
    assert all(row["reason"] is None and row["decision"] in {0, 1} for row in together)
    for row in together:
        (alone,) = json.loads(run("predict", *models, row["path"], "--json")[1])
        # float32 products of matrices round differently in batches of another size
        assert alone["anomaly_score"] == pytest.approx(row["anomaly_score"], rel=1e-6)


def piped_in(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input_is_a_recording_like_any_other(run, own, pump7, monkeypatch):
    path = own / "new" / "good.wav"
    piped_in(monkeypatch, path.read_bytes())
    status, out, err = run("predict", "--models", pump7, "-", path, "--json")
    assert status == 0, err
    streamed, read = json.loads(out)
    assert (streamed["path"], read["path"]) == ("-", str(path))
    assert streamed["anomaly_score"] == read["anomaly_score"]


def test_raw_samples_are_scored_from_files_folders_and_standard_input(
    run, own, pump7, tmp_path, monkeypatch
):
    path = own / "new" / "good.wav"
    samples, _ = soundfile.read(path, dtype="int16")
    (tmp_path / "good.raw").write_bytes(samples.astype("<i2").tobytes())
    (tmp_path / "notes.txt").touch()
    piped_in(monkeypatch, samples.astype("<i2").tobytes())
    options = ("predict", "--models", pump7, "--json", "--raw", "16000:s16le:1")
    status, out, err = run(*options, tmp_path / "good.raw", tmp_path, "-")
    assert status == 0, err
    assert "1 file was no recording: 1 .txt" in err
    rows = json.loads(out)
    assert len(rows) == 3
    expected = json.loads(run("predict", "--models", pump7, path, "--json")[1])[0]
    assert {row["anomaly_score"] for row in rows} == {expected["anomaly_score"]}


def test_a_file_with_a_header_is_no_raw_file(run, own, pump7):
    path = own / "new" / "good.wav"
    status, out, _ = run("predict", "--models", pump7, "--json", "--raw", "16000:s16le:1", path)
    assert status == 3
    assert json.loads(out)[0]["reason"] == "has a header of its own; leave out --raw"


def test_a_raw_format_that_is_none_is_one_line(run, own, pump7):
    status, _, err = run("predict", "--models", pump7, "--raw", "16 kHz", own / "new")
    assert status == 2
    assert "expected RATE:CODING:CHANNELS as in 16000:s16le:1" in err


def test_a_pipe_is_read_to_its_end(run, own, pump7, tmp_path):
    path, pipe = own / "new" / "good.wav", tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    status, out, err = run("predict", "--models", pump7, pipe, "--json")
    writer.join()
    assert status == 0, err
    assert json.loads(out)[0]["path"] == str(pipe)


def test_an_empty_standard_input_is_not_scored(run, pump7, monkeypatch):
    piped_in(monkeypatch, b"")
    status, out, _ = run("predict", "--models", pump7, "-", "--json")
    assert status == 3
    assert json.loads(out)[0]["reason"].startswith("empty file")
