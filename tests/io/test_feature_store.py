import errno
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import machine_sound, write_wav

from dcase_classic.io import feature_store
from dcase_classic.io.feature_packs import ClipFeatures, FileIdentity
from dcase_classic.io.feature_store import (
    ROW_CODE,
    FeatureStore,
    clear_store,
    code_version,
    default_cache,
    identify,
    store_info,
)
from dcase_classic.pipeline.score import score
from dcase_classic.run import Run
from dcase_classic.sound.clip_format import ClipFormat

PACKAGE = Path(feature_store.__file__).parents[1]
OLD_FILE = Path(os.__file__)  # nobody has written it in the last two seconds


def rows_of(number, n_segments=3):
    rng = np.random.default_rng(number)
    shapes = ((n_segments, 4), (1, 2))
    return tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes)


def settle(path):
    """Make a file older than the two seconds that its times need to be trusted."""
    os.utime(path, ns=(10**18, 10**18))


def features_of(path, number, **part):
    made = ClipFormat(sample_rate_hz=16000, n_channels=1, coding="PCM_16", n_samples=16000 + number)
    flags = ("clipped",) * (number % 2)
    identity = identify(path)
    return ClipFeatures(
        path=path,
        rows=rows_of(number),
        format=made,
        flags=flags,
        level_db=-20.5 - number,
        identity=identity,
        **part,
    )


def keep(store, paths):
    results = (features_of(path, number) for number, path in enumerate(paths))
    return list(store.keep(results))


def assert_equal_rows(known, number):
    assert known.format.n_samples == 16000 + number
    assert known.flags == ("clipped",) * (number % 2)
    assert known.level_db == -20.5 - number
    assert (known.place, known.part_rows) == (None, ())
    for actual, expected in zip(known.rows, rows_of(number), strict=True):
        assert np.array_equal(actual, expected)


