"""Score very many recordings of which a hundredth is bad, and compare with a run of the good ones.

``python benchmarks/bad_files.py --clips 100000``. The bad ones are of fifteen kinds. Every good
recording has to have the score and the decision of the clean run, every bad one its reason in
skipped.csv; then two runs at once, one for each machine, have to leave the same files. The peak of
the memory of the largest process is printed.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
import soundfile
from command import command_line
from made_recordings import RATE_HZ, link, sound, write_pool

from dcase_classic.cli import run_command

MACHINES = ("fan", "pump")
N_TRAIN, N_SOUNDS, SECONDS = 60, 200, 1.0


def _write(subtype="PCM_16", rate_hz=RATE_HZ, kind="WAV"):
    def write(path, samples):
        soundfile.write(path, samples, rate_hz, subtype=subtype, format=kind)

    return write


def _samples(change, subtype="PCM_16", **form):
    def write(path, samples):
        _write(subtype, **form)(path, change(samples.copy()))

    return write


def _bytes(change):
    def write(path, samples):
        _write()(path, samples)
        path.write_bytes(change(bytearray(path.read_bytes())))

    return write


def _patched(start, content):
    def change(data):
        data[start : start + len(content)] = content
        return data

    return _bytes(change)


def _promising_flac(path, samples):
    """A FLAC whose header promises 2^36 - 1 samples."""
    _write(kind="FLAC")(path, samples)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F
    content[22:26] = b"\xff" * 4
    path.write_bytes(content[: len(content) // 4])


# How each kind is made, and what is said of it.
KINDS = {
    "empty": (_bytes(lambda _: b""), "empty file"),
    "text": (_bytes(lambda _: b"no sound at all\n" * 20), "cannot be decoded as audio"),
    "zeros": (_bytes(lambda data: bytes(len(data))), "cannot be decoded as audio"),
    "zip": (_bytes(lambda data: b"PK\3\4" + data[4:]), "cannot be decoded as audio"),
    "header only": (_bytes(lambda data: data[:44]), "16000 samples and 0 are there"),
    "half a header": (_bytes(lambda data: data[:20]), "cannot be decoded as audio"),
    "silent": (_samples(lambda x: 0 * x), "all samples are zero"),
    "not a number": (_samples(lambda x: x * np.nan, "FLOAT"), "NaN or infinite"),
    "too loud": (_samples(lambda x: x * 1e20, "FLOAT"), "float samples up to"),
    "too short": (_samples(lambda x: x[:160]), "got 160, expected at least one"),
    "one hertz": (_patched(24, (1).to_bytes(4, "little")), "a rate of 1 Hz"),
    "four gigahertz": (_patched(24, (2**32 - 1).to_bytes(4, "little")), "a rate of 4294967295 Hz"),
    "many channels": (_patched(22, (65535).to_bytes(2, "little")), "65535 channels"),
    "promising flac": (_promising_flac, "68719476735 samples"),
    "dangling link": (lambda path, _: path.symlink_to("nowhere.wav"), "no such file"),
}


def write_data(root, pool, n_clips, bad):
    """Two machines; the recordings of ``bad``, by number, are of that kind, and None leaves out."""
    for machine in MACHINES:
        for split in ("train", "test"):
            (root / machine / split).mkdir(parents=True)
        for number in range(N_TRAIN):
            name = f"section_00_source_train_normal_{number:04d}.wav"
            link(pool[number], root / machine / "train" / name)
    samples = sound(np.random.default_rng(0), seconds=SECONDS)
    for number in range(n_clips):
        kind = bad.get(number, "good")
        path = place(root, number)
        if kind == "good":
            link(pool[number % len(pool)], path)
        elif kind is not None:
            KINDS[kind][0](path, samples)


def place(root, number):
    machine = MACHINES[number % len(MACHINES)]
    label = "anomaly" if number % 4 < 2 else "normal"
    return root / machine / "test" / f"section_00_source_test_{label}_{number:06d}.wav"


def score(data, models, output, *options):
    command = command_line("score", data, "--models", models, "-o", output, "--no-cache", *options)
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def ended(process, status):
    """Wait for a run, which has to end with a status."""
    _, err = process.communicate()
    if process.returncode != status or "Traceback" in err:
        raise SystemExit(f"a run ended with {process.returncode}, expected {status}: {err[-2000:]}")


def rows(folder):
    """All rows of scores and decisions, by file."""
    return {
        path.relative_to(folder).as_posix(): path.read_text().splitlines()
        for path in sorted(folder.rglob("*_section_*.csv"))
    }


def wrong_reasons(root, output, bad):
    """A line for every bad recording that is not listed with its reason, or is scored."""
    with (output / "skipped.csv").open(newline="", encoding="utf-8") as file:
        reasons = {row["path"]: row["reason"] for row in csv.DictReader(file)}
    for number, kind in bad.items():
        reason = reasons.pop(os.fspath(place(root, number)), "not listed")
        if KINDS[kind][1] not in reason:
            yield f"{kind}: {reason}"
    yield from (f"listed and good: {path}: {reason}" for path, reason in reasons.items())


@click.command()
@click.option("--clips", "n_clips", default=100_000, show_default=True)
def main(n_clips):
    """Score recordings of which one in a hundred is bad; compare with a run of the good ones."""
    kinds = list(KINDS)
    places = [100 * index + index % 100 for index in range(n_clips // 100)]
    bad = {number: kinds[index % len(kinds)] for index, number in enumerate(places)}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pool = write_pool(root / "pool", N_SOUNDS, seconds=SECONDS)
        write_data(root / "good", pool, n_clips, dict.fromkeys(bad))
        write_data(root / "mixed", pool, n_clips, bad)
        models = root / "models"
        fit = command_line(
            "fit", root / "good", "--models", models, "--preset", "knn", "--no-cache"
        )
        subprocess.run(fit, check=True, capture_output=True)
        ended(score(root / "good", models, root / "clean"), 0)
        ended(score(root / "mixed", models, root / "once"), 3)
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        one_each = [
            score(root / "mixed", models, root / "twice", "--machine", machine)
            for machine in MACHINES
        ]
        for process in one_each:
            ended(process, 3)
        clean, once, twice = (rows(root / name) for name in ("clean", "once", "twice"))
        wrong = list(wrong_reasons(root / "mixed", root / "once", bad))
        wrong += list(wrong_reasons(root / "mixed", root / "twice", bad))
        wrong += ["good recordings score otherwise"] if clean != once else []
        wrong += ["two runs at once leave other rows"] if once != twice else []
        n_rows = sum(map(len, once.values()))
    for line in wrong[:50]:
        click.echo(line)
    click.echo(
        f"{n_clips} recordings, {len(bad)} bad of {len(kinds)} kinds: {len(wrong)} wrong, "
        f"{n_rows} rows, peak {peak_mb:.0f} MB"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    run_command(main)
