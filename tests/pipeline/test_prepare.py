import csv
import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import ROOT, machine_sound, write_wav

from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.prepared import check_settings, prepared_clips
from dcase_classic.pipeline.prepare import PrepareSettings
from dcase_classic.sound.spectra import log_mel


def read_index(out):
    with (out / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write_clips(folder, *, n_clips=4, seconds=3.0, rate_hz=16000, subtype="PCM_16", suffix="wav"):
    rng = np.random.default_rng(0)
    for index in range(n_clips):
        for split in ("train", "test"):
            name = f"section_00_source_{split}_normal_{index:04d}_vel_3.{suffix}"
            sound = machine_sound(rng, seconds=seconds * rate_hz / 16000)
            write_wav(folder / "pump" / split / name, sound, rate_hz, subtype=subtype)
    return folder


@pytest.fixture
def recordings(tmp_path):
    return write_clips(tmp_path / "raw")


@pytest.fixture
def prepared_copy(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    return tmp_path / "out"


def segments(out, kind="audio_segments"):
    return sorted((out / kind).rglob("index=*"))


def test_the_classic_files_are_written(run, recordings, tmp_path):
    out = tmp_path / "processed"
    status, text, err = run("prepare", recordings, out)
    assert status == 0, err
    assert text.splitlines()[1].split() == ["pump", "test", "4", "0", "12", "-"]
    name = "index=2__segment_id=1__domain=source__label=normal"
    segment, rate_hz = soundfile.read(
        out / "audio_segments" / "pump" / "train" / f"{name}.wav", dtype="int16"
    )
    source, _ = soundfile.read(sorted((recordings / "pump" / "train").iterdir())[2], dtype="int16")
    np.testing.assert_array_equal(segment, source[16000:32000])
    assert rate_hz == 16000
    spectrogram = np.load(out / "spectrograms" / "pump" / "train" / f"{name}.npy")
    samples = ((segment - source.mean()) / 32768).astype(np.float32)
    expected = log_mel(samples, SpectrumConfig(), sample_rate_hz=16000)
    np.testing.assert_allclose(spectrogram, expected.T, rtol=0, atol=1e-3)


def test_the_index_leads_back_to_every_file(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    rows = read_index(tmp_path / "out")
    assert len(rows) == 24
    for row in rows:
        source, _ = soundfile.read(recordings / row["source"], dtype="int16")
        start, n_samples = int(row["start_sample"]), int(row["n_samples"])
        stem = "index={index}__segment_id={segment_id}__domain={domain}__label={label}"
        path = tmp_path / "out" / "audio_segments" / "pump" / row["split"]
        segment, _ = soundfile.read(path / f"{stem.format(**row)}.wav", dtype="int16")
        np.testing.assert_array_equal(segment, source[start : start + n_samples])
        assert Path(row["source"]).name == row["name"]


def test_hidden_domains_and_labels_are_unknown(run, tmp_path):
    write_wav(tmp_path / "raw/fan/test/section_00_0000.wav", machine_sound(np.random.default_rng()))
    run("prepare", tmp_path / "raw", tmp_path / "out")
    assert segments(tmp_path / "out")[0].stem == (
        "index=0__segment_id=0__domain=unknown__label=unknown"
    )


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("subtype", "suffix", "kept"),
    [
        ("PCM_U8", "wav", "PCM_U8"),
        ("PCM_16", "wav", "PCM_16"),
        ("PCM_24", "wav", "PCM_24"),
        ("PCM_32", "wav", "PCM_32"),
        ("FLOAT", "wav", "FLOAT"),
        ("DOUBLE", "wav", "DOUBLE"),
        ("ULAW", "wav", "PCM_16"),
        ("PCM_24", "flac", "PCM_24"),
        ("VORBIS", "ogg", "FLOAT"),
    ],
)
def test_segments_hold_the_very_samples_of_the_source(run, tmp_path, subtype, suffix, kept):
    write_clips(tmp_path / "raw", n_clips=2, subtype=subtype, suffix=suffix)
    out = tmp_path / "out"
    assert run("prepare", tmp_path / "raw", out)[0] == 0
    source, _ = soundfile.read(min((tmp_path / "raw/pump/test").iterdir()), dtype="float64")
    parts = [path for path in segments(out) if path.match("test/index=0__*")]
    read = [soundfile.read(path, dtype="float64")[0] for path in parts]
    assert soundfile.info(parts[0]).subtype == kept
    np.testing.assert_array_equal(np.concatenate(read), source)


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("seconds", "rate_hz", "channel", "preset"),
    [
        (3.0, 16000, 0, "default"),
        (2.0, 44100, 0, "knn"),
        (3.0, 16000, "mean", "knn"),
        (3.0, 16000, "difference", "knn"),
    ],
)
def test_models_and_scores_from_segments_equal_those_from_clips(
    run, tmp_path, seconds, rate_hz, channel, preset
):
    raw = write_clips(tmp_path / "raw", seconds=seconds, rate_hz=rate_hz)
    if channel != 0:
        for path in raw.rglob("*.wav"):
            near, rate_hz = soundfile.read(path)
            soundfile.write(path, np.column_stack((near, near[::-1] / 2)), rate_hz)
    assert run("prepare", raw, tmp_path / "prepared", "--channel", channel)[0] == 0
    for name in ("raw", "prepared"):
        models = ("--models", tmp_path / f"models of {name}")
        options = (*models, "--channel", channel, "--preset", preset)
        status, _, err = run("fit", tmp_path / name, *options)
        assert status == 0, err
        assert run("score", tmp_path / name, *models, "-o", tmp_path / f"of {name}")[0] == 0
    files = [sorted((tmp_path / f"of {name}").rglob("*.csv")) for name in ("raw", "prepared")]
    assert len(files[0]) == 2
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


def test_a_rest_is_dropped_and_stated(run, tmp_path):
    write_clips(tmp_path / "raw", n_clips=2, seconds=2.4)
    status, text, _ = run("prepare", tmp_path / "raw", tmp_path / "out")
    assert status == 0
    assert text.splitlines()[1].split() == ["pump", "test", "2", "0", "4", "0.80", "s"]


def test_a_clip_shorter_than_a_segment_is_one_segment(run, tmp_path):
    write_clips(tmp_path / "raw", n_clips=2, seconds=0.5)
    assert run("prepare", tmp_path / "raw", tmp_path / "out")[0] == 0
    assert [row["n_samples"] for row in read_index(tmp_path / "out")] == ["8000"] * 4


def test_the_length_of_segments_is_a_choice(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out", "--segment-seconds", "1.5")
    assert {row["n_samples"] for row in read_index(tmp_path / "out")} == {"24000"}


def test_a_second_run_keeps_what_is_there_and_mends_what_is_not(run, recordings, tmp_path):
    out = tmp_path / "out"
    run("prepare", recordings, out)
    before = {path: path.stat().st_mtime_ns for path in segments(out)}
    altered, missing = segments(out)[0], segments(out, "spectrograms")[-1]
    altered.write_bytes(altered.read_bytes()[:-2])
    missing.unlink()
    status, _, err = run("prepare", recordings, out, "--verify")
    assert status == 2
    assert f"{altered}: altered" in err
    assert f"{missing}: missing" in err
    status, text, _ = run("prepare", recordings, out)
    assert [line.split()[3] for line in text.splitlines()[1:]] == ["3", "3"]
    kept = [path for path, time in before.items() if path.stat().st_mtime_ns == time]
    assert len(kept) == 18
    assert run("prepare", recordings, out, "--verify")[1].startswith("24 segments")


def test_a_changed_clip_is_cut_again(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    write_wav(
        min((recordings / "pump" / "test").iterdir()),
        np.random.default_rng(9).normal(size=16000) * 0.1,
    )
    text = run("prepare", recordings, tmp_path / "out")[1]
    assert text.splitlines()[1].split() == ["pump", "test", "4", "3", "10", "-"]
    assert len(segments(tmp_path / "out")) == 22


def test_segments_of_clips_that_are_gone_are_removed(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    min((recordings / "pump" / "train").iterdir()).unlink()
    run("prepare", recordings, tmp_path / "out")
    assert len(segments(tmp_path / "out")) == len(read_index(tmp_path / "out")) == 21
    assert run("prepare", recordings, tmp_path / "out", "--verify")[0] == 0


def test_other_settings_need_force(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    options = ("prepare", recordings, tmp_path / "out", "--segment-seconds", "3")
    status, _, err = run(*options)
    assert status == 2
    assert "use --force" in err
    assert run(*options, "--force")[0] == 0
    assert len(segments(tmp_path / "out")) == 8


@pytest.mark.uncounted
def test_machines_are_prepared_one_by_one(run, data, tmp_path):
    run("prepare", data, tmp_path, "--machine", "fan")
    run("prepare", data, tmp_path, "--machine", "pump", "--jobs", "2")
    assert {row["machine_type"] for row in read_index(tmp_path)} == {"fan", "pump"}
    assert {clip.machine_type for clip in find_clips(tmp_path)} == {"fan", "pump"}


def test_a_bad_clip_is_named_and_left_out_or_stops(run, recordings, tmp_path):
    bad = min((recordings / "pump" / "train").iterdir())
    bad.write_bytes(b"")
    status, _, err = run("prepare", recordings, tmp_path / "out")
    assert status == 3
    assert f"skipped {bad}: empty file" in err
    options = ("prepare", recordings, tmp_path / "other", "--on-error", "fail")
    status, _, err = run(*options)
    assert status == 2
    assert f"{bad}: empty file" in err


def test_a_clip_shorter_than_a_frame_is_named(run, recordings, tmp_path):
    bad = min((recordings / "pump" / "train").iterdir())
    write_wav(bad, np.linspace(0, 0.5, 160))
    status, _, err = run("prepare", recordings, tmp_path / "out")
    assert status == 3
    assert f"{bad}: too short" in err


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("segment_id", "id"), "line 1: expected the columns"),
        (lambda text: text.replace(",train,", ",training,", 1), "is not a valid Split"),
        (lambda text: text.replace(",source,normal,", ",east,normal,", 1), "not a valid Domain"),
        (lambda text: text.replace("16000", "many", 1), "expected a whole number"),
        (lambda text: text + "a,b\n", "line 26"),
        (
            lambda text: (
                "".join(text.splitlines(keepends=True)[:1])
                + text[text.index("\n") + 1 :][text[text.index("\n") + 1 :].index("\n") + 1 :]
            ),
            "a segment is missing",
        ),
    ],
)
def test_a_damaged_index_is_named(run, recordings, tmp_path, change, message):
    out = tmp_path / "out"
    run("prepare", recordings, out)
    (out / "index.csv").write_text(change((out / "index.csv").read_text()))
    status, _, err = run("fit", out, "--models", tmp_path / "m")
    assert status == 2
    assert message in err


def test_a_missing_segment_stops_fit(run, recordings, tmp_path):
    run("prepare", recordings, tmp_path / "out")
    segments(tmp_path / "out")[-1].unlink()
    status, _, err = run("fit", tmp_path / "out", "--models", tmp_path / "m")
    assert status == 2
    assert "a segment is missing; prepare the data again" in err


def test_a_folder_that_is_not_prepared_cannot_be_verified(run, recordings, tmp_path):
    status, _, err = run("prepare", recordings, tmp_path, "--verify")
    assert status == 2
    assert "expected a prepared folder" in err


@pytest.mark.parametrize("segment_s", [0.01, float("inf")])
def test_a_segment_holds_at_least_a_frame(segment_s):
    with pytest.raises(ValueError, match="segment_s"):
        PrepareSettings(segment_s=segment_s, audio=AudioConfig())


def test_too_short_segments_are_wrong_usage(run, recordings, tmp_path):
    status, _, err = run("prepare", recordings, tmp_path / "o", "--segment-seconds", "0.01")
    assert status == 2
    assert "expected at least one frame" in err


def test_mimii_is_prepared_with_unique_rows(run, tmp_path):
    rng = np.random.default_rng(0)
    for section, label in (("00", "normal"), ("02", "normal"), ("02", "abnormal")):
        for index in range(2):
            path = tmp_path / "fan" / f"id_{section}" / label / f"{index:08d}.wav"
            write_wav(path, machine_sound(rng))
    assert run("prepare", tmp_path, tmp_path / "out")[0] == 0
    rows = read_index(tmp_path / "out")
    assert len({(row["split"], row["index"], row["segment_id"]) for row in rows}) == len(rows)
    assert len(find_clips(tmp_path / "out")) == 6


def test_the_script_has_the_classic_defaults(recordings, tmp_path, monkeypatch, capsys):
    (tmp_path / "work" / "data").mkdir(parents=True)
    shutil.move(recordings, tmp_path / "work" / "data" / "raw")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("sys.argv", ["data_prep.py"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(ROOT / "scripts" / "data_prep.py"), run_name="__main__")
    assert not stopped.value.code
    assert "pump" in capsys.readouterr().out
    assert len(read_index(tmp_path / "work" / "data" / "processed")) == 24


@pytest.mark.uncounted
@pytest.mark.shared
def test_real_clips_of_whole_seconds_score_the_same_from_segments(run, shared, tmp_path):
    source = shared / "data" / "dcase2023t2" / "dev_data" / "raw" / "ToyCar"
    for split, n_clips in (("train", 12), ("test", 6)):
        folder = tmp_path / "raw" / "ToyCar" / split
        folder.mkdir(parents=True)
        for path in sorted((source / split).iterdir())[:: 200 // n_clips]:
            shutil.copy(path, folder)
    run("prepare", tmp_path / "raw", tmp_path / "prepared")
    for name in ("raw", "prepared"):
        models = ("--models", tmp_path / f"models of {name}")
        assert run("fit", tmp_path / name, *models, "--preset", "knn")[0] == 0
        assert run("score", tmp_path / name, *models, "-o", tmp_path / f"of {name}")[0] == 0
    scores = [
        next((tmp_path / f"of {name}" / "ToyCar").glob("anomaly_score*")).read_bytes()
        for name in ("raw", "prepared")
    ]
    assert scores[0] == scores[1]


def test_an_index_that_is_no_text_is_named_in_one_line(run, tmp_path, data):
    assert run("prepare", data, tmp_path, "--machine", "fan")[0] == 0
    (tmp_path / "index.csv").write_bytes(b"\xff\xfe")
    status, _, error = run("fit", tmp_path, "--models", tmp_path / "models")
    assert status == 2
    assert "index.csv: not a UTF-8 text file" in error
    assert len(error.splitlines()) == 1


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("pump", "../pump"), "machine_type: got '../pump'"),
        (lambda text: text.replace("pump", "/tmp"), "machine_type: got '/tmp'"),  # noqa: S108 - a path that must not be taken
        (lambda text: text.replace("pump", "p" * 300), "expected a name without folders"),
        (lambda text: text.replace(",section_00", ",../section_00"), "name: got"),
        (lambda text: text + '"' + "x" * 200_000, "field larger than field limit"),
        (lambda text: text + "\0", "a zero byte"),
        (lambda text: text.replace("16000", "1" * 5000), "expected a whole number"),
    ],
)
def test_an_index_is_never_trusted(prepared_copy, change, message):
    path = prepared_copy / "index.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match=message) as caught:
        prepared_clips(prepared_copy)
    assert len(str(caught.value).splitlines()) == 1


def test_an_index_or_settings_of_other_bytes_are_one_line(prepared_copy):
    (prepared_copy / "index.csv").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not a UTF-8 text file"):
        prepared_clips(prepared_copy)
    (prepared_copy / "prepare.json").write_bytes(b"\xff")
    with pytest.raises(DataError, match="made with other settings"):
        check_settings(prepared_copy, {})


@pytest.mark.parametrize("place", ["", "pump", "pump/train"])
def test_segments_do_not_come_among_the_recordings(run, recordings, place):
    before = sorted(recordings.rglob("*"))
    status, _, err = run("prepare", recordings, recordings / place)
    assert (status, "holds the recordings themselves; name another folder" in err) == (2, True)
    assert sorted(recordings.rglob("*")) == before
    assert run("prepare", recordings, recordings / "processed")[0] == 0
