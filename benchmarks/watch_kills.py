"""Kill a watch at random moments, again and again, and count what the world was told.

``python benchmarks/watch_kills.py --kills 200``. Before every start a few recordings are put into a
folder, one of them with a fault. A server on this computer takes alarms, but answers every third
time with an error or not at all. Afterwards the alarms that it has are compared with those of a
watch that nobody disturbs: none may be lost, none told under two ids, and neither the state nor
anything else may have grown without bound. An alarm may arrive twice under one id where the kill
fell between the server's answer and its note; how often that was is said. ``--aimed 20`` kills
within 20 ms of an answer instead of at any moment, which tells how long that time is.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import numpy as np
import soundfile
from command import command_line

from dcase_classic.cli import run_command

RATE_HZ, CLIP_S = 16000, 3.0
PER_ROUND = 5  # recordings, one of them with a fault
ALARMS = """
hold_off_s = 3.0
severe = { level = 200.0, seconds = 1.0, within_s = 3.0 }
going_on = { level = 80.0, seconds = 3.0, within_s = 3.0 }
limit = { false_alarms = 0.1 }
"""
MOST_STATE_BYTES = 2**20


class Hook(ThreadingHTTPServer):
    """Takes alarms, but not always; who is a victim is killed within so many ms of an answer."""

    def __init__(self, seed, aimed_ms=0.0):
        self.taken, self.rng = Counter(), random.Random(seed)  # noqa: S311 - faults, not secrets
        self.aimed_ms, self.victim = aimed_ms, None
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"

    def kill(self):
        """Kill the victim if there is one."""
        victim, self.victim = self.victim, None
        if victim is not None:
            time.sleep(self.rng.uniform(0, self.aimed_ms / 1000))
            victim.kill()


class Handler(BaseHTTPRequestHandler):
    """Answers every third time with an error, or not at all."""

    def do_POST(self):
        """Take an alarm."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fate = self.server.rng.random()
        if fate < 0.15:
            return  # hangs up
        if fate < 0.33:
            self.send_error(503)
            return
        self.server.taken[body["id"]] += 1
        self.send_response(204)
        self.end_headers()
        self.server.kill()

    def log_message(self, *_):
        """Say nothing."""


def sound(rng, *, is_faulty):
    time_s = np.arange(round(CLIP_S * RATE_HZ)) / RATE_HZ
    hum = 0.07 * np.sin(2 * np.pi * 120 * time_s + rng.uniform(0, 6))
    fault = 0.3 * is_faulty * np.sin(2 * np.pi * 3000 * time_s)
    return hum + fault + rng.normal(0, 0.02, len(time_s))


def write(path, samples, mtime_s):
    """Write it under another name first, as a careful recorder does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path.with_suffix(".part"), samples, RATE_HZ, format="WAV")
    os.utime(path.with_suffix(".part"), (mtime_s, mtime_s))
    path.with_suffix(".part").rename(path)


class World:
    """A folder that fills, the models of its machine, and those who are told."""

    def __init__(self, root, seed):
        self.root, self.folder, self.n_rounds = root, root / "in", 0
        self.rng = np.random.default_rng(seed)
        for number in range(20):
            clip = sound(self.rng, is_faulty=False)
            write(root / "normal" / f"{number}.wav", clip, 1_000_000)
        (root / "alarms.toml").write_text(ALARMS)
        fit = ["fit", "--normal", root / "normal", "--name", "pump", "--models", root / "models"]
        self.call([*fit, "--preset", "knn"])

    def fill(self):
        """Put the recordings of one round into the folder."""
        for number in range(PER_ROUND):
            index = PER_ROUND * self.n_rounds + number
            clip = sound(self.rng, is_faulty=number == 2)
            write(self.folder / f"{index:05d}.wav", clip, 2_000_000 + 10 * index)
        self.n_rounds += 1

    def watch(self, hook, state, *more):
        """The command."""
        return [
            *("watch", self.folder, "--models", self.root / "models"),
            *("--settings", self.root / "alarms.toml", "--state", state, "--poll", "0.1"),
            *("--webhook", hook.url, *more),
        ]

    def call(self, command):
        """Run a command to its end."""
        return subprocess.run(
            command_line(*command), stdout=subprocess.PIPE, check=True, env=self.quiet
        ).stdout

    @property
    def quiet(self):
        """One thread for each process."""
        return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def kill_after(self, command, seconds, hook):
        """Start a command and kill it, or let a hook kill it."""
        process = subprocess.Popen(
            command_line(*command),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.quiet,
        )
        if hook.aimed_ms:
            hook.victim = process
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
        process.wait()
        hook.victim = None

    def settle(self, hook, state):
        """Let a watch end by itself, as often as it takes until everybody was told."""
        for _ in range(100):
            command = command_line(*self.watch(hook, state, "--once"))
            ended = subprocess.run(command, stdout=subprocess.PIPE, check=False, env=self.quiet)
            if ended.returncode == 0:
                return
        raise click.ClickException("a watch does not end well")


def bytes_of(state):
    return sum(path.stat().st_size for path in state.parent.glob(f"{state.name}*"))


@click.command()
@click.option("--kills", default=200, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--most-s", default=6.0, show_default=True, help="How long a watch lives at most.")
@click.option(
    "--aimed", "aimed_ms", default=0.0, metavar="MS", help="Kill so soon after an answer."
)
def main(kills, seed, most_s, aimed_ms):
    """Kill a watch at random moments, and compare what was told with an undisturbed one."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        world, hook, calm = World(Path(folder), seed), Hook(seed, aimed_ms), Hook(seed + 1)
        state, largest = Path(folder) / "state" / "watch", 0
        for _ in range(kills):
            world.fill()
            least_s = most_s if aimed_ms else 0.5
            world.kill_after(world.watch(hook, state), rng.uniform(least_s, most_s), hook)
            largest = max(largest, bytes_of(state)) if state.parent.exists() else largest
        with ThreadPoolExecutor() as both:  # they wait for files to be closed more than they work
            states = state, Path(folder) / "calm" / "watch"
            list(both.map(world.settle, (hook, calm), states))
        lost, more = calm.taken.keys() - hook.taken.keys(), hook.taken.keys() - calm.taken.keys()
        n_again = sum(count - 1 for count in hook.taken.values())
        left = list(Path(folder).rglob("*.part"))
        for server in (hook, calm):
            server.shutdown()
            server.server_close()
    click.echo(
        f"{kills} kills, {len(calm.taken)} alarms: {len(lost)} lost, {len(more)} told under "
        f"another id, {n_again} arrived again under the same; the state took at most "
        f"{largest / 1024:.0f} KiB; {len(left)} files left over"
    )
    is_wrong = lost or more or left or largest > MOST_STATE_BYTES
    sys.exit(1 if is_wrong or len(calm.taken) < 2 * world.n_rounds - 1 else 0)


if __name__ == "__main__":
    run_command(main)
