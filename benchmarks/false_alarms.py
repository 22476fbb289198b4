"""False alarms of new normal recordings, and recall, for both promises and several rates.

    python benchmarks/false_alarms.py DATA...

For every data set, a model for the same sessions and one for new ones, and thresholds for 10 % and
5 % by domain and pooled: alarms among the normal test clips of each domain, the 95 % interval that
a count at the nominal rate has, and the share of anomalies that are caught. Then the same mean
rates on made-up machines whose sessions differ, with many test clips each.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dcase_classic.cli import run_command
from dcase_classic.config import Config, load_preset
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.evaluation.metrics import auc, harmonic_mean, partial_auc
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.inference import infer
from dcase_classic.records import Domain, Label, Split
from dcase_classic.report.text_table import aligned
from dcase_classic.run import Run

RATES = (0.1, 0.05)
LIMITS = ("domains", "pooled")
HEADER = ["data", "promise", "rate", "limit", "source", "target", "expected", "recall", "h"]

# machines as (source sessions, clips of each), (target ...), how much sessions differ, promise
MADE_UP = {
    "240 + 10 clips": ((240, 1), (10, 1), 0.0, "same"),
    "60 + 10 clips": ((60, 1), (10, 1), 0.0, "same"),
    "24 x 10 + 5 x 2": ((24, 10), (5, 2), 0.7, "new"),
    "24 x 10 + 2 x 5": ((24, 10), (2, 5), 0.7, "new"),
    "12 x 5 + 2 x 5": ((12, 5), (2, 5), 0.7, "new"),
    "6 x 20": ((6, 20), (0, 0), 0.7, "new"),
    "24 x 10 + 5 x 2, runs": ((24, 10), (5, 2), 0.7, "same"),
}


@click.command(help=__doc__)
@click.argument("data", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--preset", default="classic", show_default=True)
@click.option(
    "--machines", "n_machines", default=40, show_default=True, help="Of each made-up kind."
)
def main(data: tuple[Path, ...], preset: str, n_machines: int) -> None:
    """Measure and print."""
    config = load_preset(preset)
    for promise in ("same", "new"):
        calibration = replace(config.calibration, sessions=promise)
        for root in data:
            click.echo(f"{root} {promise}", err=True)
            rows = list(real(root, replace(config, calibration=calibration), promise))
            click.echo(aligned([HEADER, *rows], n_left=4))
    rows = [[name, *made_up(*kind, n_machines)] for name, kind in MADE_UP.items()]
    titles = [
        f"{rate:.0%} {limit} {domain}" for rate in RATES for limit in LIMITS for domain in "st"
    ]
    with threadpool_limits(1):
        click.echo(aligned([["made up", *titles], *rows], n_left=1))


def real(root: Path, config: Config, promise: str) -> Iterator[list[str]]:
    """A row for every machine, rate and limit."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        fit(root, models, config, run=Run(n_jobs=1))
        for key, clips in by_section(find_clips(root, split=Split.TEST)).items():
            inference = infer(clips, models, key, run=Run(n_jobs=1))
            scores = np.array([row.anomaly_score for row in inference.scores])
            is_anomaly = np.array([clip.label is Label.ANOMALY for clip in inference.clips])
            domains = np.array([clip.domain is Domain.TARGET for clip in inference.clips])
            model = load_model(models, *key).model
            h = f"{official(scores, is_anomaly, domains):.3f}"
            for rate in RATES:
                for limit in LIMITS:
                    calibration = replace(config.calibration, limit=limit, false_alarms=rate)
                    asked = model.recalibrated(replace(config, calibration=calibration))
                    is_alarm = asked.decide(scores)
                    cells = [count(is_alarm[~is_anomaly & (domains == d)]) for d in (False, True)]
                    expected = [
                        interval(int((~is_anomaly & (domains == d)).sum()), rate)
                        for d in (False, True)
                    ]
                    recall = f"{is_alarm[is_anomaly].mean():.2f}"
                    known = " and ".join(filter(None, expected))
                    yield [key[0], promise, f"{rate:.0%}", limit, *cells, known, recall, h]


