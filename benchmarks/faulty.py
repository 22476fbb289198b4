"""Faulty clips among the training normals: who is named, and what is caught all the same.

    python benchmarks/faulty.py DATA [--machine NAME] [--draws N] [--config FILE]

Some anomalous test clips of a machine are put among its training clips, at random places, and the
others are tested: the shares of the faulty clips that are named and that stand in the first tenth
of the list of the least typical, clean clips that are named, recall and AUC with the faulty clips
and after misfits were left out; means over draws. The row without faulty clips is the clean set.
"""

from pathlib import Path

import click
import numpy as np
from threadpoolctl import threadpool_limits

from dcase_classic.cli import run_command
from dcase_classic.config import DEFAULT_PRESET, load_config, load_preset
from dcase_classic.evaluation.metrics import auc
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.lengths import median_duration_s
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.extract import Extraction, extract
from dcase_classic.records import Label, Split
from dcase_classic.report.text_table import aligned
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd

HEADER = ["faulty", "named", "in first tenth", "clean named", "recall", "dropped", "AUC", "dropped"]


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--machine", default="", help="Default: the first.")
@click.option("--draws", default=10, show_default=True)
@click.option("--config", "path", type=click.Path(path_type=Path), help="Default: the default.")
@click.option(
    "--faulty", "counts", multiple=True, type=int, default=(0, 1, 3, 5), show_default=True
)
def main(data: Path, machine: str, draws: int, path: Path | None, counts: tuple[int, ...]) -> None:
    """Measure and print."""
    duration_s = median_duration_s(find_clips(data, split=Split.TRAIN)) or 10.0
    settings = load_preset(DEFAULT_PRESET) if path is None else load_config(path)
    config = settings.at_length(duration_s)
    fitter = MachineFitter.from_config(config).alone()
    train, test = (read(data, machine, split, fitter) for split in (Split.TRAIN, Split.TEST))
    rows = [HEADER]
    with threadpool_limits(1):
        for n_faulty in counts:
            n_draws = draws if n_faulty else 1
            values = [draw(train, test, n_faulty, fitter, seed) for seed in range(n_draws)]
            named, first, clean, *rest = np.mean(values, axis=0)
            cells = [f"{named:.1f}", f"{first:.1f}", f"{clean:.1f}", *(f"{v:.3f}" for v in rest)]
            rows.append([str(n_faulty), *cells])
            click.echo(f"{rows[-1]}", err=True)
    click.echo(aligned(rows, n_left=1))


def read(data: Path, machine: str, split: Split, fitter: MachineFitter) -> Extraction:
    """The rows of the clips of one machine."""
    clips = find_clips(data, split=split)
    machine = machine or clips[0].machine_type
    front_end = FrontEnd(audio=fitter.config.audio, features=fitter.features)
    chosen = [clip for clip in clips if clip.machine_type == machine]
    return extract(chosen, Intake(front_end=front_end), run=Run(n_jobs=1), description=split)


def draw(
    train: Extraction, test: Extraction, n_faulty: int, fitter: MachineFitter, seed: int
) -> list[float]:
    """One set of faulty clips: counts, then recall and AUC without and with dropping."""
    rng = np.random.default_rng(100 + seed)
    is_anomaly = np.array([clip.label is Label.ANOMALY for clip in test.clips])
    anomalous = np.flatnonzero(is_anomaly)
    moved = rng.choice(anomalous, n_faulty, replace=False)
    n_clips = len(train.clips) + n_faulty
    is_faulty = np.zeros(n_clips, bool)
    is_faulty[rng.choice(n_clips, n_faulty, replace=False)] = True
    source, at = np.zeros(n_clips, np.intp), np.zeros(n_clips, np.intp)
    source[is_faulty], at[is_faulty] = 1, moved
    at[~is_faulty] = np.arange(len(train.clips))
    domains = [(train, test)[s].clips[p].domain for s, p in zip(source, at, strict=True)]
    tables = {
        features: join(
            [
                (train, test)[s].tables[features].select(np.array([p]))
                for s, p in zip(source, at, strict=True)
            ]
        )
        for features in fitter.features
    }
    strangeness = fitter.find_misfits(tables)
    ranks = np.argsort(np.argsort(-strangeness.excess, kind="stable"))
    kept = np.setdiff1d(np.arange(n_clips), strangeness.named)
    rest = np.setdiff1d(np.arange(len(test.clips)), moved)
    results = []
    for chosen in (np.arange(n_clips), kept):
        own = {features: table.select(chosen) for features, table in tables.items()}
        model = fitter.fit(own, [domains[i] for i in chosen])
        scores = model.score({f: test.tables[f].select(rest) for f in model.features}).anomaly
        wrong = is_anomaly[rest]
        results.append(
            (model.decide(scores)[wrong].mean(), auc(scores[~wrong], scores[wrong]) or 0)
        )
    (recall, area), (recall_dropped, area_dropped) = results
    named = is_faulty[strangeness.named]
    counts = [named.sum(), (ranks[is_faulty] < np.ceil(0.1 * n_clips)).sum(), (~named).sum()]
    return [*counts, recall, recall_dropped, area, area_dropped]


def join(tables: list[FeatureTable]) -> FeatureTable:
    """The clips one after the other."""
    return FeatureTable.from_clips([table.X for table in tables])


if __name__ == "__main__":
    run_command(main)
