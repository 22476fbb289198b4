"""Prepare, fit, score and evaluate as a user does, in new processes: wall and CPU time, memory.

python benchmarks/end_to_end.py                          a whole DCASE year: 7 x (1000 + 200) clips
python benchmarks/end_to_end.py --machines 1 --train 150 --test 50 --jobs 1
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from command import command_line
from made_recordings import write_machines, write_pool


def main():
    """Make the recordings, run everything twice (the second time from the cache), print a table."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="dcase-classic-bench-") as name:
        root = Path(name)
        pool = write_pool(root / "pool", options.sounds)
        write_machines(
            root / "data",
            pool,
            n_machines=options.machines,
            n_train=options.train,
            n_test=options.test,
        )
        print("| run | verb | wall s | CPU s | peak MB of a process |")
        print("|---|---|---|---|---|")
        totals = [_run_all(root, label, options) for label in ("first", "again")]
    n_clips = options.machines * (options.train + options.test)
    print(f"\n{n_clips} clips: {totals[0]:.1f} s, then {totals[1]:.1f} s from the cache")


def _run_all(root, label, options):
    jobs = [] if options.jobs is None else ["--jobs", options.jobs]
    cache = ["--no-cache"] if options.no_cache else []
    models, results = root / "models", root / "results"
    verbs = (
        {} if options.no_prepare else {"prepare": ["prepare", root / "data", root / "out", *jobs]}
    )
    verbs |= {
        "fit": ["fit", root / "data", "--models", models, "--preset", options.preset, *jobs],
        "score": ["score", root / "data", "--models", models, "-o", results, *jobs],
        "evaluate": ["evaluate", results],
    }
    total = 0.0
    for verb, arguments in verbs.items():
        wall_s, cpu_s, peak_mb = run(
            [*arguments, *(cache if verb in ("fit", "score") else [])], cache=root / "cache"
        )
        total += wall_s
        print(f"| {label} | {verb} | {wall_s:.2f} | {cpu_s:.2f} | {peak_mb:.0f} |", flush=True)
    return total


def run(arguments, *, cache):
    """Wall and CPU seconds of one command, and the peak of the largest process so far in MB."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(
        command_line(*arguments),
        env=os.environ | {"DCASE_CLASSIC_CACHE": str(cache)},
        check=False,
        capture_output=True,
        text=True,
    )
    if ended.returncode:
        sys.exit(ended.stderr)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall_s, cpu_s, after.ru_maxrss / 1024


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--machines", type=int, default=7)
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--test", type=int, default=200)
    parser.add_argument("--sounds", type=int, default=200, help="distinct recordings")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--jobs")
    parser.add_argument("--no-prepare", action="store_true")
    parser.add_argument("--no-cache", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
