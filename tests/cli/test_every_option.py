"""Every option of every verb changes what a run prints, writes or decides."""

import ast
import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
import writing
from conftest import ROOT, machine_sound, write_machine, write_wav
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dcase_classic.cli import _VERBS, _group
from dcase_classic.config import load_preset
from dcase_classic.io.listening.folder import FolderSettings
from dcase_classic.io.sinks.choice import SinkChoice
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.listen import alarm_settings, listen
from dcase_classic.pipeline.posts import ListeningSettings
from dcase_classic.pipeline.score import score
from dcase_classic.pipeline.watch_setup import ListenSettings, SourceSettings
from dcase_classic.run import Run

pytestmark = [pytest.mark.usefixtures("closed_soon"), pytest.mark.uncounted]

FORMS = {"--json": "", "--jsonl": "", "--csv": ""}
LOG = {"--verbose": "", "--quiet": ""}
ADMITTED = {"--verify-key": "{key}"}
HEAVY = {"--backend": "dask", "--scheduler": "tcp://x:1", "--no-cache": "-v "}
WAV = "--report=p.html --report-sound=wav"  # ogg has a random number in each stream
PAGE = {"--report": "p.html", "--report-audio": f"{WAV} 0", "--report-sound": f"{WAV} ogg"}
LEVEL = {"--false-alarms": "0.3", "--out-of-range": "refuse"}
# All that was heard is forgotten after three seconds, so that little sound moves the limit.
ALARMS = """
hold_off_s = 1.0
severe = { level = 200.0, seconds = 1.0, within_s = 3.0 }
strong = { level = 150.0, seconds = 2.0, within_s = 3.0 }
lasting = { level = 100.0, seconds = 2.5, within_s = 3.0 }
watch = { level = 100.0, seconds = 1.5, within_s = 3.0 }
going_on = { level = 80.0, seconds = 1.0, within_s = 3.0 }
"""
OWN = {"--machine": "fan", "--raw": "16000:s16le:1", "--list": "{list}"}

