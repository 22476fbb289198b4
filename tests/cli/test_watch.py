import csv
import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from conftest import machine_sound, write_wav

pytestmark = pytest.mark.usefixtures("closed_soon")

ALARMS = """
[severe]
level = 200.0
seconds = 1.0
within_s = 3.0

[limit]
false_alarms = 0.1
"""


@pytest.fixture
def recordings(tmp_path):
    rng = np.random.default_rng(5)
    for number in range(4):
        path = tmp_path / "in" / f"{number}.wav"
        write_wav(path, machine_sound(rng, is_anomaly=number == 3))
        os.utime(path, (1_000_000 + 10 * number, 1_000_000 + 10 * number))
    return tmp_path / "in"


@pytest.fixture
def options(fitted, tmp_path):
    (tmp_path / "alarms.toml").write_text(ALARMS)
    return ["--models", fitted, "--machine", "pump", "--settings", tmp_path / "alarms.toml"]


@pytest.mark.uncounted
def test_an_alarm_is_a_line_of_json_and_ends_with_1_if_that_is_wanted(run, recordings, options):
    status, out, _ = run("watch", recordings, *options, "--once", "--poll", "0.1")
    assert status == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert sum(line["type"] == "alarm" for line in lines) == 1
    status, _, _ = run("watch", recordings, *options, "--until-alarm", "--poll", "0.1")
    assert status == 1


@pytest.mark.uncounted
def test_a_recording_that_was_left_out_makes_the_status_3(run, recordings, options):
    (recordings / "x.wav").write_bytes(b"RIFF")
    status, _, err = run("watch", recordings, *options, "--once", "--poll", "0.1")
    assert status == 3
    assert "x.wav" in err
    status, out, err = run("watch", recordings, *options, "--dry-run", "--poll", "0.1")
    assert status == 3
    assert out.startswith("1 alarm would have been raised\n")
    assert "x.wav" in err


def test_a_dry_run_is_a_table_or_json(run, recordings, options):
    status, out, _ = run("watch", recordings, *options, "--dry-run", "--poll", "0.1")
    assert status == 0
    assert out.startswith("1 alarm would have been raised\n")
    page = recordings.parent / "page.html"
    more = ["--json", "--poll", "0.1", "--report", page]
    _, out, _ = run("watch", recordings, *options, "--dry-run", *more)
    assert "1 alarm in 4 windows of 1 machine" in page.read_text()
    incidents = json.loads(out)["incidents"]
    assert len(incidents) == 1
    _, out, _ = run("watch", recordings, *options, "--dry-run", "--jsonl", "--poll", "0.1")
    assert [json.loads(line) for line in out.splitlines()] == incidents
    _, out, _ = run("watch", recordings, *options, "--dry-run", "--csv", "--poll", "0.1")
    assert [row["begin"] for row in csv.DictReader(out.splitlines())] == [incidents[0]["begin"]]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "give SOURCE, or --device NAME"),
        ([""], "give SOURCE, or --device NAME"),
        (["-", "--device", "1"], "give SOURCE, or --device NAME"),
        (["-", "--channel", "pump"], "expected N=MACHINE"),
        (["-", "--channel", "9" * 5000 + "=pump"], "expected N=MACHINE"),
        (["-", "--raw", "9" * 5000 + ":s16le:1"], "expected RATE:CODING:CHANNELS"),
        (["-", "--raw", "16000:s16"], "raw: got"),
        (["-", "--channel", "1=fan", "--channel", "1=pump"], "given twice, for fan and pump"),
        (["-", "--window", "nan"], "got 'nan', expected a number of seconds"),
        (["-", "--hop", "inf"], "inf is not in the range"),
        (["-", "--poll", "1e308"], "1e+308 is not in the range"),
        (["-", "--mqtt", "mqtt://host/a#b"], "expected mqtt://[USER@]HOST[:PORT][/BASE]"),
        (["-", "--state", os.devnull], "cannot be used as the state of a watch (not a regular"),
        ([".", "--raw", "16000:s16le:1"], "recordings of a folder have headers"),
        (["-", "--notify"], "--notify needs a folder"),
        (["-", "--channel", "0=fan"], "--machine and --channel exclude each other"),
        (["-", "--report", "page.html"], "--report needs --dry-run"),
        (["-", "--csv"], "--csv needs --dry-run or --devices; alarms are lines of JSON"),
        (["-", "--mqtt", "mqtt://user:word@host"], "seen by others"),
    ],
)
def test_wrong_usage_is_one_line(run, options, arguments, problem):
    status, out, err = run("watch", *arguments, *options)
    assert (status, out) == (2, "")
    assert problem in err
    assert "user:word" not in err


def test_devices_are_listed_or_it_is_said_what_is_missing(run):
    status, _, err = run("watch", "--devices")
    assert status == 0 or "dcase_classic[live]" in err


@pytest.mark.usefixtures("sound_card")
def test_those_devices_are_listed_that_record(run):
    assert run("watch", "--devices")[:2] == (0, "1  USB microphone  2 channels  48000 Hz\n")


def test_who_listens_needs_models(run, recordings):
    status, _, err = run("watch", recordings)
    assert (status, "Missing option '--models'" in err) == (2, True)


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("sink", "problem"),
    [
        (("--webhook", "http://127.0.0.1:9/"), "webhook: 127.0.0.1 cannot be reached"),
        (("--mqtt", "mqtt://127.0.0.1:9"), "mqtt: 127.0.0.1 is not connected"),
    ],
)
def test_who_cannot_be_told_is_named(run, recordings, options, monkeypatch, sink, problem):
    monkeypatch.setattr("dcase_classic.pipeline.listen._LAST_S", 0.1)
    status, _, err = run("watch", recordings, *options, "--once", "--poll", "0.1", *sink)
    assert (status, problem in err) == (3, True), err
    assert "1 alarm was not delivered: lost without --state" in err


@pytest.mark.uncounted
def test_metrics_are_served_where_it_is_said(run, recordings, options):
    line = ("watch", recordings, *options, "--once", "--poll", "0.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, _, err = run(*line, "--metrics-port", port)
        assert (status, f"port {port}: Address already in use" in err) == (2, True), err
        assert run(*line, "--metrics-port", port, "--metrics-address", "127.0.0.2")[0] == 0


def test_raw_samples_and_wav_streams_are_heard_on_standard_input(recordings, options):
    sound = (recordings / "3.wav").read_bytes()
    for content, more in ((sound, []), (sound[44:], ["--raw", "16000:s16le:1"])):
        command = [sys.executable, "-m", "dcase_classic", "watch", "-", *map(str, options), *more]
        ended = subprocess.run(command, input=content, capture_output=True, check=True)
        assert raised_in(ended.stdout) == ["raised"]


def test_raw_samples_are_heard_from_a_file_that_grows(run, recordings, options, tmp_path):
    (tmp_path / "a.raw").write_bytes((recordings / "3.wav").read_bytes()[44:])
    raw = ["--raw", "16000:s16le:1", "--once"]
    status, out, _ = run("watch", tmp_path / "a.raw", *options, *raw)
    assert (status, raised_in(out)) == (0, ["raised"])


def raised_in(text):
    lines = [json.loads(line) for line in text.splitlines()]
    return [line["event"] for line in lines if line["type"] == "alarm"]
