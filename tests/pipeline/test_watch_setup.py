import os
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from open_journals import open_journal
from watching import ALARMS, alarms_of, settings_of, source_of, watched, wav_of

from dcase_classic.alarms.limit import LimitState
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.tracker import TrackerState
from dcase_classic.errors import ConfigError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.listening.folder import FolderSettings
from dcase_classic.io.listening.items import Began, Chunk, Ended, Idle, Pause
from dcase_classic.pipeline.posts import ListeningSettings
from dcase_classic.pipeline.watch_setup import (
    ListenSettings,
    SourceSettings,
    iter_source,
    make_posts,
)

pytestmark = pytest.mark.usefixtures("closed_soon", "closed_journals")


def test_a_machine_is_heard_in_one_channel_only(fitted):
    settings = ListenSettings(models=fitted, say=print, channels={0: "pump", 2: "pump/00"})
    with pytest.raises(ConfigError, match="channels 0 and 2 are given the same machine, pump/00"):
        make_posts(settings, {}, is_for_all=False)


def test_a_recorder_that_begins_a_wav_file_anew_is_followed(tmp_path):
    path = tmp_path / "grow.wav"
    soundfile.write(path, np.full((9000, 1), 0.2), 16000)
    source = SourceSettings(source=str(path), folder=FolderSettings())
    items = iter_source(source, ListeningSettings(), open_journal(None, (), []))

    def next_of(kind):
        return next(item for item in items if isinstance(item, kind))

    first = next_of(Began)
    assert next_of(Chunk).sample_rate_hz == 16000
    path.write_bytes(b"RIFF")  # and no more yet
    assert next_of(Ended).key == first.key
    assert next_of(Pause) == Pause(condition=OperatingCondition.GAP, reason=f"{path} begins anew")
    lost = next_of(Pause)
    assert lost.condition is OperatingCondition.LOST
    assert "ends within its header" in lost.reason
    next_of(Idle)
    soundfile.write(path, np.full((9000, 1), 0.1), 8000)
    assert next_of(Began).key != first.key
    assert next_of(Chunk).sample_rate_hz == 8000
    items.close()


def test_the_time_of_a_wav_file_that_is_there_is_that_of_its_last_change(tmp_path):
    path = tmp_path / "there.wav"
    soundfile.write(path, np.full((3 * 16000, 1), 0.2), 16000)
    os.utime(path, (1_000_000.0, 1_000_000.0))
    source = SourceSettings(source=str(path), folder=FolderSettings(is_once=True))
    items = iter_source(source, ListeningSettings(), open_journal(None, (), []))
    begins = [item.begin_s for item in items if isinstance(item, Chunk)]
    assert begins == pytest.approx(999_997.0 + 0.25 * np.arange(12))


@pytest.mark.parametrize(("share", "is_told"), [(0.6, True), (0.7, False), (None, False)])
def test_windows_that_are_much_shorter_than_what_was_learned_from_are_said(fitted, share, is_told):
    said = []
    length_s = load_model(fitted, "pump", "00").model.lengths.shortest_s
    window_s = None if share is None else share * length_s
    settings = settings_of(fitted, said, listening=ListeningSettings(window_s=window_s))
    make_posts(settings, {}, is_for_all=False)
    told = [line for line in said if line.startswith("pump: windows of ")]
    assert len(told) == is_told
    assert all(f", learned from {length_s:g} s: so much less" in line for line in told)


def test_a_machine_that_is_new_to_a_state_is_said(fitted):
    said = []

    def made(states):
        settings = ListenSettings(models=fitted, say=said.append, machine="pump")
        return make_posts(settings, states, is_for_all=True)[0]

    name = made({}).name
    n_said = len(said)
    made({"fan 00 0": TrackerState()})
    assert said[-1] == "pump 00: new to this state; what was heard before is not heard again"
    said.clear()
    made({name: TrackerState()})
    assert len(said) == n_said


def test_a_model_of_another_threshold_begins_with_the_limit_where_it_has_it(fitted):
    state, said = TrackerState(limit=LimitState(shift=20.0), scale="0 1"), []
    settings = ListenSettings(models=fitted, say=said.append, machine="pump")

    def made(states):
        return make_posts(settings, states, is_for_all=False)[0]

    name, scale = made({}).name, made({}).state.scale
    n_said = len(said)
    assert made({name: state}).state.limit == LimitState()
    assert any("another threshold than before; the limit begins anew" in line for line in said)
    said.clear()
    assert made({name: replace(state, scale=scale)}).state.limit.shift == 20.0
    assert made({name: replace(state, scale="")}).state.limit.shift == 20.0  # of an older state
    assert len(said) == n_said


@pytest.mark.uncounted
def test_a_wav_file_that_grows_is_heard_from_where_it_was(folder, fitted, said, tmp_path):
    settings = settings_of(fitted, said, state=tmp_path / "state")
    path = wav_of(folder, tmp_path / "grow.wav", 4)
    _, lines = watched(source_of(path), settings)
    assert alarms_of(lines) == []
    wav_of(folder, path)
    _, lines = watched(source_of(path), settings)
    (alarm,) = alarms_of(lines)
    assert alarm["source"] == str(path)
    ended, lines = watched(source_of(path), settings)
    assert (ended.n_raised, alarms_of(lines)) == (0, [])


def test_a_file_that_grows_and_has_no_window_yet_is_named(folder, fitted, said, tmp_path):
    path = wav_of(folder, tmp_path / "grow.wav", 2)
    listening = ListeningSettings(alarms=ALARMS, window_s=100.0)
    ended, lines = watched(source_of(path), settings_of(fitted, said, listening=listening))
    assert (ended.n_raised, lines) == (0, [])
    assert said == [f"{path}: shorter than a window, of which there was none"]


@pytest.mark.uncounted
@pytest.mark.parametrize(
    "change", [(4, 0, 4), (6, 1, 2)], ids=["it begins otherwise", "it begins alike and is shorter"]
)
def test_another_recording_of_the_same_name_is_heard_from_its_beginning(
    folder, fitted, said, tmp_path, change
):
    n_before, replaced, n_after = change
    settings = settings_of(fitted, said, state=tmp_path / "state")
    path = wav_of(folder, tmp_path / "grow.wav", n_before)
    _, lines = watched(source_of(path), settings)
    assert alarms_of(lines) == []
    (folder / "6.wav").rename(folder / f"{replaced}.wav")
    wav_of(folder, path, n_after)
    _, lines = watched(source_of(path), settings)
    assert len(alarms_of(lines)) == 1
