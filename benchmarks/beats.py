"""Whether explanations tell which beat is missing, too many, late or early.

``python benchmarks/beats.py [--clips N] [--machine NAME]``: models of three made-up machines that
beat in time are fitted to 60 clips each. In N others a beat is left out, doubled (half an interval
later), or comes a third of an interval late or early; what ``explain`` says first is compared with
that: the word, and the place within 0.1 s. Counted are the clips above the threshold; in
parentheses, those below. The last row are normal clips: how many are told to have such a beat.
"""

import argparse

import numpy as np

from dcase_classic import AnomalyDetector
from dcase_classic.outcomes.reasons import Direction

RATE_HZ = 16000
SECONDS = 10
NEAR_S = 0.1
# seconds between beats, their standard deviation in intervals, pitch, seconds to die away, noise
MACHINES = {
    "press": (1.2, 0.01, 900, 0.03, 0.01),
    "ratchet": (0.6, 0.03, 3500, 0.008, 0.02),
    "pump": (0.9, 0.02, 250, 0.06, 0.02),
}
FAULTS = {
    "left out": Direction.MISSING,
    "doubled": Direction.EXTRA,
    "late": Direction.LATE,
    "early": Direction.EARLY,
    "none": None,
}
BEATS = set(FAULTS.values()) - {None}


def times_of(interval, jitter, fault, rng):
    """When beats come, and where the fault is."""
    steps = interval * (1 + jitter * rng.normal(size=round(2 * SECONDS / interval)))
    times = rng.uniform(0.2, interval) + np.append(0, np.cumsum(steps))
    times = times[times < SECONDS - 0.3]
    number = rng.integers(2, len(times) - 2)
    place = times[number]
    if fault == "left out":
        times = np.delete(times, number)
    if fault == "doubled":
        place += interval / 2
        times = np.append(times, place)
    if fault in {"late", "early"}:
        place += interval / 3 * (1 if fault == "late" else -1)
        times[number] = place
    return times, place


def sound_of(machine, fault, seed):
    """Ten seconds of a machine, and where its fault is."""
    interval, jitter, pitch_hz, decay_s, noise = MACHINES[machine]
    rng = np.random.default_rng(seed)
    t = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    x = noise * (rng.normal(size=SECONDS * RATE_HZ) + 0.3)
    times, place = times_of(interval, jitter, fault, rng)
    for at in (times * RATE_HZ).astype(int):
        tone = np.sin(2 * np.pi * pitch_hz * (1 + 0.02 * rng.normal()) * t)
        beat = np.exp(-t / decay_s) * (tone + 0.5 * rng.normal(size=len(t)))
        room = x[at : at + len(t)]
        room += 0.4 * (1 + 0.15 * rng.normal()) * beat[: len(room)]
    return x.astype(np.float32), place


def main(options):
    """A row for every machine and fault."""
    for machine in options.machine or MACHINES:
        normal = [sound_of(machine, "none", seed)[0] for seed in range(options.train)]
        detector = AnomalyDetector(sample_rate=RATE_HZ).fit(normal)
        for fault, direction in FAULTS.items():
            n_right, n_all = np.zeros(2, int), np.zeros(2, int)
            for seed in range(1000, 1000 + options.clips):
                x, place = sound_of(machine, fault, seed)
                (explanation,) = detector.explain(x, sample_rate=RATE_HZ)
                is_below = int(explanation.anomaly_score <= detector.threshold_)
                top = explanation.why[0]
                is_there = top.from_s is not None and (
                    top.from_s - NEAR_S <= place <= top.to_s + NEAR_S
                )
                n_all[is_below] += 1
                if direction is None:
                    n_right[is_below] += any(
                        why.direction in BEATS and why.rate_hz for why in explanation.why
                    )
                else:
                    n_right[is_below] += top.direction is direction and is_there
            print(
                f"{machine:8} {fault:9} {n_right[0]:2} of {n_all[0]:2} "
                f"({n_right[1]:2} of {n_all[1]:2})",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--train", type=int, default=60)
    parser.add_argument("--machine", action="append", choices=MACHINES)
    main(parser.parse_args())
