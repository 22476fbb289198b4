"""Siblings and back ends on features of real machines: modulation2020 and toycar2020_logmel.

    python benchmarks/siblings.py SHARED_DATA [--back-ends]

Runs the package's own views, folds and fusion. AUC and pAUC are means over machines; intervals are
those of the difference from the first row, by Student's distribution over machines (95 %, not
corrected for the number of rows). ``--back-ends`` adds a row for every back end alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from threadpoolctl import threadpool_limits

from dcase_classic.cli import run_command
from dcase_classic.config import Config, load_preset
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.evaluation.metrics import auc, partial_auc
from dcase_classic.model.contrast import Contrast
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.report.text_table import aligned
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures

Tables = dict[ViewFeatures, FeatureTable]
N_SIBLING_CLIPS = 50
HEADER = ["settings", "AUC", "pAUC", "AUC against the first", "pAUC against the first"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Machine:
    """Clips of one machine, as what features are taken of; the test ones may be missing."""

    name: str
    kind: str
    train: NDArray[np.float32]
    normal: NDArray[np.float32] | None
    anomalous: NDArray[np.float32] | None


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--back-ends", "with_back_ends", is_flag=True)
def main(data: Path, with_back_ends: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Measure and print."""
    with threadpool_limits(1):
        config = steady_preset()
        machines = log_mels(data / "toycar2020_logmel")
        report("toycar2020_logmel", machines, {"default, alone": config.alone(), "default": config})
        machines = modulation(data / "modulation2020")
        report("modulation2020", machines, modulation_configs())
        if with_back_ends:
            report("modulation2020, one back end", machines, back_ends())


def report(title: str, machines: list[Machine], configs: Mapping[str, Config]) -> None:
    """One row for every configuration."""
    rows, first = [HEADER], None
    for name, config in configs.items():
        values = np.array([measure(m, machines, config) for m in machines if m.normal is not None])
        first = values if first is None else first
        differences, half = values - first, half_interval(values - first)
        cells = [f"{mean:.3f}" for mean in values.mean(axis=0)]
        cells += [f"{differences[:, i].mean():+.3f} +- {half[i]:.3f}" for i in (0, 1)]
        rows.append([name, *cells])
        click.echo(f"{title}: {rows[-1]}", err=True)
    click.echo(f"{title}\n{aligned(rows, n_left=1)}\n")


