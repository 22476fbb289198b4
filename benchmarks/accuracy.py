"""Compare presets and settings files on real recordings, with jackknife intervals.

    python benchmarks/accuracy.py DATA... [--preset NAME]... [--config FILE]... [--variants]

Fits, scores and evaluates every machine below the given data sets with every configuration, and
prints one row for each: the official score h (harmonic mean of AUC source, AUC target and pAUC, or
of those that the data has) with its 95 % interval, its paired difference from the first
configuration with its interval, false alarms among normal test clips, peakiness, and CPU time.
A difference whose interval holds 0 is no reason to change a default. The last row of each
configuration is the mean of h over machines.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from variants import variants

from dcase_classic.cli import run_command
from dcase_classic.config import DEFAULT_PRESET, Config, load_config, load_preset, preset_names
from dcase_classic.evaluation.intervals import difference_interval
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.outcomes.evaluations import Evaluation
from dcase_classic.pipeline.evaluate import evaluate
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score
from dcase_classic.report.text_table import aligned
from dcase_classic.run import Run

_PATH = click.Path(path_type=Path, exists=True)


@dataclass(frozen=True, kw_only=True)
class Row:
    """The result of one configuration on one machine; rates and intervals in [0, 1]."""

    configuration: str
    data: str
    machine: str
    h: float | None
    h_low: float | None = None
    h_high: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    auc_source: float | None = None
    auc_target: float | None = None
    pauc: float | None = None
    alarms_source: str = "-"
    alarms_target: str = "-"
    peakiness: float | None = None
    cpu_s: float


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=_PATH)
@click.option("--preset", "presets", multiple=True, help="Default: all, the default first.")
@click.option("-c", "--config", "files", multiple=True, type=_PATH, help="Settings in TOML.")
@click.option("--variants", "with_variants", is_flag=True, help="One choice changed at a time.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the rows there.")
def main(
    data: tuple[Path, ...],
    presets: tuple[str, ...],
    files: tuple[Path, ...],
    with_variants: bool,  # noqa: FBT001 - click passes it by name
    csv_path: Path | None,
) -> None:
    """Run, print, write."""
    if with_variants:
        presets = (DEFAULT_PRESET, *presets)
    if not presets and not files:
        presets = tuple(dict.fromkeys([DEFAULT_PRESET, *preset_names()]))
    configs = {name: load_preset(name) for name in presets}
    configs |= {str(path): load_config(path) for path in files}
    configs |= variants() if with_variants else {}
    rows = list(measure(data, configs))
    click.echo(aligned([_header(), *map(_cells, rows)], n_left=3))
    if csv_path is not None:
        pd.DataFrame(rows).to_csv(csv_path, index=False)


def measure(data: tuple[Path, ...], configs: dict[str, Config]) -> Iterator[Row]:
    """One row for every configuration and machine, and the mean of every configuration."""
    machines = [
        (root, machine)
        for root in data
        for machine in sorted({clip.machine_type for clip in find_clips(root)})
    ]
    first: dict[tuple[Path, str], Evaluation] = {}
    for name, config in configs.items():
        rows = []
        for root, machine in machines:
            click.echo(f"{name}: {root}: {machine}", err=True)
            evaluation, peakiness, cpu_s = run(root, machine, config)
            reference = first.setdefault((root, machine), evaluation)
            rows.append(_row(name, root, evaluation, reference, peakiness, cpu_s))
        yield from rows
        known = [row.h for row in rows if row.h is not None]
        mean = float(np.mean(known)) if known else None
        total_s = sum(row.cpu_s for row in rows)
        yield Row(configuration=name, data="all", machine="mean", h=mean, cpu_s=total_s)


def run(root: Path, machine: str, config: Config) -> tuple[Evaluation, float | None, float]:
    """Fit, score and evaluate one machine: evaluation, peakiness, seconds of CPU time."""
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        models, results = Path(folder) / "models", Path(folder) / "results"
        fitted = fit(root, models, config, machines=[machine], run=Run(n_jobs=1))
        score(root, models, results, machines=[machine], run=Run(n_jobs=1))
        cpu_s = time.process_time() - start
        (evaluation,) = evaluate(results, [root]).evaluations
    return evaluation, fitted[0].peakiness, cpu_s


def _row(
    name: str,
    root: Path,
    evaluation: Evaluation,
    reference: Evaluation,
    peakiness: float | None,
    cpu_s: float,
) -> Row:
    section = evaluation.sections[0]
    means = evaluation.totals.harmonic_mean
    low, high = evaluation.official_score_ci95 or (None, None)
    difference, (difference_low, difference_high) = _difference(evaluation, reference)
    return Row(
        configuration=name,
        data="/".join(root.resolve().parts[-3:]),
        machine=section.machine_type,
        h=evaluation.official_score,
        h_low=low,
        h_high=high,
        difference=difference,
        difference_low=difference_low,
        difference_high=difference_high,
        auc_source=means["auc_source"],
        auc_target=means["auc_target"],
        pauc=means["pauc"],
        alarms_source=_alarms(evaluation, "source"),
        alarms_target=_alarms(evaluation, "target"),
        peakiness=peakiness,
        cpu_s=cpu_s,
    )


def _difference(
    evaluation: Evaluation, reference: Evaluation
) -> tuple[float | None, tuple[float | None, float | None]]:
    """How much better than the reference, with the interval of the paired difference."""
    ours: list[NDArray[np.float64]] | None = evaluation.official_replicates
    theirs = reference.official_replicates
    if evaluation is reference or evaluation.official_score is None or not ours or not theirs:
        return None, (None, None)
    difference = evaluation.official_score - (reference.official_score or 0.0)
    return difference, difference_interval(difference, ours, theirs)


def _alarms(evaluation: Evaluation, domain: str) -> str:
    counts = [section.counts.get(domain, {}) for section in evaluation.sections]
    n_normals = sum(count.get("normal", 0) for count in counts)
    return f"{sum(count.get('false_positive', 0) for count in counts)}/{n_normals}"


def _header() -> list[str]:
    titles = ["configuration", "data", "machine", "h (95 %)", "against the first", "AUC s", "AUC t"]
    return [*titles, "pAUC", "alarms s", "alarms t", "peakiness", "CPU s"]


def _cells(row: Row) -> list[str]:
    def number(value: float | None, form: str = ".3f") -> str:
        return "-" if value is None else format(value, form)

    def interval(low: float | None, high: float | None, form: str) -> str:
        return "" if low is None or high is None else f" ({low:{form}} to {high:{form}})"

    return [
        row.configuration,
        row.data,
        row.machine,
        number(row.h) + interval(row.h_low, row.h_high, ".3f"),
        number(row.difference, "+.3f") + interval(row.difference_low, row.difference_high, "+.3f"),
        number(row.auc_source),
        number(row.auc_target),
        number(row.pauc),
        row.alarms_source,
        row.alarms_target,
        number(row.peakiness, ".1f"),
        f"{row.cpu_s:.1f}",
    ]


if __name__ == "__main__":
    run_command(main)
