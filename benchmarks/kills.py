"""Kill every verb at random moments, run it again, and compare every byte with undisturbed runs.

``python benchmarks/kills.py --kills 60``. A verb is killed (SIGKILL: it can do nothing about it)
after a random share of the time that it takes. Then whatever stands at a final name has to be what
an undisturbed run writes there, the same command has to end well and leave the same bytes, and no
temporary file may remain.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
from command import command_line
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from made_recordings import write_machines, write_pool

from dcase_classic.challenge.archive_names import archive_names
from dcase_classic.challenge.years import YEARS, RecordKind
from dcase_classic.cli import run_command

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from writing import write_meta, write_submission

# They are written again with one entry more; a killed run leaves those of what it has finished.
GROWING = {"manifest.json", "index.csv", "run.json"}
WORKERS_END_S = 1.5  # at most
YEAR, MACHINE = 2024, "fan"


def commands(root, home, cache, url):
    """Every verb that writes; those before the last one prepare what it reads."""
    data, zips = root / "data", root / "some.zip"
    fit = ["fit", data, "--models", home / "models", "--preset", "knn", "--jobs", "2"]
    score = ["score", data, "--models", home / "models", "-o", home / "results", "--jobs", "2"]
    evaluate = ["evaluate", home / "results", "--json", "-o", home / "evaluated.json"]
    return {
        "fit": [fit],
        "score": [fit, [*score, "--p-values"]],
        "prepare": [["prepare", data, home / "prepared", "--jobs", "2"]],
        "evaluate": [fit, score, evaluate],
        "unpack": [["unpack", zips, "-o", home / "unpacked"]],
        "demo": [["demo", "-o", home / "demo"]],
        "download": [
            [
                "download",
                YEAR,
                "--part",
                "dev",
                "--machine",
                MACHINE,
                "--base-url",
                url,
                "-o",
                home / "downloaded",
            ]
        ],
        "submission": [
            [
                *("submission", "pack", root / "handed_in", "--year", YEAR),
                *("--meta", root / "meta.yaml", "-o", home / "packed.zip"),
            ]
        ],
        "models": [fit, ["models", "sign", home / "models", "--sign-key", root / "key.pem"]],
        "cache": [[*fit, "--force"], ["cache", "clear", "--cache", cache]],
    }


def write_inputs(root):
    """What the verbs read: recordings, a zip file, what is handed in, and a key."""
    write_machines(root / "data", write_pool(root / "pool", 8), n_machines=4, n_train=24, n_test=8)
    with zipfile.ZipFile(root / "some.zip", "w") as archive:
        for path in sorted((root / "data").rglob("*.wav")):
            archive.write(path, path.relative_to(root))
    write_submission(root / "handed_in", YEAR)
    write_meta(root / "meta.yaml", YEAR)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = Ed25519PrivateKey.generate()
    (root / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))


@contextmanager
def mirror(archive):
    """A server on this machine whose record of the year is made of one zip file; its address."""
    content, number = archive.read_bytes(), YEARS[YEAR].zenodo_records[RecordKind.DEV]
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    (name,) = archive_names(YEAR, RecordKind.DEV, [MACHINE]).values()
    record = {
        "metadata": {"license": {"id": "cc-by-4.0"}},
        "files": [{"key": name, "checksum": f"md5:{digest}", "size": len(content)}],
    }
    answers = {
        f"/api/records/{number}": json.dumps(record).encode(),
        f"/records/{number}/files/{name}": content,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            with suppress(OSError):  # who is killed takes no more
                self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(command, cache):
    """Run a command to its end; whether it ended well, and how long it took."""
    start_s = time.monotonic()
    status = start(command, cache).wait()
    return status == 0, time.monotonic() - start_s


def start(command, cache):
    return subprocess.Popen(
        command_line(*command),
        env={**os.environ, "DCASE_CLASSIC_CACHE": str(cache), "SOURCE_DATE_EPOCH": "1790000000"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_for_workers(killed):
    """Wait until no process of a killed run is left."""
    end_s = time.monotonic() + WORKERS_END_S
    with suppress(ProcessLookupError):
        while time.monotonic() < end_s:
            os.killpg(killed.pid, 0)
            time.sleep(0.05)


def content(home):
    """The hash of every file by its path."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def is_final(name):
    return not name.endswith((".part", ".lock"))


class Trial:
    """One verb in a folder that is made anew each time: what it should write, and how it fares."""

    def __init__(self, verb, before, last, root):
        self.verb, self.last = verb, last
        self.home, self.cache, self.saved = root / "home", root / "cache", root / f"before_{verb}"
        self.saved_cache = root / f"cache_{verb}"
        self.clear()
        for command in before:
            assert run(command, self.cache)[0], command
        shutil.copytree(self.home, self.saved)
        if verb == "cache":
            shutil.copytree(self.cache, self.saved_cache)
        else:
            shutil.rmtree(self.cache, ignore_errors=True)
        self.before = content(self.home)
        is_well, self.seconds = run(last, self.cache)
        assert is_well, last
        self.expected = content(self.home)

    def clear(self):
        """Begin anew: nothing is written and nothing kept."""
        for folder in (self.home, self.cache):
            shutil.rmtree(folder, ignore_errors=True)
        self.home.mkdir()

    def kill_and_run_again(self, share):
        """What is wrong after a kill, and after the next run: no line if nothing is."""
        self.clear()
        shutil.copytree(self.saved, self.home, dirs_exist_ok=True)
        if self.saved_cache.exists():
            shutil.copytree(self.saved_cache, self.cache)
        killed = start(self.last, self.cache)
        time.sleep(share * self.seconds)
        killed.kill()
        killed.wait()
        wait_for_workers(killed)
        for name, digest in content(self.home).items():
            is_growing = Path(name).name in GROWING
            right = {self.expected.get(name), self.before.get(name)}
            if is_final(name) and not is_growing and digest not in right:
                yield f"{name} is not what an undisturbed run writes"
        is_well, _ = run(self.last, self.cache)
        if not is_well:
            yield "the next run does not end well"
        after = content(self.home)
        for name in sorted(after.keys() | self.expected.keys()):
            if after.get(name) != self.expected.get(name):
                yield f"{name} differs after the next run"
        for path in self.cache.rglob("*.part"):
            yield f"{path} is left in the cache"


@click.command()
@click.option("--kills", default=60, show_default=True, help="In all, shared out among the verbs.")
@click.option("--verb", "chosen", multiple=True, help="Only this verb; repeatable.")
@click.option("--seed", default=0, show_default=True)
def main(kills, chosen, seed):
    """Kill every verb at random moments and see what the next run makes of it."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        root = Path(folder)
        write_inputs(root)
        url = servers.enter_context(mirror(root / "some.zip"))
        trials = [
            Trial(verb, before, last, root)
            for verb, (*before, last) in commands(root, root / "home", root / "cache", url).items()
            if not chosen or verb in chosen
        ]
        n_wrong = 0
        for number in range(kills):
            trial, share = trials[number % len(trials)], rng.uniform(0.05, 1.05)
            wrong = list(trial.kill_and_run_again(share))
            n_wrong += bool(wrong)
            for line in wrong:
                click.echo(f"{trial.verb} killed at {share:.2f}: {line}")
    click.echo(f"{kills} kills of {', '.join(trial.verb for trial in trials)}: {n_wrong} wrong")
    sys.exit(1 if n_wrong else 0)


if __name__ == "__main__":
    run_command(main)
