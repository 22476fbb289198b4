"""How time and memory grow with the clips of one machine: fit and score in new processes.

python benchmarks/growth.py                       1,000 to 10,000 training clips, about four minutes
python benchmarks/growth.py --preset knn --sizes 100 200

CPU time, one process, without the cache; a fifth as many test clips as training clips. Exit status
1 if an exponent (the slope from the first size to the last, log over log) or the growth of memory
is over its budget.
"""

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np
from end_to_end import run
from made_recordings import write_machines, write_pool

BUDGETS = tomllib.loads(Path(__file__).with_name("budgets.toml").read_text("utf-8"))


def main():
    """Measure every size, print a table and the exponents."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 3_000, 10_000])
    options = parser.parse_args()
    print(
        "| training clips | fit CPU s | score CPU s | peak MB | model MB |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory(prefix="dcase-classic-growth-") as name:
        pool = write_pool(Path(name) / "pool", min(200, *options.sizes))
        rows = [_measure(Path(name), pool, size, options.preset) for size in options.sizes]
    span = np.log(options.sizes[-1] / options.sizes[0])
    exponents = {
        verb: float(np.log(rows[-1][i] / rows[0][i]) / span)
        for i, verb in enumerate(("fit", "score"))
    }
    budget = BUDGETS["exponents"]["fit and score over clips"]
    most_memory = BUDGETS["growth"]["peak memory over ten times as many clips"]
    memory = rows[-1][2] / rows[0][2]
    print(f"\nexponents {exponents['fit']:.2f} and {exponents['score']:.2f}, budget {budget}")
    print(f"peak memory times {memory:.2f}, budget {most_memory}")
    sys.exit(0 if max(exponents.values()) <= budget and memory <= most_memory else 1)


def _measure(root, pool, size, preset):
    folder = root / str(size)
    write_machines(folder / "data", pool, n_machines=1, n_train=size, n_test=size // 5)
    common = ["--no-cache", "--jobs", 1]
    models = ["--models", folder / "models"]
    fit = ["fit", folder / "data", *models, "--preset", preset, *common]
    score = ["score", folder / "data", *models, "-o", folder / "results", *common]
    _, fit_s, _ = run(fit, cache=root / "cache")
    _, score_s, peak_mb = run(score, cache=root / "cache")  # the peak of both
    model_mb = sum(path.stat().st_size for path in (folder / "models").iterdir()) / 1e6
    print(f"| {size} | {fit_s:.2f} | {score_s:.2f} | {peak_mb:.0f} | {model_mb:.1f} |", flush=True)
    return fit_s, score_s, peak_mb


if __name__ == "__main__":
    main()
