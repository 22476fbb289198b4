import errno
import io
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav
from open_journals import open_journal
from watching import ALARMS, LIMIT, alarms_of, settings_of, source_of, watched, wav_of

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.settings import AlarmRule, AlarmSettings, LimitSettings
from dcase_classic.alarms.tracker import EventKind
from dcase_classic.config import load_preset
from dcase_classic.errors import ArtifactError, ConfigError, DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.listening.folder import FolderSettings
from dcase_classic.io.listening.items import Chunk, Pause
from dcase_classic.io.sinks.choice import SinkChoice
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.inference import recalibrated
from dcase_classic.pipeline.listen import alarm_settings, listen, rehearse
from dcase_classic.pipeline.posts import ListeningSettings, Post
from dcase_classic.pipeline.watch import Watch, WatchParts
from dcase_classic.pipeline.watch_setup import SourceSettings

pytestmark = pytest.mark.usefixtures("closed_soon", "closed_journals")


@pytest.fixture(scope="module")
def small(data, tmp_path_factory):
    """Models of one view, which a watch asks sooner."""
    models = tmp_path_factory.mktemp("models")
    fit(data, models, load_preset("knn"))
    return models


@pytest.mark.uncounted
def test_a_fault_in_a_folder_of_recordings_is_one_alarm(folder, small, said):
    ended, lines = watched(source_of(folder), settings_of(small, said))
    (alarm,) = alarms_of(lines)
    assert (ended.n_raised, ended.n_unread, ended.n_waiting) == (1, 0, 0)
    assert (alarm["event"], alarm["machine"], alarm["number"]) == ("raised", "pump", 1)
    assert alarm["source"].endswith("6.wav")
    assert "Hz" in alarm["why"]
    assert alarm["begin"] == "1970-01-12T13:47:37.800Z"  # 2.2 s before the file was closed


@pytest.mark.uncounted
def test_an_alarm_tells_the_seconds_of_its_recording(small, said, tmp_path):
    rng = np.random.default_rng(5)
    sound = machine_sound(rng, seconds=17.6)
    at = len(sound) - 16000
    sound[at : at + 1000] += 0.3 * rng.normal(size=1000)  # a bang
    (tmp_path / "in").mkdir()
    write_wav(tmp_path / "in" / "long.wav", sound)
    (alarm,) = alarms_of(watched(source_of(tmp_path / "in"), settings_of(small, said))[1])
    (at_s,) = re.findall(r"around ([\d.]+)", alarm["why"])[:1]
    assert float(at_s) == pytest.approx(at / 16000, abs=0.3)


@pytest.mark.uncounted
def test_a_state_makes_the_next_watch_go_on_and_tell_nothing_twice(folder, fitted, said, tmp_path):
    listening = ListeningSettings(alarms=replace(ALARMS, hold_off_s=33.0))
    more = {"state": tmp_path / "state", "listening": listening}
    settings = settings_of(fitted, said, **more)
    _, lines = watched(source_of(folder), settings)
    assert len(alarms_of(lines)) == 1
    ended, lines = watched(source_of(folder), settings)
    assert (ended.n_raised, lines) == (0, [])
    quiet = machine_sound(np.random.default_rng(9), seconds=40)
    write_wav(folder / "later.wav", quiet)
    _, lines = watched(source_of(folder), settings)
    (alarm,) = alarms_of(lines)
    assert (alarm["event"], alarm["number"]) == ("ended", 1)
    settings = settings_of(fitted, said, is_limit_reset=True, **more)
    ended, lines = watched(source_of(folder), settings)
    assert (ended.n_raised, alarms_of(lines)) == (0, [])


def test_recordings_that_cannot_be_heard_are_named_and_passed_over(folder, fitted, said):
    (folder / "6.wav").write_bytes(b"RIFF nothing")
    ended, lines = watched(source_of(folder), settings_of(fitted, said))
    assert (ended.n_unread, alarms_of(lines)) == (1, [])
    assert any("6.wav" in line for line in said)


@pytest.mark.uncounted
def test_names_that_are_no_text_and_times_of_no_calendar_do_not_end_a_watch(
    folder, small, said, tmp_path
):
    odd = folder / os.fsdecode(b"\xff.wav")
    shutil.copyfile(folder / "6.wav", odd)
    os.utime(odd, (-1e9, -1e9))
    settings = settings_of(small, said, state=tmp_path / "state")
    _, lines = watched(source_of(folder), settings)
    assert alarms_of(lines)[0]["begin"].startswith("1938-04-2")
    assert said == []
    assert watched(source_of(folder), settings)[1] == []


