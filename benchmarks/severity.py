"""What severities and p-values say of normal recordings, and of the same ones after a refit.

    python benchmarks/severity.py [DATA...]

For the demo's machines and each machine of DATA (folders in the official layout): models of two
halves of the source training clips judge the normal source test clips and each other's half.
Printed are the shares of normal clips that raise an alarm and whose p-value is at most 0.1 and at
most a tenth of what the held-out clips can show, the median severity of normal clips and of
anomalies, and the median change of a severity, and of an anomaly score in units of its spread,
from one half's model to the other's.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from dcase_classic import AnomalyDetector, find_clips
from dcase_classic.pipeline.demo import write_demo_data
from dcase_classic.records import Domain, Label, Split

HEADER = "machine      n  alarms  p<=.1  p<=.1/(n+1)  normal  anomaly  change  spearman"


def judged(folder, machine_type):
    clips = [
        clip
        for clip in find_clips(folder, machines=[machine_type])
        if clip.domain in {Domain.SOURCE, None}
    ]
    train = [str(clip.path) for clip in clips if clip.split is Split.TRAIN]
    test = {
        label: [str(c.path) for c in clips if c.split is Split.TEST and c.label is label]
        for label in Label
    }
    drawn = np.random.default_rng(0).permutation(train).tolist()  # every condition is in both
    halves = drawn[::2], drawn[1::2]
    models = [AnomalyDetector(n_jobs=None).fit(half) for half in halves]
    normal, anomalous = ([m.score_frame(test[label]) for m in models] for label in Label)
    others = [m.score_frame(half) for m, half in zip(models, reversed(halves), strict=True)]
    return len(halves[0]), others, normal, anomalous


def line(name, n_clips, others, normal, anomalous):
    p = np.concatenate([table["p_value"] for table in (*others, *normal)])
    alarms = np.concatenate([table["is_anomaly"].astype(bool) for table in (*others, *normal)])
    severities = np.array([table["severity"] for table in normal])
    both = np.column_stack([np.concatenate([t["severity"] for t in pair])
                            for pair in zip(normal, anomalous, strict=True)])  # fmt: skip
    change = np.median(np.abs(np.diff(both, axis=1)))
    ranks = np.argsort(np.argsort(both, axis=0), axis=0)
    rank_correlation = np.corrcoef(ranks.T)[0, 1]
    return (
        f"{name:10} {n_clips:4}  {alarms.mean():6.3f} {np.mean(p <= 0.1):6.3f}"
        f"  {np.mean(p <= 0.1 / (n_clips + 1)):11.4f}  {np.median(severities):6.0f}"
        f"  {np.median([t['severity'].median() for t in anomalous]):7.0f}  {change:6.0f}"
        f"  {rank_correlation:8.2f}"
    )


def main(folders):
    print(HEADER)
    with TemporaryDirectory() as demo:
        write_demo_data(demo)
        for folder in (Path(demo), *map(Path, folders)):
            for machine_type in sorted({clip.machine_type for clip in find_clips(folder)}):
                print(line(machine_type, *judged(folder, machine_type)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