# Of every verb: a line, and what is given to each option; before it stands what else is given.
LINES = {
    "prepare": (
        "{loud} out",
        {"--segment-seconds": "0.5", "--machine": "fan", "--year": "2023", "--channel": "mean"}
        | {"--on-error": "fail", "--jobs": "-v 2", "--verify": ""}
        | FORMS | LOG,
    ),
    "fit": (
        "{data} --models new --preset knn",
        {"--models": "m2", "--normal": "{pump}", "--list": "{list}", "--sibling": "{pump}"}
        | {"--add": "{pump}", "--name": "x", "--preset": "classic", "--config": "{toml}"}
        | {"--set": "seed=3", "--machine": "fan", "--year": "2023", "--channel": "mean"}
        | {"--false-alarms": "0.2", "--raw": "16000:s16le:1", "--sign-key": "{private}"}
        | {"--jobs": "-v 2", "--allow-part": "lof", "--window": "0.5"}
        | FORMS | HEAVY | ADMITTED | LOG,
    ),
    "score": (
        "{loud} --models {models} --output out",
        {"--models": "{none}", "--output": "out2", "--machine": "fan", "--year": "2021"}
        | {"--on-error": "fail", "--jobs": "-v 2", "--p-values": ""}
        | LEVEL | FORMS | HEAVY | PAGE | ADMITTED | LOG,
    ),
    "predict": (
        "{clips} {bad} --models {models} --machine pump",
        {"--models": "{none}", "--why": "--json ", "--worst-first": "", "--fail-on-anomaly": ""}
        | {"--on-error": "fail", "--jobs": "-v 2"}
        | OWN | LEVEL | FORMS | PAGE | ADMITTED | LOG,
    ),
    "explain": (
        "{clips} {bad} --models {models} --machine pump",
        {"--models": "{none}", "--on-error": "fail", "--jobs": "-v 2"}
        | OWN | LEVEL | FORMS | ADMITTED | LOG,
    ),
    "watch": (
        "{clips} --models {models} --machine pump --dry-run --poll 0.05",
        {"--models": "{none}", "--machine": "fan", "--window": "1.0", "--hop": "--window=1.0 0.5"}
        | {"--channel": "0=fan", "--device": "1", "--report": "p.html"}
        | FORMS | ADMITTED,
    ),
    "report": (
        "{results} --truth {data} -o p.html",
        {"--truth": "{none}", "--models": "{models}", "--year": "2021", "--output": "q.html"},
    ),
    "evaluate": (
        "{results}",
        {"--truth": "{none}", "--year": "2021", "--output": "x.txt", "--no-intervals": ""}
        | {"--skip-missing": "--truth={longer} ", "--report": "p.html"}
        | FORMS,
    ),
    "submission check": ("{handed_in} --year 2023", {"--year": "2024", "--data": "{data}"} | FORMS),
    "submission pack": (
        "{handed_in} --year 2023 --meta {meta} --output a.zip",
        {"--year": "2024", "--meta": "{none}", "--output": "b.zip", "--data": "{data}"}
        | {"--report": "{key}"},
    ),
    "submission meta": (
        "--year 2023 --label A_B_task2_1",
        {"--year": "2021", "--label": "C_D_task2_2", "--output": "x.yaml", "--metrics": "{none}"},
    ),
    "compare": (
        "{example}/results --truth {example}/evaluator --year 2023",
        {"--truth": "{none}", "--year": "2024", "--output": "x.txt"} | FORMS,
    ),
    "doctor": (
        "{loud}",
        {"--models": "{models}", "--year": "2023", "--deep": "", "--fail-on-findings": ""}
        | {"--jobs": "-v 2", "--verify-key": "--models={models} {key}"}
        | {"--raw": "16000:s16le:1"}
        | FORMS,
    ),
    "unpack": ("{zip} --output a", {"--output": "b"} | FORMS),
    "models list": ("{models}", FORMS | ADMITTED),
    "models show": ("{models} pump", FORMS | ADMITTED | {"--quiet": ""}),
    "models rename": ("m pump pump7", ADMITTED),
    "models remove": ("m pump", ADMITTED),
    "models sign": ("m --sign-key {private}", {"--sign-key": "{key}"}),
    "models verify": ("{models}", ADMITTED),
    "recalibrate": (
        "--models m --machine pump {after}",
        {"--models": "{none}", "--machine": "fan", "--raw": "16000:s16le:1"}
        | {"--false-alarms": "0.3", "--undo": "", "--on-error": "fail", "--jobs": "-v 2"}
        | FORMS | HEAVY | ADMITTED | {"--verbose": ""},
    ),
    "config show": ("", {"--preset": "knn", "--set": "seed=1", "--output": "x.toml"}),
    "config check": ("--preset knn", {"--preset": "x", "--set": "x=1"}),
    "config docs": ("", {"--output": "x.md"}),
    "cache info": ("", {"--cache": "{none}"} | FORMS),
    "cache clear": ("", {"--cache": "{none}"}),
    "info": ("", FORMS),
}  # fmt: skip

# The same of options that need another line.
OTHERWISE = {
    "compare": ("{results} --year 2022", {"--skip-missing": "--truth={longer} "}),
    "watch": (
        "{heard} --models {models} --machine pump --settings {alarms} --once --poll 0.05",
        {"--state": "new", "--keep-alarms": "kept", "--exec": "{hook}", "--prometheus": "m.prom"}
        | {"--freeze-limit": "", "--reset-limit": "--state=state ", "--settings": "{none}"}
        | {"--dry-run": "", "--until-alarm": ""},
    ),
    "report": (
        "--models {models} -o p.html --report-sound wav",
        {"--report-audio": "0", "--report-sound": "ogg", "--jobs": "-v 2"} | ADMITTED,
    ),
    "fit": (
        "--normal {pump} --normal {bad} --name x --models new --preset knn --on-error skip",
        {"--official-names": "", "--on-error": "fail"},
    ),
}  # fmt: skip
AGAIN = {
    "fit": ("{data} --models m --preset knn", {"--force": ""}),
    "report": ("{results} -o p.html", {"--skip-missing": "--truth={longer} "}),
}

