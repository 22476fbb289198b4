"""Every verb in every odd world: the right status, no traceback, and a line where it fails."""

import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import write_machine
from writing import write_results

pytestmark = pytest.mark.uncounted

# A process that runs one line of arguments after the other and says how each has ended.
LINES = """
import json, sys
from dcase_classic.cli import main

for line in json.load(sys.stdin):
    try:
        main(line)
    except SystemExit as stopped:
        print("\\0", stopped.code or 0, file=sys.stderr, sep="", end="\\0", flush=True)
"""
# The system knows no such user: what `getpwuid` says in a container with any user number.
NOBODY = """
import pwd

def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")

pwd.getpwuid = unknown
"""
NOWHERE = "/proc/nowhere"  # no folder can be made there, by no user
WRITERS = {"demo", "fit", "score", "prepare", "evaluate", "unpack"}
READERS = {"fit", "score", "predict", "prepare", "doctor"}
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small data set, its model, results, and a zip file."""
    root = tmp_path_factory.mktemp("made")
    write_machine(root / "data" / "fan", n_source=6, n_target=2, n_test=2)
    names = [path.name for path in sorted((root / "data" / "fan" / "test").iterdir())]
    scores = [float("anomaly" in name) + index / 100 for index, name in enumerate(names)]
    write_results(root / "results", names, scores, section="00")
    with zipfile.ZipFile(root / "some.zip", "w") as archive:
        archive.writestr("fan/a.txt", "a" * 10_000)
    command = [sys.executable, "-m", "dcase_classic", "fit", root / "data", "--preset", "knn"]
    subprocess.run([*command, "--models", root / "models"], check=True, capture_output=True)
    return root


def verbs(made, data, out):
    """Arguments of every verb; the network is asked where nobody listens."""
    models, results = made / "models", made / "results"
    return {
        "demo": ["demo", "-o", out / "demo"],
        "fit": ["fit", data, "--models", out / "models", "--preset", "knn", "--on-error", "skip"],
        "score": ["score", data, "--models", models, "-o", out / "results"],
        "predict": ["predict", data, "--models", models],
        "prepare": ["prepare", data, out / "prepared"],
        "doctor": ["doctor", data, "--deep"],
        "evaluate": ["evaluate", results, "--no-intervals", "-o", out / "evaluated.txt"],
        "compare": ["compare", results, "--year", "2023"],
        "meta": ["submission", "meta", "--year", "2023", "--label", "A_B_task2_1"],
        "check": ["submission", "check", results, "--year", "2023"],
        "unpack": ["unpack", made / "some.zip", "-o", out / "unpacked"],
        # no server is asked: one that does not answer is asked five times, with pauses
        "download": ["download", "2023", "--machine", "none", "-o", out / "new"],
        "cache": ["cache", "info"],
        "info": ["info"],
        "help": ["--help"],
    }


def limit_files():
    """A disk that is full after 100 bytes of each file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def limit_handles():
    """Sixteen open files at once, standard streams among them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


SOME = {"fit", "score", "predict", "evaluate", "help"}
# How verbs end; all others with 0. In some worlds only those verbs are tried that it touches.
USUAL = {"check": 2, "download": 2}
WORLDS = {
    "usual": {},
    "user without name and home": {
        "code": NOBODY, "without": {"HOME", "DCASE_CLASSIC_CACHE", "XDG_CACHE_HOME"},
        "ends": {"cache": 2},
    },
    "cache nowhere": {
        "env": {"DCASE_CLASSIC_CACHE": NOWHERE}, "tried": {"fit", "score", "cache"},
    },
    "output nowhere": {"out": Path(NOWHERE), "tried": WRITERS, "ends": dict.fromkeys(WRITERS, 2)},
    "full disk": {
        "preexec_fn": limit_files, "tried": WRITERS | {"predict"},
        "ends": dict.fromkeys(WRITERS, 2),
    },
    "few file handles": {"preexec_fn": limit_handles},
    "closed streams": {"shell": '"$@" <&- >&- 2>&-'},
    "broken pipe": {"shell": '"$@" 2>&1 | true; exit "${PIPESTATUS[0]}"'},
    "odd folder": {
        "is_odd": True, "tried": READERS,
        "ends": dict.fromkeys(("fit", "score", "predict", "prepare"), 3),
    },
}  # fmt: skip


def write_odd_data(made, data):
    """Links that lead back, a folder, a pipe and a device named like recordings, odd names."""
    for split in ("train", "test"):
        folder = data / "fan" / split
        folder.mkdir(parents=True)
        for path in (made / "data" / "fan" / split).iterdir():
            (folder / path.name).symlink_to(path)
        name = f"section_00_source_{split}_normal_7000"
        some = next(iter(folder.iterdir())).resolve()
        (folder / f"{name}_a,b\n\u202e.wav").symlink_to(some)
        (folder / f"{name[:-1]}1_\udcff.wav").symlink_to(some)
        (folder / f"{name[:-1]}2.wav").mkdir()
        os.mkfifo(folder / f"{name[:-1]}3.wav")
        (folder / f"{name[:-1]}4.wav").symlink_to("/dev/zero")
        (folder / f"{name[:-1]}5.wav").symlink_to(folder / f"{name[:-1]}5.wav")
        (folder / ("section_00_source_" + "a" * 230 + ".wav\udcff")).touch()
    (data / "fan" / "back").symlink_to(data)
    return data


def process(command, world, given=""):
    """A process of a world that has ended."""
    environment = {**os.environ, **world.get("env", {})}
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        env={key: environment[key] for key in environment.keys() - {*world.get("without", ())}},
        preexec_fn=world.get("preexec_fn"),
        input=given.encode(),
        timeout=120,
    )


def all_ended(lines, world):
    """Status and errors of every line of arguments.

    One process runs them all, which takes half the time, unless it loses its streams.
    """
    lines = [[*map(os.fspath, line)] for line in lines]
    if "shell" in world:
        start = ["bash", "-c", world["shell"], "-", sys.executable, "-m", "dcase_classic"]
        every = [process([*start, *line], world) for line in lines]
        return [(done.returncode, done.stderr.decode()) for done in every]
    done = process([sys.executable, "-c", world.get("code", "") + LINES], world, json.dumps(lines))
    *parts, rest = done.stderr.decode().split("\0")
    assert (done.returncode, rest) == (0, "")
    return list(zip(map(int, parts[1::2]), parts[::2], strict=True))


def tried(world, arguments_of_verbs, *, are_all):
    """The verbs that a world touches; of one that touches all, some are enough in the gate."""
    usual = arguments_of_verbs.keys() - {"demo"}
    return world.get("tried", usual if are_all or not world else SOME)


@needs_proc
@pytest.mark.parametrize("are_all", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_every_verb_ends_as_it_should(made, tmp_path, world, are_all):
    data = write_odd_data(made, tmp_path / "data") if world.get("is_odd") else made / "data"
    arguments_of_verbs = verbs(made, data, world.get("out", tmp_path / "out"))
    verbs_tried = [*tried(world, arguments_of_verbs, are_all=are_all)]
    ends = all_ended([arguments_of_verbs[verb] for verb in verbs_tried], world)
    for verb, (status, err) in zip(verbs_tried, ends, strict=True):
        expected = {**USUAL, **world.get("ends", {})}.get(verb, 0)
        assert status == expected, (verb, err)
        assert "Traceback" not in err, (verb, err)
        assert "Warning" not in err, (verb, err)
        assert err.isascii(), (verb, err)
        if status == 2 and "shell" not in world and verb != "check":  # it prints what it finds
            problem = err.splitlines()[-1].removeprefix("dcase-classic: ")
            assert len(problem) > 20, (verb, err)
            assert problem[0] not in " ;:", (verb, err)
