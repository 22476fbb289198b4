import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.config import load_preset
from dcase_classic.io.recordings import inspect
from dcase_classic.io.recordings.inspect import inspect_header, inspect_samples
from dcase_classic.pipeline.doctor import doctor
from dcase_classic.pipeline.fit import fit
from dcase_classic.records import Severity


def touch_sound(path, seed):
    return write_wav(path, machine_sound(np.random.default_rng(seed), seconds=0.2))


def findings(data, kind=None, **options):
    result = doctor(data, **options).findings
    return [finding for finding in result if kind in {None, finding.kind}]


def a_clip(data, split="test", machine="pump"):
    return min((data / machine / split).iterdir())


def test_a_healthy_data_set_has_no_finding(run, own_data):
    status, out, _ = run("doctor", own_data, "--deep", "--fail-on-findings")
    assert status == 0
    assert out.splitlines()[-1] == "45 recordings (all samples), 0 findings"
    row = next(line.split() for line in out.splitlines() if line.startswith("pump"))
    assert row == ["pump", "00", "train", "source", "normal", "12", "-"]


def defect(path, content=None, **wav):
    path.unlink()
    if content is None:
        soundfile.write(path, **wav)
    else:
        path.write_bytes(content)


DEFECTS = {
    "bad file: empty file": {"content": b""},
    "bad file: cannot be decoded": {"content": b"text"},
    "bad file: holds no samples": {"data": np.zeros(0), "samplerate": 16000},
    "format: 8000 Hz, so sound": {"data": np.random.default_rng(0).normal(size=17600) * 0.1,
                                  "samplerate": 8000},
    "format: 2 channel": {"data": np.random.default_rng(0).normal(size=(35200, 2)) * 0.1,
                          "samplerate": 16000},
    "format: coded as PCM_24": {"data": np.random.default_rng(0).normal(size=35200) * 0.1,
                                "samplerate": 16000, "subtype": "PCM_24"},
    "format: 0.50 s long": {"data": np.random.default_rng(0).normal(size=8000) * 0.1,
                            "samplerate": 16000},
}  # fmt: skip
DEEP_DEFECTS = {
    "bad file: silent": {"data": np.zeros(35200), "samplerate": 16000},
    "bad file: holds samples that are NaN": {
        "data": np.full(35200, np.nan), "samplerate": 16000, "subtype": "FLOAT"},
    "odd sound: clipped": {"data": np.sign(np.random.default_rng(0).normal(size=35200)),
                           "samplerate": 16000},
}  # fmt: skip


@pytest.mark.uncounted
@pytest.mark.parametrize("said", [*DEFECTS, *DEEP_DEFECTS])
def test_every_bad_file_is_named_with_reason_and_advice(own_data, said):
    path = a_clip(own_data)
    defect(path, **(DEFECTS | DEEP_DEFECTS)[said])
    kind, problem = said.split(": ")
    result = findings(own_data, kind, is_deep=said in DEEP_DEFECTS)
    (named,) = [finding for finding in result if finding.problem.startswith(problem)]
    assert named.path == path
    assert named.advice


def test_a_truncated_file_of_each_container_is_named_by_its_header(tmp_path):
    for name in ("a.wav", "a.flac", "a.mp3", "a.aiff", "a.au", "a.w64"):
        sound = machine_sound(np.random.default_rng(0), seconds=5.0)
        path = write_wav(tmp_path / name, sound, subtype=None)
        assert inspect_header(path).error is None
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert inspect_header(path).error.problem.startswith("truncated")


def test_a_cut_ogg_file_is_odd_and_not_bad(tmp_path):
    sound = machine_sound(np.random.default_rng(0), seconds=5.0)
    path = write_wav(tmp_path / "a.ogg", sound, subtype=None)
    assert inspect_header(path).flags == ()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for inspection in (inspect_header(path), inspect_samples(path)):
        assert inspection.error is None
        assert inspection.flags[0].startswith("the stream has no end mark")