# Where another test changes an option, since it takes a server, a part or hours of sound; with the
# word that stands for it where that test calls no verb.
_DOWNLOAD = "tests/io/recordings/test_download.py::"
_WATCH = "tests/cli/test_watch.py::"
ELSEWHERE = {
    "tests/cli/test_verbosity.py::"
    "test_quiet_prints_results_and_what_was_lost_and_verbose_what_is_done": {
        "--verbose": '"-v"',
        "--quiet": '"-q"',
    },
    "tests/model/test_foreign_parts.py::test_every_verb_loads_a_part_only_if_it_is_admitted": {
        "--allow-part": ""
    },
    "tests/test_docs.py::test_the_commands_of_the_readme_do_too_and_the_demo_shows_its_folder": {
        "demo --open": "SHOWN"
    },
    "tests/cli/test_worlds.py::test_every_verb_ends_as_it_should": {
        "demo --output": 'world.get("out", '
    },
    _DOWNLOAD + "test_a_year_is_downloaded_checked_unpacked_and_found": {
        "download --machine": "",
        "download --output": '"-o"',
        "download --base-url": "",
    },
    _DOWNLOAD + "test_a_dry_run_fetches_no_recordings": {
        "download --part": "",
        "download --dry-run": "",
        "download --json": "",
        "download --jsonl": "",
        "download --csv": "",
    },
    "tests/pipeline/test_fit.py::test_dropping_a_misfit_is_fitting_without_it": {
        "fit --drop-misfits": ""
    },
    "tests/pipeline/test_prepare.py::test_other_settings_need_force": {"prepare --force": ""},
    _WATCH + "test_an_alarm_is_a_line_of_json_and_ends_with_1_if_that_is_wanted": {
        "watch --once": "",
        "watch --poll": "",
    },
    _WATCH + "test_raw_samples_and_wav_streams_are_heard_on_standard_input": {"watch --raw": ""},
    _WATCH + "test_those_devices_are_listed_that_record": {"watch --devices": ""},
    _WATCH + "test_who_cannot_be_told_is_named": {"watch --mqtt": "", "watch --webhook": ""},
    _WATCH + "test_metrics_are_served_where_it_is_said": {
        "watch --metrics-port": "",
        "watch --metrics-address": "",
    },
    "tests/io/sinks/test_mqtt.py::test_a_broker_that_was_away_is_told_everything_again": {
        "watch --no-discovery": "has_discovery=False"
    },
    "tests/io/listening/test_folder.py::test_a_notifier_tells_of_closed_files_at_once": {
        "watch --notify": "notify_closed"
    },
}


def write_recordings(root):
    """Two machines, the louder one with a bad file, and recordings for a service."""
    write_machine(root / "data" / "pump", n_source=12, n_test=2, seed=1)
    write_machine(root / "data" / "fan", n_source=6, n_target=0, n_test=1, seed=2)
    shutil.copytree(root / "data", root / "loud")
    for path in (root / "loud" / "pump" / "test").iterdir():
        samples, rate_hz = soundfile.read(path)
        soundfile.write(path, 3 * samples, rate_hz)
    clip = min((root / "loud" / "pump" / "test").iterdir())
    clip.write_bytes(b"RIFF")
    shutil.copytree(root / "loud" / "pump" / "test", root / "clips")
    (root / "clips" / clip.name).unlink()
    (root / "clips" / "notes.txt").touch()
    shutil.copytree(root / "clips", root / "heard")
    for path in root.glob("[!h]*/**/*_test_*_0001_*"):  # half of them will do but for a service
        path.unlink()
    (root / "bad.wav").write_bytes(b"RIFF")
    longer = shutil.copytree(root / "data", root / "longer") / "pump" / "test"
    shutil.copy(min(longer.iterdir()), longer / "section_00_source_test_normal_0009_speed_0.wav")
    rng = np.random.default_rng(3)
    for number in range(12):
        write_wav(root / "after" / f"{number}.wav", machine_sound(rng))
    shutil.copytree(root / "after", root / "quiet")
    for path in (root / "quiet").iterdir():
        os.utime(path, (1_000_000, 1_000_000))
    (root / "after" / "bad.wav").write_bytes(b"RIFF")