def half_interval(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half of the 95 % interval of the mean over machines (n_machines, n)."""
    n = len(values)
    return np.asarray(values.std(axis=0, ddof=1) / math.sqrt(n) * stdtrit(n - 1, 0.975))


def measure(machine: Machine, machines: list[Machine], config: Config) -> tuple[float, float]:
    """AUC and pAUC of one machine, told from the others of its kind."""
    fitter = MachineFitter.from_config(config)
    model = fitter.fit(
        tables(machine.train, fitter.features, config),
        [None] * len(machine.train),
        contrast=contrast(machine, machines, fitter) if config.has_contrast else None,
    )
    normal, anomalous = (
        model.score(tables(clips, model.features, config)).anomaly
        for clips in (machine.normal, machine.anomalous)
        if clips is not None
    )
    return auc(normal, anomalous) or 0.0, partial_auc(normal, anomalous) or 0.0


def contrast(machine: Machine, machines: list[Machine], fitter: MachineFitter) -> Contrast:
    """Some clips of each other machine of the kind."""
    rng = np.random.default_rng(0)
    drawn, classes = [], []
    for number, other in enumerate(machines):
        if other.kind == machine.kind and other.name != machine.name:
            n_drawn = min(N_SIBLING_CLIPS, len(other.train))
            drawn.append(other.train[np.sort(rng.choice(len(other.train), n_drawn, replace=False))])
            classes += [number] * n_drawn
    return Contrast(
        tables=tables(np.concatenate(drawn), fitter.features, fitter.config),
        classes=np.unique(classes, return_inverse=True)[1],
    )


def tables(
    clips: NDArray[np.float32], features: tuple[ViewFeatures, ...], config: Config
) -> Tables:
    """Frames (n_clips, n_frames, n_bands) as tables; a row (n_clips, n_columns) is one already."""
    if clips.ndim == 2:
        table = FeatureTable(X=clips, clip_index=np.arange(len(clips)))
        return dict.fromkeys(features, table)
    front_end, rate_hz = (
        FrontEnd(audio=config.audio, features=features),
        config.audio.sample_rate_hz,
    )
    n_samples = config.spectrum.n_fft + (clips.shape[1] - 1) * config.spectrum.hop_samples
    spectra = dict.fromkeys(view.spectrum for view in features)
    rows = [front_end.rows_of(dict.fromkeys(spectra, clip), n_samples, rate_hz) for clip in clips]
    return {view: FeatureTable.from_clips([own[view] for own in rows]) for view in features}


def modulation(folder: Path) -> list[Machine]:
    """Twelve machines, one row of 480 numbers in dB for a clip."""

    def decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
        return (10 * np.log10(power.reshape(len(power), -1) + 1e-10)).astype(np.float32)

    machines = []
    for path in sorted(folder.glob("*.npz")):
        arrays = np.load(path)
        is_anomaly = arrays["is_anomaly"].astype(bool)
        machines.append(
            Machine(
                name=path.stem,
                kind=path.stem.partition("_")[0],
                train=decibels(arrays["train"]),
                normal=decibels(arrays["test"][~is_anomaly]),
                anomalous=decibels(arrays["test"][is_anomaly]),
            )
        )
    return machines


def log_mels(folder: Path) -> list[Machine]:
    """Four ids of ToyCar as frames in dB; two have test clips."""

    def frames(name: str) -> NDArray[np.float32] | None:
        path = folder / f"{name}.npz"
        return np.load(path)["log_mel_times_4"].astype(np.float32) / 4 if path.exists() else None

    machines = []
    for number in ("01", "02", "03", "04"):
        parts = [frames(f"id_{number}_{part}") for part in ("train", "test_normal", "test_anomaly")]
        train, normal, anomalous = parts
        assert train is not None
        machines.append(
            Machine(name=number, kind="ToyCar", train=train, normal=normal, anomalous=anomalous)
        )
    return machines


def steady_preset() -> Config:
    """The default without views that want a spectrum of their own: there are frames only."""
    config = load_preset("classic")
    views = tuple(view for view in config.views if view.spectrum is None)
    spectrum = replace(config.spectrum, highest_hz=math.inf)  # the bands of the frames are given
    return replace(config, views=views, spectrum=spectrum).at_length(6.4)


def view(
    name: str, detector: Spec, scaling: Spec = Spec("standardise"), **settings: str
) -> ViewConfig:
    """A view of the rows of whole clips."""
    return ViewConfig(
        name=name,
        features=(Spec("modulation"),),
        detector=detector,
        scaling=scaling,
        segment_s=math.inf,
        segment_hop_s=math.inf,
        domains="centred",
        **settings,
    )


def ldn(n_neighbors: int, mode: str = "difference") -> Spec:
    return Spec("ldn", (("mode", mode), ("n_neighbors", n_neighbors)))


def modulation_configs() -> dict[str, Config]:
    """The families that one row a clip allows."""
    density, ratio = view("density", ldn(1)), view("ratio", ldn(4, "ratio"))
    distance = view("mahalanobis", Spec("mahalanobis"))
    told = view("siblings", Spec("centre"), Spec("discriminant"), contrast="sections")
    sets = {
        "density + Mahalanobis": (density, distance),
        "ratio 4 + Mahalanobis": (ratio, distance),
        "density + Mahalanobis + siblings": (density, distance, told),
        "ratio 4 + Mahalanobis + siblings": (ratio, distance, told),
        "ratio 4 + siblings": (ratio, told),
    }
    return {name: Config(views=views) for name, views in sets.items()}


def back_ends() -> dict[str, Config]:
    """Every back end alone; the first is what the others are compared with."""
    whitened = Spec("whiten", (("n_components", 32),))
    detectors = {"ldn 1": ldn(1)}
    detectors |= {f"ldn {k} ratio": ldn(k, "ratio") for k in (1, 4, 16)}
    detectors |= {f"ldn {k}": ldn(k) for k in (4, 16)}
    detectors |= {f"neighbours {k}": Spec("knn", (("n_neighbors", k),)) for k in (1, 5)}
    detectors |= {"Mahalanobis": Spec("mahalanobis"), "isolation forest": Spec("iforest")}
    pairs = {
        f"{name}, {kind}": (detector, Spec(kind))
        for name, detector in detectors.items()
        for kind in ("standardise", "whiten")
    }
    pairs |= {
        f"mixture {k} full, whiten 32": (Spec("gmm", (("n_components", k),)), whitened)
        for k in (1, 2, 4, 8)
    }
    diagonal = ("covariance_type", "diag"), ("n_components", 8)
    pairs["mixture 8 diagonal, whiten"] = Spec("gmm", diagonal), Spec("whiten")
    return {name: Config(views=(view("alone", *parts),)) for name, parts in pairs.items()}


if __name__ == "__main__":
    run_command(main)