def in_parts(monkeypatch):
    """Files that do not fit into memory are those of more than two seconds."""
    monkeypatch.setattr(inspect, "MOST_VALUES", 32000)
    monkeypatch.setattr(inspect, "PART_VALUES", 16000)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_a_file_that_does_not_fit_into_memory_is_read_in_parts(tmp_path, monkeypatch, subtype):
    sound = machine_sound(np.random.default_rng(0), seconds=5.0)
    sound[32000:48000] = 0
    sound[70000:78000] = 0
    path = write_wav(tmp_path / "a.wav", sound, subtype=subtype)
    whole = inspect_samples(path)
    in_parts(monkeypatch)
    parts = inspect_samples(path)
    assert (parts.format, parts.error, parts.fingerprint) == (whole.format, None, whole.fingerprint)
    assert parts.flags == (
        "silent (all samples are zero), first at 2 s",
        "stands still for 0.50 s (lost samples or a muted microphone), first at 4 s",
    )


def test_a_long_silence_is_an_error(tmp_path, monkeypatch):
    in_parts(monkeypatch)
    error = inspect_samples(write_wav(tmp_path / "a.wav", np.zeros(50000))).error
    assert error.problem.startswith("silent")


def test_a_long_stream_of_unknown_length_is_read_in_parts(tmp_path, monkeypatch):
    path = write_wav(tmp_path / "a.wav", machine_sound(np.random.default_rng(0), seconds=5.0))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff" * 4
    path.write_bytes(content)
    in_parts(monkeypatch)
    inspection = inspect_samples(path)
    assert inspection.format.n_samples == 80000
    assert "stream" in inspection.flags[0]


def test_a_dead_channel_behind_the_first_is_a_flag(tmp_path):
    near = machine_sound(np.random.default_rng(0))
    path = write_wav(tmp_path / "a.wav", np.column_stack((near, 0 * near)))
    inspection = inspect_samples(path)
    assert inspection.error is None
    assert inspection.flags == ("channel 1 silent (all samples are zero)",)


@pytest.mark.parametrize("is_deep", [False, True])
def test_a_test_clip_among_the_training_clips_is_a_leak(own_data, is_deep):
    test, train = a_clip(own_data), a_clip(own_data, "train")
    shutil.copy(test, train)
    (leak,) = findings(own_data, "leak", is_deep=is_deep)
    assert leak.severity is Severity.ERROR
    assert {test, train} == {leak.path, Path(leak.problem.removeprefix("has the content of "))}


def test_equal_clips_of_one_split_are_duplicates(own_data):
    first, second = sorted((own_data / "fan" / "train").iterdir())[:2]
    shutil.copy(first, second)
    (result,) = findings(own_data, "duplicate")
    assert (result.severity, result.path) == (Severity.WARNING, second)


def test_files_that_differ_in_the_middle_only_are_no_duplicates(own_data):
    first, second = sorted((own_data / "fan" / "train").iterdir())[:2]
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    second.write_bytes(content)
    assert findings(own_data, "duplicate") == []
    assert findings(own_data, "duplicate", is_deep=True) == []


def test_equal_samples_in_other_containers_are_found_by_the_deep_pass(own_data):
    first, second = sorted((own_data / "fan" / "train").iterdir())[:2]
    samples, rate_hz = soundfile.read(first, dtype="int16")
    second.unlink()
    soundfile.write(second.with_suffix(".flac"), samples, rate_hz)
    assert findings(own_data, "duplicate") == []
    assert len(findings(own_data, "duplicate", is_deep=True)) == 1


def test_names_that_are_no_clips_are_named_and_do_not_stop(own_data, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)  # without which m4a is not read
    odd = a_clip(own_data).rename(own_data / "pump" / "test" / "recording.wav")
    twin = own_data / "more" / "pump" / "train"
    twin.mkdir(parents=True)
    shutil.copy(a_clip(own_data, "train"), twin)
    (own_data / "fan" / "test" / "section_00_source_test_normal_0077.m4a").touch()
    result = {finding.path: finding for finding in findings(own_data, "name")}
    assert result[odd].problem == "the name cannot be understood"
    assert any("stands 2 times" in finding.problem for finding in result.values())
    assert any(".m4a is not read" in finding.problem for finding in result.values())


def test_any_folder_of_recordings_is_looked_at(run, tmp_path):
    for index in range(3):
        touch_sound(tmp_path / f"day {index}" / "rec.wav", index)
    (tmp_path / "day 0" / "bad.wav").write_bytes(b"")
    status, out, err = run("doctor", tmp_path, "--json")
    assert status == 0, err
    content = json.loads(out)
    assert content["n_clips"] == 4
    assert [row["kind"] for row in content["findings"]] == ["bad file"]


