"""Synthetic recordings in the DCASE layout, as many as wanted, from a few distinct ones."""

import os
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 16000


def sound(rng, *, seconds=10.0):
    """A hum with harmonics in modulated noise, and clicks, shape (n_samples,), in [-1, 1]."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hum_hz = rng.uniform(80, 200)
    hum = sum(np.sin(2 * np.pi * k * hum_hz * time_s) / k for k in range(1, 6))
    noise = rng.normal(size=len(time_s)) * (1 + 0.5 * np.sin(2 * np.pi * 3 * time_s))
    clicks = (rng.random(len(time_s)) < 1e-4) * rng.normal(size=len(time_s))
    return np.clip(0.05 * hum + 0.05 * noise + 0.5 * clicks, -1, 1)


def write_pool(folder, n_sounds, *, seconds=10.0):
    """``n_sounds`` distinct 16-bit wav files; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:04d}.wav" for number in range(n_sounds)]
    for number, path in enumerate(paths):
        soundfile.write(
            path, sound(np.random.default_rng(number), seconds=seconds), RATE_HZ, subtype="PCM_16"
        )
    return paths


def write_machines(root, pool, *, n_machines, n_train, n_test):
    """Machines of ``n_train`` clips (10 of them target) and ``n_test``, hard links to the pool."""
    for machine in range(n_machines):
        for split, n_clips in (("train", n_train), ("test", n_test)):
            folder = root / f"machine{machine:02d}" / split
            folder.mkdir(parents=True)
            for index in range(n_clips):
                name = f"section_00_{_domain_and_label(split, index, n_clips)}_{index:04d}.wav"
                link(pool[(index + 31 * machine) % len(pool)], folder / name)


def _domain_and_label(split, index, n_clips):
    if split == "train":
        return f"{'target' if index >= n_clips - 10 else 'source'}_train_normal"
    domain = "target" if index % 2 else "source"
    return f"{domain}_test_{'anomaly' if index % 4 < 2 else 'normal'}"


def link(source, target):
    """A hard link: thousands of clips take the room of a few, and are read like files."""
    os.link(Path(source), target)