@pytest.mark.uncounted
def test_recordings_go_to_the_machine_that_their_folder_names(folder, small, said):
    shutil.copytree(folder, folder.with_name("all") / "pump")
    shutil.copytree(folder, folder.with_name("all") / "unknown")
    ended, lines = watched(
        source_of(folder.with_name("all")), settings_of(small, said, machine=None)
    )
    assert [alarm["machine"] for alarm in alarms_of(lines)] == ["pump"]
    assert ended.n_unread == 10
    assert "no folder of its path" in said[-1]


@pytest.mark.uncounted
def test_the_sound_of_an_alarm_is_kept(folder, small, said, tmp_path, monkeypatch):
    settings = settings_of(small, said, keep_folder=tmp_path / "kept")
    _, lines = watched(source_of(folder), settings)
    (alarm,) = alarms_of(lines)
    kept, _ = soundfile.read(alarm["kept"])
    original, _ = soundfile.read(folder / "6.wav")
    np.testing.assert_array_equal(kept, original)
    assert Path(alarm["kept"]).with_suffix(".png").read_bytes()[1:4] == b"PNG"
    assert json.loads(Path(alarm["kept"]).with_suffix(".json").read_text())["id"] == alarm["id"]

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dcase_classic.pipeline.watch.keep_sound", refuse)
    _, lines = watched(source_of(folder), settings)
    assert [alarm["kept"] for alarm in alarms_of(lines)] == [""]
    assert "cannot be kept" in said[-1]


