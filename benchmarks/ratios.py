"""Ratios, growth and budgets, measured side by side in one process; prints Markdown tables.

    python benchmarks/ratios.py            about two minutes
    python benchmarks/ratios.py --quick    every line once, on little data

CPU time, medians, one BLAS thread; both sides of a ratio run in turn. Exit status 1 if a budget of
budgets.toml is not kept (never with --quick).
"""

import argparse
import statistics
import sys
import tempfile
import time
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import ours
import slow
import soundfile
from made_recordings import RATE_HZ, sound, write_pool
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.model.neighbours import nearest_distances
from dcase_classic.model.references import StoredRows
from dcase_classic.sound.spectra import log_mel

BUDGETS = tomllib.loads(Path(__file__).with_name("budgets.toml").read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    is_quick = parser.parse_args().quick
    with threadpool_limits(1), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        is_kept = [
            _print_ratios(folder, n_rounds=1 if is_quick else 9, scale=20 if is_quick else 1),
            _print_exponents(folder, n_rounds=1 if is_quick else 5, scale=20 if is_quick else 1),
            _print_seconds(folder, n_clips=20 if is_quick else 200),
        ]
    sys.exit(0 if is_quick or all(is_kept) else 1)


def _print_ratios(folder, *, n_rounds, scale):
    (path,) = write_pool(folder, 1)
    samples = soundfile.read(path, dtype="float32")[0]
    pairs = {
        "features of a clip, against librosa per segment": (
            partial(ours.features, path),
            partial(slow.librosa_per_segment, path),
        ),
        "features of a clip, against librosa per clip": (
            partial(ours.features, path),
            partial(slow.librosa_per_clip, path),
        ),
        "log-mel, against librosa": (
            partial(log_mel, samples, SpectrumConfig(), sample_rate_hz=RATE_HZ),
            partial(slow.librosa_log_mel, samples, RATE_HZ),
        ),
        "features of a clip, against the baseline's frame stacking": (
            partial(ours.features, path),
            partial(slow.baseline_frame_stacking, path),
        ),
        **_neighbour_pairs(10_000 // scale, 2_000 // scale),
        **_autoencoder_pair(path, n_clips=40),
    }
    print("| CPU time of | ours, ms | other, ms | ratio | budget |\n|---|---|---|---|---|")
    is_kept = True
    for name, (fast, other) in pairs.items():
        fast_s, other_s = _interleaved(fast, other, n_rounds)
        ratio = statistics.median(np.divide(other_s, fast_s))
        times = f"{_median_ms(fast_s):.2f} | {_median_ms(other_s):.1f}"
        print(f"| {name} | {times} | {ratio:.1f} | {BUDGETS['ratios'][name]} |", flush=True)
        is_kept &= ratio >= BUDGETS["ratios"][name]
    return is_kept


def _autoencoder_pair(path, *, n_clips):
    """All of our fit against one of a hundred epochs, both from the features of as many clips."""
    epoch = slow.autoencoder_epoch(np.tile(slow.baseline_frame_stacking(path), (n_clips, 1)))
    if epoch is None:
        return {}
    train, test = ours.table(n_clips), ours.table(1, seed=1)
    return {"a fit, against one epoch of 100": (partial(ours.fit_and_score, train, test), epoch)}


def _neighbour_pairs(n_references, n_rows):
    rng = np.random.default_rng(0)
    pairs = {}
    for k, n_values in ((1, 96), (5, 96), (1, 512)):
        references = rng.normal(size=(n_references, n_values)).astype(np.float32)
        rows = rng.normal(size=(n_rows, n_values)).astype(np.float32)
        word = "nearest neighbour" if k == 1 else f"{k} nearest neighbours"
        model = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(references)
        pairs[f"{word} of {n_values} values, against scikit-learn"] = (
            partial(nearest_distances, rows, StoredRows(references), k),
            partial(model.kneighbors, rows),
        )
    return pairs


def _print_exponents(folder, *, n_rounds, scale):
    small, large = 1_000 // scale, 4_000 // scale
    rng = np.random.default_rng(0)

    def wav(seconds):
        path = folder / f"{seconds}.wav"
        soundfile.write(path, sound(rng, seconds=seconds), RATE_HZ, subtype="PCM_16")
        return partial(ours.features, path)

    def neighbours(n_references, n_values):
        rows = rng.normal(size=(small, n_values)).astype(np.float32)
        references = rng.normal(size=(n_references, n_values)).astype(np.float32)
        return partial(nearest_distances, rows, StoredRows(references), 1)

    def machine(n_clips, n_machines=1):
        train, test = ours.table(n_clips), ours.table(n_clips // 5, seed=1)
        return lambda: [ours.fit_and_score(train, test) for _ in range(n_machines)]

    pairs = {
        "features over seconds of sound": (wav(10), wav(40)),
        "neighbours over references": (neighbours(5 * small, 96), neighbours(5 * large, 96)),
        "neighbours over values": (neighbours(5 * small, 128), neighbours(5 * small, 512)),
        "machine over clips": (machine(small // 5), machine(large // 5)),
        "machine over machines": (machine(small // 5), machine(small // 5, 4)),
    }
    print("\n| growth from 1 to 4 times | ms | ms | exponent | budget |\n|---|---|---|---|---|")
    is_kept = True
    for name, (once, four) in pairs.items():
        one_s, four_s = _interleaved(once, four, n_rounds)
        exponent = np.log(statistics.median(np.divide(four_s, one_s))) / np.log(4)
        times = f"{_median_ms(one_s):.1f} | {_median_ms(four_s):.1f}"
        print(f"| {name} | {times} | {exponent:.2f} | {BUDGETS['exponents'][name]} |", flush=True)
        is_kept &= bool(exponent <= BUDGETS["exponents"][name])
    return is_kept


def _print_seconds(folder, *, n_clips):
    """Files to scores in this process, imports not counted."""
    from made_recordings import write_machines

    from dcase_classic.pipeline.fit import fit
    from dcase_classic.pipeline.score import score
    from dcase_classic.run import Run

    n_test = n_clips // 4
    pool = write_pool(folder / "pool", n_clips)
    write_machines(folder / "d", pool, n_machines=1, n_train=n_clips - n_test, n_test=n_test)
    start = time.process_time()
    fit(folder / "d", folder / "m", ours.load_preset("knn"), run=Run(n_jobs=1))
    score(folder / "d", folder / "m", folder / "r", run=Run(n_jobs=1))
    used_s = time.process_time() - start
    name = "200 clips, fit and score with preset knn"
    budget_s = BUDGETS["seconds"][name]
    print("\n| in one process, imports not counted | CPU s | budget |\n|---|---|---|")
    print(f"| {name} | {used_s:.2f} | {budget_s} |")
    return used_s <= budget_s


def _interleaved(a, b, n_rounds):
    """CPU seconds of both, in turn, after one round that does not count."""
    times = ([], [])
    for round_ in range(n_rounds + 1):
        for seconds, call in zip(times, (a, b), strict=True):
            start, n_calls = time.process_time(), 0
            while n_calls == 0 or (round_ > 0 and time.process_time() - start < 0.02):
                call()
                n_calls += 1
            if round_ > 0:
                seconds.append((time.process_time() - start) / n_calls)
    return times


def _median_ms(seconds):
    return 1e3 * statistics.median(seconds)


if __name__ == "__main__":
    main()
