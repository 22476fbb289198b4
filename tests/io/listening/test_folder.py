import os
import threading
import time

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic.errors import DataError
from dcase_classic.io.listening.folder import FolderSettings, FolderWatch, Seen, iter_folder
from dcase_classic.io.listening.items import Began, Ended, Idle, Pause
from dcase_classic.io.listening.notifier import notify_closed

ONCE = FolderSettings(poll_s=0.01, is_once=True)


@pytest.fixture
def heard():
    return set()


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def watch(folder, heard):
    return FolderWatch(folder=folder, is_known=heard.__contains__)


def names(ready):
    return [path.name for path, _ in ready]


def test_a_file_is_closed_when_it_has_not_changed_for_two_seconds(folder, watch):
    path = write_wav(folder / "a.wav", np.zeros(10))
    assert names(watch.look(0.0)) == []
    assert names(watch.look(1.9)) == []
    with path.open("ab") as file:
        file.write(b"more")
    assert names(watch.look(2.1)) == []
    assert names(watch.look(4.2)) == ["a.wav"]


def test_a_file_that_is_renamed_is_closed_at_once(folder, watch):
    path = write_wav(folder / "a.wav", np.zeros(10)).rename(folder / "a.wav.part")
    assert names(watch.look(0.0)) == names(watch.look(10.0)) == []
    path.rename(folder / "a.wav")
    assert names(watch.look(10.1)) == ["a.wav"]


def test_hidden_files_and_those_that_are_being_written_are_not_heard(folder, watch):
    for name in (".a.wav", "a.wav.tmp", "notes.txt"):
        (folder / name).write_bytes(b"x")
    watch.look(0.0)
    assert names(watch.look(10.0)) == []
    assert watch.is_settled


def test_files_come_in_the_order_in_which_they_were_closed(folder, watch):
    for number, name in enumerate(["b", "c", "sub/a"]):
        path = write_wav(folder / f"{name}.wav", np.zeros(10))
        os.utime(path, (1000 - number, 1000 - number))
    watch.look(0.0)
    assert names(watch.look(2.0)) == ["a.wav", "c.wav", "b.wav"]


def test_a_file_that_was_heard_comes_again_only_if_it_has_changed(folder, watch, heard):
    path = write_wav(folder / "a.wav", np.zeros(10))
    watch.look(0.0)
    ((_, seen),) = watch.look(2.0)
    heard.add(watch.key(path, seen))
    assert watch.look(4.0) == []
    assert watch.keys == heard
    write_wav(folder / "a.wav", np.zeros(20))
    watch.look(5.0)
    assert names(watch.look(7.0)) == ["a.wav"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path):
    watch = FolderWatch(folder=tmp_path / "none", is_known=set().__contains__)
    with pytest.raises(DataError, match="cannot be read"):
        watch.look(0.0)


@pytest.mark.uncounted
@pytest.mark.usefixtures("closed_soon")
def test_a_folder_is_heard_once_file_by_file(folder, watch, heard):
    sound = np.arange(20000) / 32768
    path = write_wav(folder / "a.wav", sound)
    os.utime(path, (1000, 1000))
    (folder / "b.wav").write_bytes(b"RIFF no wav file at all")
    items = []
    for item in iter_folder(watch, ONCE):
        items.append(item)
        if isinstance(item, Ended):
            heard.add(item.key)
    began, *chunks, ended = [item for item in items if not isinstance(item, Idle)][:4]
    assert (began.path, ended.key) == (path, began.key)
    assert isinstance(began, Began)
    assert [len(chunk.samples) for chunk in chunks] == [16000, 4000]
    assert chunks[0].begin_s == pytest.approx(1000 - 20000 / 16000)
    assert chunks[1].begin_s == chunks[0].begin_s + 1
    np.testing.assert_array_equal(
        np.concatenate([chunk.samples[:, 0] for chunk in chunks]), sound.astype(np.float32)
    )
    failed = [item for item in items if isinstance(item, Ended) and item.error is not None]
    assert [item.path.name for item in failed] == ["b.wav"]


