"""What a watch costs, and how soon it tells of a planted fault, over minutes and days of sound.

``python benchmarks/watch.py`` (ten minutes), ``--hours 24``. A machine of the demo's kind is fitted
with `classic` on recordings of ten seconds; then its sound is sent to ``watch -`` as fast as that
takes it, with a window of ten seconds every second. Two minutes before the end a fault begins. What
is printed: the most memory that the process took, its processor time for every second of sound
(that is its share of a core in real time), how long after its beginning the fault was told, and
what else was.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import click
import numpy as np
import soundfile
from command import command_line

from dcase_classic.cli import run_command

RATE_HZ, WINDOW_S, FAULT_S = 16000, 10.0, 120


def sound(seconds, rng, *, first=0, is_faulty=False):
    """A machine from sample ``first`` on: a hum with harmonics that goes on, in fresh noise."""
    time_s = (first + np.arange(round(seconds * RATE_HZ))) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 90 * k * time_s) / k for k in range(1, 6))
    noise = rng.normal(size=len(time_s)) * (1 + 0.3 * np.sin(2 * np.pi * 1.5 * time_s))
    fault = 0.06 * is_faulty * np.sin(2 * np.pi * 2500 * time_s)
    return ((0.05 * hum + 0.04 * noise + fault) * 32767).clip(-32768, 32767).astype("<i2")


def fit(root, n_clips, rng):
    for number in range(n_clips):
        path = root / "normal" / f"{number:03d}.wav"
        path.parent.mkdir(exist_ok=True)
        first = int(rng.integers(0, 10 * RATE_HZ))
        soundfile.write(path, sound(WINDOW_S, rng, first=first), RATE_HZ)
    fit_command = ["fit", "--normal", root / "normal", "--name", "fan", "--models", root / "models"]
    subprocess.run(command_line(*fit_command), check=True, stdout=subprocess.DEVNULL)


def send(stream, seconds, rng):
    """All sound, second by second; the fault at its end."""
    for second in range(seconds):
        is_faulty = second >= seconds - FAULT_S
        stream.write(sound(1.0, rng, first=second * RATE_HZ, is_faulty=is_faulty).tobytes())
    stream.close()


def peak_mb(pid):
    """The most memory that a process took."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise click.ClickException("no such process")


def measure(root, seconds, hop_s, rng):
    """Peak memory at a tenth and at the end, processor time, and the lines that were told."""
    watch = ["watch", "-", "--raw", f"{RATE_HZ}:s16le:1", "--models", root / "models"]
    watch += ["--hop", hop_s, "--state", root / "state"]
    process = subprocess.Popen(
        command_line(*watch), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False
    )
    sender = threading.Thread(target=send, args=(process.stdin, seconds, rng))
    peaks, start_s = [0.0], time.monotonic()
    sender.start()
    lines = []

    def look():
        while sender.is_alive():
            peaks.append(peak_mb(process.pid))
            time.sleep(0.5)

    looker = threading.Thread(target=look)
    looker.start()
    with process.stdout:
        lines = [json.loads(line) for line in process.stdout]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # nobody need wait again
    looker.join()
    processor_s = usage.ru_utime + usage.ru_stime
    early = peaks[max(1, len(peaks) // 10)]
    return early, max(peaks), processor_s, time.monotonic() - start_s, lines, process.returncode


def seconds_of(stamp):
    return datetime.fromisoformat(stamp).timestamp()


@click.command()
@click.option("--hours", default=1 / 6, show_default=True)
@click.option("--hop", "hop_s", default=1.0, show_default=True)
@click.option("--clips", default=100, show_default=True, help="Of training.")
@click.option("--seed", default=0, show_default=True)
def main(hours, hop_s, clips, seed):
    """Listen to hours of sound and print what that took."""
    rng, seconds = np.random.default_rng(seed), round(hours * 3600)
    with tempfile.TemporaryDirectory() as folder:
        fit(Path(folder), clips, rng)
        early, most, processor_s, wall_s, lines, status = measure(Path(folder), seconds, hop_s, rng)
    begin_s = seconds_of(lines[0]["at"]) - WINDOW_S
    fault_s = begin_s + seconds - FAULT_S
    raised = [line for line in lines if line.get("event") == "raised"]
    false = [line for line in raised if seconds_of(line["at"]) < fault_s]
    delays = [seconds_of(line["at"]) - fault_s for line in raised if line not in false]
    click.echo(f"{hours:.2f} h of sound in {wall_s:.0f} s, a window every {hop_s:g} s")
    click.echo(f"memory: {early:.0f} MB after a tenth, {most:.0f} MB at most")
    click.echo(f"processor: {processor_s / seconds:.2%} of a core in real time")
    told = f"{delays[0]:.1f} s after its beginning" if delays else "never"
    click.echo(f"fault: told {told}; other alarms: {len(false)}")
    sys.exit(status or (not delays))


if __name__ == "__main__":
    run_command(main)