def test_a_single_recording_and_a_list_are_looked_at(run, tmp_path):
    touch_sound(tmp_path / "a.wav", 0)
    (tmp_path / "b.wav").write_bytes(b"text")
    (tmp_path / "list.csv").write_text("path,machine_type\na.wav,pump\nb.wav,pump\n")
    assert json.loads(run("doctor", tmp_path / "a.wav", "--json")[1])["n_clips"] == 1
    (finding,) = json.loads(run("doctor", tmp_path / "list.csv", "--json")[1])["findings"]
    assert finding["path"] == str(tmp_path / "b.wav")


def test_recordings_of_ones_own_are_compared_with_the_model_that_would_score_them(
    own_data, tmp_path, fitted
):
    recording = a_clip(own_data)
    stereo = np.column_stack([soundfile.read(recording)[0]] * 2)
    write_wav(tmp_path / "new" / "pump" / "odd.wav", stereo)
    (result,) = findings(tmp_path / "new", models=fitted)
    assert result.problem == "2 channels instead of 1, heard is the first"


def test_recordings_of_ones_own_that_no_model_would_score_are_named(tmp_path, fitted):
    path = touch_sound(tmp_path / "new" / "a.wav", 0)
    (result,) = findings(tmp_path / "new", "model", models=fitted)
    assert (result.path, result.problem.partition(" is ")[0]) == (path, "no folder of its path")


def test_a_list_tells_which_recordings_the_models_would_score(own_data, tmp_path, fitted):
    recording = a_clip(own_data)
    rows = [f"{recording},{split},{sibling}" for split, sibling in (("train", ""), ("", ""))]
    rows.append(f"{touch_sound(tmp_path / 'b.wav', 1)},,other")
    (tmp_path / "list.csv").write_text("\n".join(["path,split,sibling", *rows]))
    kinds = [finding.kind for finding in findings(tmp_path / "list.csv", models=fitted)]
    assert "leak" in kinds
    assert "model" not in kinds


def test_a_recording_where_no_layout_has_it_is_named(own_data):
    path = touch_sound(own_data / "fan" / "validation" / "a.wav", 0)
    (result,) = findings(own_data, "place")
    assert (result.path, result.problem) == (path, "not directly in a folder train or test")


def test_counts_are_compared_with_what_the_year_promises(tmp_path):
    folder = tmp_path / "dcase2023t2" / "dev_data" / "raw" / "fan"
    names = ("train/section_00_source_train_normal_0000_m-n_X.wav",
             "test/section_00_source_test_normal_0000_m-n_X.wav")  # fmt: skip
    for seed, name in enumerate(names):
        touch_sound(folder / name, seed)
    result = doctor(tmp_path)
    promised = {(row.split, row.domain, row.label): row.n_expected for row in result.counts}
    assert promised == {
        ("train", "source", "normal"): 990,
        ("train", "target", "normal"): 10,
        ("test", "source", "normal"): 50,
        ("test", "source", "anomaly"): 50,
        ("test", "target", "normal"): 50,
        ("test", "target", "anomaly"): 50,
    }
    problems = {finding.problem for finding in result.findings if finding.kind == "count"}
    assert "fan section 00: 1 train source normal clip, the year promises 990" in problems


@pytest.mark.parametrize(
    ("year", "name", "kind", "promised"),
    [
        (2023, "section_00_0000.wav", (None, None), 200),
        (2023, "section_00_source_test_anomaly_0000_a_1.wav", ("source", "anomaly"), 40),
        (2021, "section_03_source_test_0000.wav", ("source", None), None),
        (2020, "id_01_00000000.wav", (None, None), None),
    ],
)
def test_the_promises_of_other_years_and_parts_are_known(tmp_path, year, name, kind, promised):
    touch_sound(tmp_path / "bandsaw" / "test" / name, 0)
    result = doctor(tmp_path, year=year)
    counts = {(row.domain, row.label): row.n_expected for row in result.counts}
    assert counts[kind] == promised
    assert any(finding.problem.endswith("no training clip") for finding in result.findings)