def test_a_file_that_changes_while_it_is_read_is_not_given_up(folder, watch):
    path = folder / "a.wav"
    path.write_bytes(b"RIFF no wav file yet")
    watch.look(-10.0)
    items = iter_folder(watch, FolderSettings(poll_s=0.01))
    watch._since[path] = (Seen.look(path), -1e9)
    assert isinstance(next(items), Began)
    path.write_bytes(b"RIFF no wav file yet either")
    assert isinstance(next(items), Idle)


def test_a_folder_that_goes_is_lost_once_and_comes_back(tmp_path):
    folder, away = tmp_path / "in", tmp_path / "away"
    write_wav(folder / "a.wav", np.zeros(10))
    watch = FolderWatch(folder=folder, is_known=set().__contains__)
    items = iter_folder(watch, FolderSettings(poll_s=0.01))
    assert isinstance(next(items), Idle)
    folder.rename(away)
    gone = [next(items) for _ in range(3)]
    assert [item.condition.value for item in gone if isinstance(item, Pause)] == ["source lost"]
    away.rename(folder)
    watch.closed.add(folder / "a.wav")
    assert next(item for item in items if isinstance(item, Began)).path == folder / "a.wav"


def test_a_notifier_tells_of_closed_files_at_once(folder, watch):
    pytest.importorskip("watchdog", reason="needs watchdog")
    told, closed = threading.Event(), []

    def tell(path):
        closed.append(path)
        watch.closed.add(path)
        if path.suffix == ".wav":
            told.set()

    notify_closed(folder, tell)
    write_wav(folder / "a.wav", np.zeros(10))
    assert told.wait(30)
    told.clear()
    (folder / "a.wav").rename(folder / "b.wav")
    assert told.wait(30)
    assert names(watch.look(0.0)) == ["b.wav"]


def test_missing_files_have_no_state(tmp_path):
    assert Seen.look(tmp_path / "none.wav") is None


@pytest.mark.uncounted
@pytest.mark.usefixtures("closed_soon")
def test_once_leaves_what_is_still_being_written_for_the_next_time(folder, watch, heard):
    write_wav(folder / "a.wav", np.zeros(100))
    growing = write_wav(folder / "b.wav", np.zeros(100))
    items = []
    for item in iter_folder(watch, ONCE):
        items.append(item)
        if isinstance(item, Ended):
            heard.add(item.key)
        with growing.open("ab") as file:
            file.write(b"more")
    assert [item.path.name for item in items if isinstance(item, Ended)] == ["a.wav"]
    assert items[-1].reason == "still being written, left for the next time: b.wav"


@pytest.mark.uncounted
@pytest.mark.usefixtures("closed_soon")
def test_what_the_system_does_not_let_us_read_is_tried_again(folder, watch, monkeypatch):
    write_wav(folder / "a.wav", np.zeros(100))

    def refuse(path):
        raise DataError("cannot be read", path=path) from PermissionError()

    monkeypatch.setattr("dcase_classic.io.listening.folder.open_sound", refuse)
    ends = [item for item in iter_folder(watch, ONCE) if isinstance(item, Ended)]
    assert [(end.error.problem, end.is_final) for end in ends] == [("cannot be read", False)]
    now_s = time.monotonic()
    assert names(watch.look(now_s)) == []
    assert names(watch.look(now_s + 61)) == ["a.wav"]


def test_a_folder_of_very_many_files_is_looked_at_less_often_and_that_is_said(
    folder, watch, monkeypatch
):
    times = iter(np.arange(100) * 0.3)  # of a core: a look takes .3 s
    waits = []
    monkeypatch.setattr(time, "thread_time", lambda: next(times))
    monkeypatch.setattr(threading.Event, "wait", lambda _, seconds: waits.append(seconds))
    items = iter_folder(watch, FolderSettings(poll_s=1.0))
    said = [item.reason for item, _ in zip(items, range(5), strict=False) if type(item) is Pause]
    looked = "looked at every 10 s only, since so many files are in it"
    assert said == [f"{folder}: {looked}; move away what was heard, or see --notify"]
    assert waits[:3] == pytest.approx([1.0, 10.0, 10.0])
