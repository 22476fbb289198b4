"""False alarms of new normal recordings, and recall, for both promises and several rates.

    python benchmarks/false_alarms.py DATA...

For every data set, a model for the same sessions and one for new ones, and thresholds for 10 % and
5 % by domain and pooled: alarms among the normal test clips of each domain, the 95 % interval that
a count at the nominal rate has, and the share of anomalies that are caught. Where test clips are
new sessions, "same" promises nothing about them: "more of the same" are the training clips, each
fifth of them (at random) judged by a model of the others. Then the mean rates on made-up machines
whose sessions differ, with many test clips each, of new sessions or, where it says so, more clips
of the sessions of training.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
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
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.inference import infer
from dcase_classic.records import Clip, Domain, Label, SectionKey, Split
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
    "24 x 10 + 5 x 2, more of the same": ((24, 10), (5, 2), 0.7, "same"),
    "12 x 5 + 2 x 5, more of the same": ((12, 5), (2, 5), 0.7, "same"),
}
N_PARTS = 5


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
            asked = replace(config, calibration=calibration)
            rows = list(real(root, asked, promise))
            if promise == "same":
                rows += more_of_the_same(root, asked)
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
            judged = Judged.by(models, key, clips, config)
            h = f"{official(judged.scores, judged.is_anomaly, judged.is_target):.3f}"
            for (rate, limit), is_alarm in judged.alarms.items():
                counts = judged.counts(is_alarm, rate)
                recall = f"{is_alarm[judged.is_anomaly].mean():.2f}"
                yield [key[0], promise, f"{rate:.0%}", limit, *counts, recall, h]


def more_of_the_same(root: Path, config: Config) -> Iterator[list[str]]:
    """A row for every machine, rate and limit: training clips that a model has not seen."""
    for key, clips in by_section(find_clips(root, split=Split.TRAIN)).items():
        parts = np.random.default_rng(0).permutation(len(clips)) % N_PARTS
        judged = []
        for part in range(N_PARTS):
            with tempfile.TemporaryDirectory() as folder:
                others = [clip for clip, own in zip(clips, parts, strict=True) if own != part]
                fit(others, folder, config, run=Run(n_jobs=1))
                tested = [clip for clip, own in zip(clips, parts, strict=True) if own == part]
                judged.append(Judged.by(Path(folder), key, tested, config))
        for rate, limit in judged[0].alarms:
            alarms = np.concatenate([part.alarms[rate, limit] for part in judged])
            whole = replace(
                judged[0],
                is_anomaly=np.zeros(len(alarms), np.bool_),
                is_target=np.concatenate([part.is_target for part in judged]),
            )
            cells = whole.counts(alarms, rate)
            yield [key[0], "more of the same", f"{rate:.0%}", limit, *cells, "-", "-"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Clips, what they are, their scores, and for each rate and limit which of them alarm."""

    scores: NDArray[np.float64]
    is_anomaly: NDArray[np.bool_]
    is_target: NDArray[np.bool_]
    alarms: dict[tuple[float, str], NDArray[np.bool_]]

    @classmethod
    def by(cls, models: Path, key: SectionKey, clips: list[Clip], config: Config) -> "Judged":
        """Score clips with the model of a machine and decide at every rate and limit."""
        inference = infer(clips, models, read_manifest(models)[key], run=Run(n_jobs=1))
        scores = np.array([row.anomaly_score for row in inference.scores])
        model, alarms = load_model(models, *key).model, {}
        for rate, limit in product(RATES, LIMITS):
            calibration = replace(config.calibration, limit=limit, false_alarms=rate)
            asked = model.recalibrated(replace(config, calibration=calibration))
            alarms[rate, limit] = asked.decide(scores)
        return cls(
            scores=scores,
            is_anomaly=np.array([clip.label is Label.ANOMALY for clip in inference.clips]),
            is_target=np.array([clip.domain is Domain.TARGET for clip in inference.clips]),
            alarms=alarms,
        )

    def counts(self, is_alarm: NDArray[np.bool_], rate: float) -> list[str]:
        """Alarms among the normal clips of each domain, and what is expected."""
        normal = [~self.is_anomaly & (self.is_target == domain) for domain in (False, True)]
        expected = [interval(int(domain.sum()), rate) for domain in normal]
        cells = [count(is_alarm[domain]) for domain in normal]
        return [*cells, " and ".join(filter(None, expected))]


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
    """Rates of one machine of 24 numbers a clip; tests are 300 clips of each domain.

    They are of 150 new sessions for the promise "new", and of those of training for "same".
    """
    rng = np.random.default_rng(seed)
    mix, between = rng.normal(size=(2, 24, 24)) / np.sqrt(24)
    shift, scale = rng.normal(size=24), np.exp(0.3 * rng.normal())

    def places(n_sessions: int) -> NDArray[np.float64]:
        return spread * rng.normal(size=(n_sessions, 24)) @ between

    def draw(sessions: NDArray[np.float64], *, is_target: bool) -> NDArray[np.float32]:
        rows = rng.normal(size=sessions.shape) @ mix + sessions
        return (rows * scale + shift if is_target else rows).astype(np.float32)

    trained = [np.repeat(places(k), n, axis=0) for k, n in (source, target)]
    tested = [
        np.repeat(places(150), 2, axis=0)
        if promise == "new" or not len(rows)
        else rows[np.arange(300) % len(rows)]
        for rows in trained
    ]
    parts, tests = (
        [
            draw(rows, is_target=is_target)
            for rows, is_target in zip(kind, (False, True), strict=True)
        ]
        for kind in (trained, tested)
    )
    domains = [Domain.SOURCE] * len(parts[0]) + [Domain.TARGET] * len(parts[1])
    sessions = [
        f"{name}{i // n}" for name, (k, n) in (("s", source), ("t", target)) for i in range(k * n)
    ]
    config = made_up_config(seed, promise)
    fitter = MachineFitter.from_config(config)
    model = fitter.fit(
        dict.fromkeys(fitter.features, table(np.concatenate(parts))), domains, sessions=sessions
    )
    scores = [model.score(dict.fromkeys(model.features, table(rows))).anomaly for rows in tests]
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