def official(
    scores: NDArray[np.float64], is_anomaly: NDArray[np.bool_], is_target: NDArray[np.bool_]
) -> float:
    """The harmonic mean of the AUC of every domain and the partial AUC."""
    anomalous, values = scores[is_anomaly], []
    for domain in (False, True):
        normal = scores[~is_anomaly & (is_target == domain)]
        values += [auc(normal, anomalous)] if len(normal) else []
    values.append(partial_auc(scores[~is_anomaly], anomalous))
    return harmonic_mean([value for value in values if value is not None]) or 0.0


def count(is_alarm: NDArray[np.bool_]) -> str:
    return f"{is_alarm.sum()}/{len(is_alarm)}" if len(is_alarm) else "-"


def interval(n_clips: int, rate: float) -> str:
    """The counts that a rate gives in 95 of 100 sets of clips."""
    from scipy.stats import binom

    return (
        f"{binom.ppf(0.025, n_clips, rate):.0f}-{binom.ppf(0.975, n_clips, rate):.0f}"
        if n_clips
        else ""
    )


def made_up(
    source: tuple[int, int], target: tuple[int, int], spread: float, promise: str, n_machines: int
) -> list[str]:
    """Mean rates of false alarms over machines, in percent."""
    rates = np.array(
        [one_machine(source, target, spread, promise, seed) for seed in range(n_machines)]
    )
    return ["-" if np.isnan(rate) else f"{100 * rate:.1f}" for rate in rates.mean(axis=0)]


def one_machine(
    source: tuple[int, int], target: tuple[int, int], spread: float, promise: str, seed: int
) -> list[float]:
    """Rates of one machine of 24 numbers a clip; tests are 150 new sessions of two clips."""
    rng = np.random.default_rng(seed)
    mix, between = rng.normal(size=(2, 24, 24)) / np.sqrt(24)
    shift, scale = rng.normal(size=24), np.exp(0.3 * rng.normal())

    def draw(n_sessions: int, n_each: int, *, is_target: bool) -> NDArray[np.float32]:
        places = np.repeat(spread * rng.normal(size=(n_sessions, 24)) @ between, n_each, axis=0)
        rows = rng.normal(size=(n_sessions * n_each, 24)) @ mix + places
        return (rows * scale + shift if is_target else rows).astype(np.float32)

    parts = draw(*source, is_target=False), draw(*target, is_target=True)
    tests = draw(150, 2, is_target=False), draw(150, 2, is_target=True)
    domains = [Domain.SOURCE] * len(parts[0]) + [Domain.TARGET] * len(parts[1])
    sessions = [
        f"{name}{i // n}" for name, (k, n) in (("s", source), ("t", target)) for i in range(k * n)
    ]
    config = made_up_config(seed, promise)
    fitter = MachineFitter.from_config(config)
    model = fitter.fit(
        dict.fromkeys(fitter.features, table(np.concatenate(parts))), domains, sessions=sessions
    )
    scores = [model.score(dict.fromkeys(model.features, table(rows))) for rows in tests]
    rates = []
    for rate in RATES:
        for limit in LIMITS:
            calibration = replace(config.calibration, limit=limit, false_alarms=rate)
            asked = model.recalibrated(replace(config, calibration=calibration))
            rates += [
                asked.decide(scores[0]).mean(),
                asked.decide(scores[1]).mean() if target[0] else np.nan,
            ]
    return rates


def table(rows: NDArray[np.float32]) -> FeatureTable:
    return FeatureTable(X=rows, clip_index=np.arange(len(rows)))


def made_up_config(seed: int, promise: str) -> Config:
    def view(name: str, detector: str, scaling: str, domains: str) -> ViewConfig:
        return ViewConfig(
            name=name,
            features=(Spec("mfcc"),),
            detector=Spec(detector),
            scaling=Spec(scaling),
            domains=domains,
        )

    views = (
        view("whitened", "ldn", "whiten", "pooled"),
        view("distance", "mahalanobis", "standardise", "centred"),
        view("density", "ldn", "standardise", "pooled"),
    )
    config = Config(views=views, seed=seed)
    return replace(config, calibration=replace(config.calibration, sessions=promise))


if __name__ == "__main__":
    run_command(main)