def listen_before(root):
    """Leave a state in which the limit has moved."""
    listening = ListeningSettings(alarms=alarm_settings(root / "alarms.toml"))
    said = []
    settings = ListenSettings(
        models=root / "models",
        listening=listening,
        machine="pump",
        state=root / "state",
        say=said.append,
    )
    source = SourceSettings(source=str(root / "quiet"), folder=FolderSettings(is_once=True))
    listen(source, settings, SinkChoice(), io.StringIO())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What lines name."""
    root = tmp_path_factory.mktemp("world")
    write_recordings(root)
    key = Ed25519PrivateKey.generate()
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (root / "private.pem").write_bytes(private)
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (root / "key.pem").write_bytes(public)
    (root / "alarms.toml").write_text(ALARMS)
    (root / "hook").write_text("#!/bin/sh\ncat > told\n")
    (root / "hook").chmod(0o755)
    (root / "list.csv").write_text("path,machine_type\nafter/1.wav,pump\nafter/2.wav,pump\n")
    (root / "mine.toml").write_text("seed = 9\n")
    with zipfile.ZipFile(root / "some.zip", "w") as archive:
        archive.writestr("fan/train/a.wav", b"RIFF")
    writing.write_documented_example(root / "example")
    writing.write_submission(root / "handed in", 2023)
    writing.write_meta(root / "meta.yaml", 2023)
    config, run = load_preset("knn"), Run(n_jobs=1)
    fit(root / "data", root / "models", config, run=run)
    score(root / "data", root / "models", root / "results", run=run)
    listen_before(root)
    return {path.stem: path for path in root.iterdir()} | {
        "none": root / "none",
        "toml": root / "mine.toml",
        "zip": root / "some.zip",
        "pump": root / "data" / "pump" / "train",
        "handed_in": root / "handed in",
    }


def seen(run, verb, line, world, home, monkeypatch):
    """Status, output and files of a line; times are left out."""
    if "m" in line.split():
        shutil.copytree(world["models"], home / "m")
    shutil.copy(world["state"], home / "state")
    monkeypatch.chdir(home)
    monkeypatch.setenv("DCASE_CLASSIC_CACHE", str(home / "cache"))
    status, *texts = run(*verb.split(), *(word.format(**world) for word in line.split()))
    words = [re.sub(r"took [\d.]+ s|in \d+ ms", "", text).replace(str(home), "") for text in texts]
    written = {
        path.relative_to(home): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and "cache" not in path.parts
    }
    return status, *words, written


def leaves():
    """Every verb with its command."""
    for verb in _VERBS:
        command = _group.get_command(click.Context(_group), verb)
        below = command.commands.items() if isinstance(command, click.Group) else ()
        yield from ((f"{verb} {name}", leaf) for name, leaf in below)
        if not below:
            yield verb, command


TABLES = (LINES, OTHERWISE, AGAIN)
CASES = [
    (verb, line, option, value)
    for table in TABLES
    for verb, (line, options) in table.items()
    for option, value in options.items()
]


@pytest.mark.parametrize("verb", OTHERWISE)
def test_a_line_does_the_same_twice(run, world, tmp_path, monkeypatch, verb):
    observed = []
    for name in ("first", "again"):
        (tmp_path / name).mkdir()
        line, _ = OTHERWISE[verb]
        observed.append(seen(run, verb, line, world, tmp_path / name, monkeypatch))
    assert observed[0] == observed[1]


@pytest.fixture(scope="module")
def seen_without():
    """What was seen of lines without an option; many options share one."""
    return {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2]}")
def test_an_option_changes_something(run, world, tmp_path, monkeypatch, seen_without, case):
    verb, line, option, given = case
    *more, value = given.split(" ")
    without, line_with = " ".join([line, *more]), " ".join([line, *more, option, value])
    for name in ("without", "with"):
        (tmp_path / name).mkdir()
    if (verb, without) not in seen_without:
        seen_without[verb, without] = seen(
            run, verb, without, world, tmp_path / "without", monkeypatch
        )
    before = seen_without[verb, without]
    after = seen(run, verb, line_with, world, tmp_path / "with", monkeypatch)
    assert before != after
    assert "No such option" not in after[2]
    assert before[0] in {0, 2, 3}


def test_the_command_for_alarms_is_run(run, world, tmp_path, monkeypatch):
    line, options = OTHERWISE["watch"]
    line = f"{line} --exec {options['--exec']}"
    status, _, _, written = seen(run, "watch", line, world, tmp_path, monkeypatch)
    assert status == 0
    assert b'"event": "raised"' in written[Path("told")]


@pytest.mark.parametrize(("verb", "command"), [*leaves()], ids=lambda item: str(item)[:30])
def test_every_option_is_changed_by_a_test(verb, command):
    listed = {option for name, _, option, _ in CASES if name == verb}
    for options in ELSEWHERE.values():
        listed |= {name.split()[-1] for name in options if name == f"{verb} {name.split()[-1]}"}
        listed |= {name for name in options if name.startswith("--")}
    given = {max(item.opts, key=len) for item in command.params if isinstance(item, click.Option)}
    given -= {"--intervals"}  # what is without --no-intervals
    assert given <= listed


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_test_that_is_named_is_there_and_uses_the_option(place):
    path, _, name = place.partition("::")
    text = (ROOT / path).read_text("utf-8")
    tests = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    (test,) = (node for node in tests if node.name == name)
    first = min(item.lineno for item in (test, *test.decorator_list))
    source = "\n".join(text.splitlines()[first - 1 : test.end_lineno])
    for option, word in ELSEWHERE[place].items():
        assert (word or f'"{option.split()[-1]}"') in source