def test_what_is_kept_is_read_again(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    known = FeatureStore(tmp_path, "a").read([*clips, tmp_path / "data" / "other.wav"])
    assert sorted(known) == clips
    for number, path in enumerate(clips):
        assert_equal_rows(known[path], number)


def test_rows_of_a_part_are_kept_and_win_over_those_without(tmp_path, clips):
    store = FeatureStore(tmp_path, "a")
    keep(store, clips[:2])
    with_part = features_of(clips[0], 0, place=0.25, part_rows=rows_of(4))
    assert list(store.keep([with_part]))
    keep(store, clips[2:3])
    known = store.read(clips[:3])
    assert known[clips[0]].place == 0.25
    for actual, expected in zip(known[clips[0]].part_rows, rows_of(4), strict=True):
        assert np.array_equal(actual, expected)
    assert_equal_rows(known[clips[1]], 1)


def test_rows_are_mapped_and_cannot_be_changed(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    (rows, _) = FeatureStore(tmp_path, "a").read(clips)[clips[0]].rows
    assert isinstance(rows.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        rows[0, 0] = 1


def test_other_settings_know_nothing(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    assert FeatureStore(tmp_path, "b").read(clips) == {}


@pytest.fixture
def package(tmp_path):
    """A copy of the package, to be changed."""
    return shutil.copytree(PACKAGE, tmp_path / "package", ignore=shutil.ignore_patterns("*.pyc"))


@pytest.mark.uncounted
@pytest.mark.parametrize(
    "name", ["cli/fit.py", "config/configuration.py", "model/view.py", "io/manifest.py"]
)
def test_code_that_makes_no_rows_may_change_and_rows_stay(package, name):
    before = code_version(package)
    (package / name).write_text((package / name).read_text() + "\n# another help text\n")
    code_version.cache_clear()
    assert code_version(package) == before


@pytest.mark.uncounted
@pytest.mark.parametrize(
    "name", ["sound/spectra.py", "sound/new_extractor.py", "io/recordings/audio.py"]
)
def test_code_that_makes_rows_changes_what_they_are_known_by(package, name):
    before = code_version(package)
    with (package / name).open("a") as file:
        file.write("# another window")
    code_version.cache_clear()
    assert code_version(package) != before


@pytest.mark.parametrize(("engine", "is_kept"), [("fast", True), ("librosa", False)])
def test_another_librosa_counts_where_settings_ask_for_it(monkeypatch, tmp_path, engine, is_kept):
    settings = f"SpectrumConfig(engine={engine!r})"
    before = FeatureStore(tmp_path, settings).folder
    another = tmp_path / "librosa-99.dist-info"
    another.mkdir()
    (another / "METADATA").write_text("Metadata-Version: 2.1\nName: librosa\nVersion: 99\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert (FeatureStore(tmp_path, settings).folder == before) is is_kept


@pytest.mark.uncounted
def test_other_code_knows_nothing(tmp_path, package):
    code = "from dcase_classic.io.feature_store import *; print(FeatureStore(Path(), 'a').folder)"
    other = shutil.copytree(package, tmp_path / "other" / "dcase_classic")
    (other / "sound" / "another.py").write_text("x = 1")
    folder = subprocess.run(
        [sys.executable, "-c", code], cwd=other.parent, env=os.environ | {"PYTHONPATH": "."},
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert Path(folder).parent == FeatureStore(Path(), "a").folder.parent
    assert Path(folder).name != FeatureStore(Path(), "a").folder.name


def test_all_code_that_makes_rows_is_part_of_what_they_are_known_by():
    code = """
import sys, dcase_classic.sound.front_end, dcase_classic.io.recordings.audio
own = [module for name, module in sys.modules.items() if name.split(".")[0] == "dcase_classic"]
print(*(module.__file__ for module in own))
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {Path(path).relative_to(PACKAGE).as_posix() for path in ended.stdout.split()}
    hashed = {
        path.relative_to(PACKAGE).as_posix() for row in ROW_CODE for path in PACKAGE.glob(row)
    }
    # records, settings and options, which are told a store, and files that are written
    rest = {"__init__.py", "_version.py", "errors.py", "records.py", "seeding.py"}
    rest |= {name for name in imported if name.startswith("config/")}
    rest |= {"given_files.py", "log.py", "wording.py"}
    written = {"io/__init__.py", "io/recordings/__init__.py", "io/files.py", "io/plain_text.py"}
    written |= {"io/temporary.py"}
    assert imported - hashed <= rest | written


def test_a_file_of_other_content_is_unknown_even_with_its_old_size_and_time(tmp_path, clips):
    settle(clips[0])
    keep(FeatureStore(tmp_path, "a"), clips)
    clips[0].write_bytes(b"x" * 100)
    settle(clips[0])
    assert clips[0] not in FeatureStore(tmp_path, "a").read(clips)


def test_a_file_that_was_only_touched_or_renamed_is_known_by_its_content(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    settle(clips[0])
    renamed = clips[1].rename(clips[1].with_name("renamed.wav"))
    known = FeatureStore(tmp_path, "a").read([clips[0], renamed])
    assert_equal_rows(known[clips[0]], 0)
    assert_equal_rows(known[renamed], 1)


def test_a_file_that_rested_is_known_at_a_glance_and_not_read(tmp_path):
    stamp = identify(OLD_FILE).stamp
    known = replace(features_of(OLD_FILE, 1), identity=FileIdentity(stamp=stamp, digest="any"))
    list(FeatureStore(tmp_path, "a").keep([known]))
    assert_equal_rows(FeatureStore(tmp_path, "a").read([OLD_FILE])[OLD_FILE], 1)


def test_a_file_that_was_just_written_is_known_by_its_content_only(clips):
    os.utime(clips[0], ns=(2 * 10**18, 2 * 10**18))  # later than now, however slow the computer
    assert identify(clips[0]).stamp == ""


def test_a_missing_file_is_unknown(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    clips[0].unlink()
    assert clips[0] not in FeatureStore(tmp_path, "a").read(clips)


def test_what_came_before_an_interrupt_is_kept(tmp_path, clips):
    results = FeatureStore(tmp_path, "a").keep(features_of(path, 0) for path in clips)
    next(results)
    next(results)
    results.close()
    assert sorted(FeatureStore(tmp_path, "a").read(clips)) == clips[:2]


def test_packs_are_written_on_the_way(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a", clips_per_pack=4), clips)
    assert store_info(tmp_path).n_packs == 2
    assert store_info(tmp_path).n_clips == 6


@pytest.mark.parametrize("damage", [b"", b"not json\n", b'[{"name": 3}]\n', b"[]\n", b"[1]\n"])
def test_a_damaged_pack_counts_for_nothing(tmp_path, clips, damage):
    keep(FeatureStore(tmp_path, "a"), clips)
    (pack,) = tmp_path.glob("features/*/*/*.pack")
    pack.write_bytes(damage)
    assert FeatureStore(tmp_path, "a").read(clips) == {}


@pytest.mark.parametrize("end", [b"", b"\x01" * 8], ids=["truncated", "flipped bits"])
def test_a_pack_that_lost_rows_counts_for_nothing(tmp_path, clips, end):
    keep(FeatureStore(tmp_path, "a"), clips)
    (pack,) = tmp_path.glob("features/*/*/*.pack")
    pack.write_bytes(pack.read_bytes()[:-8] + end)
    assert FeatureStore(tmp_path, "a").read(clips) == {}


def test_two_writers_of_the_same_clips_leave_one_copy(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    keep(FeatureStore(tmp_path, "a"), clips)
    assert store_info(tmp_path).n_clips == 6


def test_clips_in_several_packs_count_once(tmp_path, clips):
    kept = [features_of(path, number) for number, path in enumerate(clips)]
    for stamp, clips_per_pack in (("a stamp", 6), ("", 4)):  # young files have none
        store = FeatureStore(tmp_path, "a", clips_per_pack=clips_per_pack)
        list(
            store.keep(replace(clip, identity=replace(clip.identity, stamp=stamp)) for clip in kept)
        )
    info = store_info(tmp_path)
    assert (info.n_packs, info.n_clips) == (3, 6)


def test_a_folder_that_cannot_be_written_costs_a_note_only(tmp_path, clips):
    (tmp_path / "features").write_text("a file where a folder should be")
    store = FeatureStore(tmp_path, "a")
    assert len(keep(store, clips)) == 6
    assert [note.startswith("features are not kept in ") for note in store.notes] == [True]


def test_a_folder_that_may_not_be_entered_holds_nothing(tmp_path, clips, monkeypatch):
    keep(FeatureStore(tmp_path, "a"), clips)

    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert FeatureStore(tmp_path, "a").read(clips) == {}


def test_clearing_removes_the_packs_and_nothing_else(tmp_path, clips):
    keep(FeatureStore(tmp_path, "a"), clips)
    keep(FeatureStore(tmp_path, "b"), clips)
    (part,) = [path.parent for path in tmp_path.glob("features/*/*/*.pack")][:1]
    (part / ".x.pack.abc.part").write_bytes(b"what a killed process left")
    mine = tmp_path / "features" / "mine.txt"
    mine.write_text("mine")
    assert clear_store(tmp_path).n_clips == 12
    assert list((tmp_path / "features").rglob("*")) == [mine]
    assert all(path.exists() for path in clips)


def test_an_empty_cache_has_nothing(tmp_path):
    assert (store_info(tmp_path).n_clips, clear_store(tmp_path).n_bytes) == (0, 0)


def test_the_users_folder_of_caches_is_the_default(monkeypatch):
    monkeypatch.delenv("DCASE_CLASSIC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert default_cache() == Path("/var/caches/dcase_classic")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache() == Path.home() / ".cache" / "dcase_classic"


@pytest.mark.uncounted
def test_a_bad_file_is_looked_at_again_every_time(own_data, tmp_path, fitted):
    bad = min((own_data / "pump" / "test").iterdir())
    good = bad.read_bytes()
    write_wav(bad, np.zeros(16000))
    skipped = [
        scored.skipped
        for scored in score(own_data, fitted, tmp_path / "a", run=Run(cache=tmp_path))
    ]
    assert sum(map(len, skipped)) == 1
    bad.write_bytes(good)
    skipped = [
        scored.skipped
        for scored in score(own_data, fitted, tmp_path / "b", run=Run(cache=tmp_path))
    ]
    assert sum(map(len, skipped)) == 0


KILLED = """
import os, signal, sys
from dcase_classic.cli import main
from dcase_classic.io import feature_store

write_pack = feature_store.write_pack

def write_and_die(folder, members):
    write_pack(folder, members)
    os.kill(os.getpid(), signal.SIGKILL)

feature_store.write_pack = write_and_die
main(sys.argv[1:])
"""


def start_fit(data, tmp_path, name, cache, *, code=("-m", "dcase_classic")):
    arguments = ("fit", data, "--models", tmp_path / name, "--jobs", "1", "--preset", "knn")
    return subprocess.Popen(
        [sys.executable, *code, *map(str, arguments)],
        env=os.environ | {"DCASE_CLASSIC_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def many_clips(tmp_path_factory):
    """300 clips of one machine, a dozen sounds that begin at different places."""
    folder = tmp_path_factory.mktemp("many") / "pump" / "train"
    rng = np.random.default_rng(0)
    sounds = [machine_sound(rng, seconds=2) for _ in range(12)]
    for number in range(300):
        name = f"section_00_source_train_normal_{number:04d}.wav"
        write_wav(folder / name, np.roll(sounds[number % 12], 17 * number))
    return folder.parent.parent


@pytest.mark.uncounted
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that nobody can catch")
def test_after_a_kill_two_at_once_compute_the_rest_and_the_models_are_the_same(
    many_clips, tmp_path
):
    cache = tmp_path / "cache"
    killed = start_fit(many_clips, tmp_path, "killed", cache, code=("-c", KILLED))
    assert killed.wait() == -signal.SIGKILL
    assert store_info(cache).n_clips == 256
    resumed = [start_fit(many_clips, tmp_path, name, cache) for name in "ab"]
    assert [run.wait() for run in resumed] == [0, 0]
    assert store_info(cache).n_clips == 300
    assert start_fit(many_clips, tmp_path, "whole", tmp_path / "other").wait() == 0
    a, b, whole = (
        (tmp_path / name / "pump_section_00.joblib").read_bytes() for name in ("a", "b", "whole")
    )
    assert a == b == whole