def test_attributes_that_contradict_names_are_named(tmp_path):
    folder = tmp_path / "fan"
    for index, speed in enumerate((1, 2, 3)):
        touch_sound(
            folder / f"train/section_00_source_train_normal_000{index}_vel_{speed}.wav", index
        )
    (folder / "attributes_00.csv").write_text(
        "file_name,d1p,d1v\n"
        "fan/train/section_00_source_train_normal_0000_vel_1.wav,vel,1\n"
        "fan/train/section_00_source_train_normal_0001_vel_2.wav,vel,9\n"
        "fan/train/section_00_source_train_normal_0007_vel_2.wav,vel,2\n"
    )
    problems = [finding.problem for finding in findings(tmp_path, "attributes")]
    assert "says {'vel': '9'} where the name says {'vel': '2'}" in problems
    assert "lists 1 clip that is not here" in problems
    assert any(problem.startswith("lacks 1 training clip") for problem in problems)
    (folder / "attributes_00.csv").write_text("nonsense\n")
    assert findings(tmp_path, "attributes")[0].problem.startswith("line 1: expected the header")


def test_models_are_looked_at_too(own_data, tmp_path):
    models = tmp_path / "models"
    fit(own_data, models, load_preset("knn"), machines=["pump"])
    assert findings(own_data, "model", models=models)[0].problem == "no model of fan section 00"
    odd = a_clip(own_data)
    defect(odd, data=np.random.default_rng(0).normal(size=17600) * 0.1, samplerate=8000)
    named = [item.path for item in findings(own_data, "format", models=models)]
    assert named.count(odd) == 1  # it is unlike both the others and the model
    (models / "pump_section_00.joblib").write_bytes(b"")
    problems = [finding.problem for finding in findings(own_data, "model", models=models)]
    assert any("is not what the manifest says" in problem for problem in problems)


def test_json_holds_counts_and_findings(run, own_data):
    path = a_clip(own_data)
    path.write_bytes(b"")
    status, out, _ = run("doctor", own_data, "--json")
    result = json.loads(out)
    assert status == 0
    assert (result["n_clips"], result["year"], result["is_deep"]) == (45, None, False)
    assert result["sections"][0].keys() == {
        "machine_type", "section", "split", "domain", "label", "n_clips", "n_expected"
    }  # fmt: skip
    (finding,) = result["findings"]
    assert finding == {
        "severity": "error",
        "kind": "bad file",
        "path": str(path),
        "problem": "empty file (0 bytes)",
        "advice": "record or copy it again",
    }


def test_findings_make_the_status_1_only_when_asked_to(run, own_data):
    a_clip(own_data).write_bytes(b"")
    assert run("doctor", own_data)[0] == 0
    status, out, _ = run("doctor", own_data, "--fail-on-findings")
    assert status == 1
    assert f"error: bad file: {a_clip(own_data)}: empty file (0 bytes); record or copy" in out


def test_a_folder_that_cannot_be_looked_at_is_one_line(run, own_data, tmp_path):
    assert run("doctor", tmp_path / "nowhere")[0] == 2
    (tmp_path / "empty" / "fan" / "train").mkdir(parents=True)
    status, _, err = run("doctor", tmp_path / "empty")
    assert status == 2
    assert "no clip in it" in err
    touch_sound(tmp_path / "empty" / "fan" / "train" / "monday" / "a.wav", 1)
    for verb in (("doctor",), ("fit", "--models", tmp_path / "m")):
        status, _, err = run(*verb, tmp_path / "empty")
        message = "none of its recordings is directly in a folder train or test"
        assert (status, message in err) == (2, True)
    run("prepare", own_data, tmp_path / "out", "--machine", "fan")
    status, _, err = run("doctor", tmp_path / "out")
    assert status == 2
    assert "prepare DATA OUT --verify" in err


@pytest.mark.uncounted
@pytest.mark.shared
def test_the_real_subset_has_no_bad_file_and_the_right_counts(shared):
    result = doctor(shared / "data" / "dcase2023t2", is_deep=True)
    assert [finding.kind for finding in result.findings] == ["count", "attributes"]
    assert result.findings[0].problem == (
        "ToyCar section 00: 237 train source normal clips, the year promises 990"
    )
    assert result.findings[1].problem == "lists 753 clips that are not here"
    assert [row.n_clips for row in result.counts] == [237, 10, 50, 50, 50, 50]