@pytest.mark.uncounted
def test_why_sound_can_have_no_score_is_said_once_for_each_recording(folder, small, said):
    for number in (2, 3):
        sound, rate_hz = soundfile.read(folder / f"{number}.wav")
        soundfile.write(folder / f"{number}.wav", sound[::2], rate_hz // 2)
        os.utime(folder / f"{number}.wav", (1_000_000 + 10 * number, 1_000_000 + 10 * number))
    ended, _ = watched(source_of(folder), settings_of(small, said))
    assert ended.n_unread == 2
    reason = "8000 Hz, so sound up to 4000 Hz, where this machine's recordings have 8000 Hz"
    assert said[-2:] == [f"{folder / name}: {reason}" for name in ("2.wav", "3.wav")]
    ended, _ = watched(source_of(folder / "2.wav"), settings_of(small, said))
    assert ended.n_unread == 1


def test_why_a_live_source_can_have_no_score_is_said_once(fitted, said):
    watch, post = live_watch(fitted, said)
    sound = np.zeros((40_000, 1), np.float32)
    sound[::100] = np.nan
    watch.run([Chunk(samples=sound, sample_rate_hz=16000, begin_s=0.0)] * 2)
    assert said == [f"{post.status.name}: holds samples that are NaN or infinite"]


def test_an_alarm_below_the_limit_has_its_sound_and_its_reason_too(folder, fitted, said, tmp_path):
    low = AlarmRule(level=1, seconds=0.1, within_s=3)
    alarms = AlarmSettings(severe=low, going_on=low, limit=LIMIT)
    listening = ListeningSettings(alarms=alarms)
    settings = settings_of(fitted, said, keep_folder=tmp_path / "kept", listening=listening)
    _, lines = watched(source_of(folder), replace(settings, until_alarm=True))
    alarm = alarms_of(lines)[0]
    assert alarm["peak"] < 100
    assert Path(alarm["kept"]).is_file()
    assert alarm["why"]


@pytest.mark.uncounted
def test_it_can_end_at_the_first_alarm(folder, small, said):
    settings = settings_of(small, said, until_alarm=True)
    live = SourceSettings(source=str(folder), folder=FolderSettings(poll_s=0.05))
    ended, lines = watched(live, settings)
    assert ended.n_raised == 1
    assert len(alarms_of(lines)) == 1


@pytest.mark.uncounted
def test_alarms_that_nobody_took_wait_in_the_state(folder, small, said, tmp_path, monkeypatch):
    monkeypatch.setattr("dcase_classic.pipeline.listen._LAST_S", 0.1)
    settings = settings_of(small, said, state=tmp_path / "state")
    hook = {"webhook": "http://127.0.0.1:9/"}
    ended, _ = watched(source_of(folder), settings, **hook)
    assert ended.n_waiting == 1
    assert said[-1] == "1 alarm was not delivered: kept in the state"
    ended, lines = watched(source_of(folder), settings, **hook)
    assert (ended.n_waiting, lines) == (1, [])
    watched(source_of(folder), settings_of(small, said), **hook)
    assert ": lost without --state" in said[-1]


@pytest.mark.uncounted
def test_two_machines_are_heard_in_two_channels_of_a_stream(folder, small, said, tmp_path):
    mono, _ = soundfile.read(wav_of(folder, tmp_path / "mono.wav", 8))
    quiet = machine_sound(np.random.default_rng(7), seconds=22)[: len(mono)]
    path = tmp_path / "both.wav"
    soundfile.write(path, np.column_stack([quiet, mono]), 16000)
    settings = settings_of(small, said, machine=None, channels={0: "fan", 1: "pump"})
    _, lines = watched(source_of(path), settings)
    assert {line["machine"] for line in lines} == {"fan", "pump"}
    assert {alarm["machine"] for alarm in alarms_of(lines)} == {"pump"}


@pytest.mark.uncounted
def test_what_was_told_of_a_peak_is_told_at_the_end_by_a_later_watch(folder, small, said, tmp_path):
    alarms = replace(
        ALARMS, hold_off_s=3.0, going_on=AlarmRule(level=80.0, seconds=2.0, within_s=2.0)
    )
    more = {"state": tmp_path / "state", "keep_folder": tmp_path / "kept"}
    listening = ListeningSettings(alarms=alarms)
    settings = settings_of(small, said, listening=listening, **more)
    later = [folder / f"{number}.wav" for number in (7, 8, 9)]
    for path in later:
        path.rename(path.with_suffix(".part"))
    _, lines = watched(source_of(folder), settings)
    (raised,) = alarms_of(lines)
    for path in later:
        path.with_suffix(".part").rename(path)
    _, lines = watched(source_of(folder), settings)
    (ended,) = alarms_of(lines)
    assert (raised["event"], ended["event"]) == ("raised", "ended")
    assert raised["source"] == str(folder / "6.wav")
    for key in ("source", "why", "kept", "peak_at", "begin"):
        assert ended[key] == raised[key] != ""
    told = json.loads(Path(raised["kept"]).with_suffix(".json").read_text())
    assert told["event"] == "ended"


def test_a_stream_of_unknown_machine_asks_for_it(fitted, said, tmp_path):
    path = write_wav(tmp_path / "a.wav", np.zeros(10))
    for machine, problem in (
        (None, "there are models of fan/00, pump/00; say which with --machine"),
        ("lathe", "no model of 'lathe'"),
    ):
        settings = settings_of(fitted, said, machine=machine)
        with pytest.raises(ArtifactError, match=problem):
            listen(source_of(path), settings, SinkChoice(), io.StringIO())


@pytest.mark.uncounted
def test_a_rate_that_few_clips_cannot_tell_is_begun_with_and_said(folder, small, said):
    alarms = AlarmSettings(limit=LimitSettings(false_alarms=0.001))
    listening = ListeningSettings(alarms=alarms)
    watched(source_of(folder), settings_of(small, said, listening=listening))
    assert "so few clips tell a rate of" in said[0]


@pytest.mark.uncounted
def test_a_rehearsal_tells_what_would_have_been_raised_and_writes_nothing(folder, small, said):
    before = sorted(folder.rglob("*"))
    settings = settings_of(small, said, keep_folder=folder / "kept", state=folder / "state")
    rehearsal = rehearse(source_of(folder), settings)
    (incident,) = rehearsal.incidents()
    assert incident.event is EventKind.RAISED
    assert sum(hour.n_windows for hour in rehearsal.hours.values()) == 10
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("kept", ["kept", "below/kept", "../link/kept", "."])
def test_sounds_of_alarms_are_not_kept_where_they_would_be_heard_again(
    folder, fitted, said, tmp_path, kept
):
    (tmp_path / "link").symlink_to(folder)
    settings = settings_of(fitted, said, keep_folder=folder / kept)
    with pytest.raises(ConfigError, match="heard again; keep alarms elsewhere"):
        watched(source_of(folder), settings)
    settings = settings_of(fitted, said, keep_folder=folder / "0.wav")
    with pytest.raises(NotADirectoryError):
        watched(source_of(folder), settings)


def test_settings_of_a_rule_that_are_left_out_stay(tmp_path):
    path = tmp_path / "alarms.toml"
    path.write_text("severe.level = 250.0\n[lasting]\nseconds = 100.0\nwithin_s = 150.0\n")
    usual, settings = AlarmSettings(), alarm_settings(path)
    assert settings.severe == replace(usual.severe, level=250.0)
    assert settings.lasting == AlarmRule(level=100.0, seconds=100.0, within_s=150.0)
    assert (settings.strong, settings.limit) == (usual.strong, usual.limit)
    path.write_text("[severe]\nlevel = 250.0\nseconds = 30.0\n")
    with pytest.raises(ConfigError, match=r"line 3: severe: seconds: got 30.0, expected .*\(3\)"):
        alarm_settings(path)


def test_alarm_settings_are_read_from_a_file_or_are_the_defaults(tmp_path):
    path = tmp_path / "alarms.toml"
    path.write_text("hold_off_s = 5\n[limit]\nfalse_alarms = 0.05\n")
    settings = alarm_settings(path, is_frozen=True)
    assert (settings.hold_off_s, settings.limit.false_alarms) == (5.0, 0.05)
    assert settings.limit.is_frozen
    assert alarm_settings(None) == AlarmSettings()
    path.write_text("hold_of_s = 5")
    with pytest.raises(ConfigError, match=r"alarms.toml.*hold_of_s"):
        alarm_settings(path)


def test_a_source_that_is_not_there_is_said(fitted, said, tmp_path):
    with pytest.raises(DataError, match="no such file"):
        listen(
            source_of(tmp_path / "none.wav"), settings_of(fitted, said), SinkChoice(), io.StringIO()
        )


def live_watch(fitted, said):
    """A watch of the pump that hears items which a test gives, and its post."""
    detector = recalibrated(load_model(fitted, "pump", "00"), 0.1, fitted)
    post = Post(detector, ListeningSettings(alarms=ALARMS))
    journal = open_journal(None, (), said)
    parts = WatchParts(posts=(post,), journal=journal, couriers=(), say=said.append)
    return Watch(parts), post


def chunk(seconds, begin_s, seed=0):
    sound = machine_sound(np.random.default_rng(seed), seconds=seconds)
    samples = sound[:, np.newaxis].astype(np.float32)
    return Chunk(samples=samples, sample_rate_hz=16000, begin_s=begin_s)


def test_a_gap_begins_a_window_anew_and_a_clock_that_is_set_does_not(fitted, said):
    watch, post = live_watch(fitted, said)
    gap = Pause(condition=OperatingCondition.GAP, reason="missing")
    watch.run([chunk(2, 100.0), gap, chunk(2, 200.0)])
    assert post.n_windows == 0
    assert said == ["missing"]
    watch, post = live_watch(fitted, said)
    was_set = Pause(condition=OperatingCondition.RUNNING, reason="the clock was set")
    watch.run([chunk(2, 100.0), was_set, chunk(2, 3700.0)])
    assert post.status.condition is OperatingCondition.RUNNING
    assert post.status.at_s > 3700


def test_a_source_that_is_lost_before_the_first_window_is_shown(fitted, said):
    watch, post = live_watch(fitted, said)
    watch.run([Pause(condition=OperatingCondition.LOST, reason="no sound")])
    assert post.has_news
    assert post.status.condition is OperatingCondition.LOST


def test_what_is_left_of_a_live_stream_is_heard_at_its_end(fitted, said):
    watch, post = live_watch(fitted, said)
    watch.run([chunk(2, 100.0)])
    assert post.status.at_s == 102.0
    assert post.status.severity is not None


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", [ValueError, PermissionError])
def test_an_alarm_is_told_even_if_its_reason_cannot_be(folder, small, said, monkeypatch, kind):
    def fail(*_):
        raise kind("no reason")

    monkeypatch.setattr("dcase_classic.pipeline.stream.Stream.explain", fail)
    _, lines = watched(source_of(folder), settings_of(small, said))
    assert [alarm["why"] for alarm in alarms_of(lines)] == [""]
    assert "what is odd cannot be told (no reason)" in said[0]
