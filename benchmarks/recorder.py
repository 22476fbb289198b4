"""What recorders do to the clips of a machine, and what the model says then.

    python benchmarks/recorder.py DATA... [--only WORD]... [--minutes M]... [--hop-share H]

Fits every machine below the data sets on its training clips as they are, and predicts its test
clips as they are and changed: gains with each way to treat levels that training did not have,
offsets, clips cut short, the same clips at other rates by several resamplers (sox and ffmpeg where
they are installed). A row tells the false alarms among normal clips and the alarms among anomalies,
how many clips are named for level or length, how many got no score, the AUC over all clips, and how
many decisions differ from those of the unchanged clips.

Then every anomaly that alarms alone is put at a random place into minutes of normal test clips of
its domain: in how many files one window that holds half of it or more alarms, in how many the
highest window is one that overlaps it, and how many windows without anomaly alarm, beside the
share of the normal clips that alarm alone.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import scipy.signal
import soundfile
import soxr
from numpy.typing import NDArray

from dcase_classic.cli import run_command
from dcase_classic.config import DEFAULT_PRESET, load_preset
from dcase_classic.config.recorder import WindowConfig
from dcase_classic.evaluation.metrics import auc
from dcase_classic.io.recordings.audio import in_full_scale
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.io.recordings.decoding import decode_values
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import predict
from dcase_classic.records import Clip, Label, Split
from dcase_classic.run import Run

Samples = NDArray[np.float32]
Change = Callable[[Path, Samples, int], None]

GAINS_DB = (-12, -6, -3, 3, 6, 12)
OFFSETS = (0.001, 0.01, 0.1)
SHARES = (0.9, 0.8, 0.67, 0.6, 0.4)
RATES_HZ = (22050, 44100, 48000, 96000)
CHANGED = ["false alarms", "anomalies", "level", "length", "no score", "AUC", "other decisions"]
PLACED = ["minutes", "anomalies", "found", "highest there", "clean windows", "alarms", "alone"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A fitted machine and its test clips; ``alone`` is what is said of them as they are."""

    name: str
    models: Path
    clips: list[Clip]
    alone: list[Prediction]


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--only", multiple=True, help="Changes whose names hold one of these; default all.")
@click.option("--minutes", multiple=True, type=float, default=(1, 5), show_default=True)
@click.option("--most", default=1000, show_default=True, help="Anomalies put into long files.")
@click.option(
    "--hop-share",
    default=WindowConfig().hop_share,
    show_default=True,
    help="Distance of the windows.",
)
def main(
    data: tuple[Path, ...],
    only: tuple[str, ...],
    minutes: tuple[float, ...],
    most: int,
    hop_share: float,
) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        for root in data:
            for machine in _machines(root, hop_share, Path(temporary)):
                for row in _changed_rows(machine, only or ("",), Path(temporary)):
                    click.echo(_line(row))
                click.echo(_line([machine.name, *PLACED]))
                for length in minutes:
                    click.echo(_line(_long_row(machine, length, most, Path(temporary))))


def _machines(root: Path, hop_share: float, temporary: Path) -> Iterator[Machine]:
    models, config = temporary / root.name, load_preset(DEFAULT_PRESET)
    config = replace(config, windows=replace(config.windows, hop_share=hop_share))
    fit(root, models, config, is_forced=True, run=Run())
    for (name, section), clips in by_section(find_clips(root, split=Split.TEST)).items():
        alone = predict(clips, models, machine_type=name, run=Run())
        yield Machine(name=f"{name} {section}", models=models, clips=clips, alone=alone)


def _line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _changed_rows(machine: Machine, only: Sequence[str], temporary: Path) -> Iterator[list[str]]:
    yield [machine.name, *CHANGED]
    yield ["as they are", *_cells(machine, machine.alone)]
    for label, change, out_of_range in _changes():
        if not any(word in label for word in only):
            continue
        folder = temporary / "changed"
        clips = [_changed(clip, change, folder) for clip in machine.clips]
        rows = _predicted(machine, clips, out_of_range=out_of_range)
        shutil.rmtree(folder)
        yield [label, *_cells(machine, rows)]


def _predicted(
    machine: Machine, paths: Sequence[Path], *, out_of_range: str = "flag"
) -> list[Prediction]:
    name = machine.clips[0].machine_type
    run = Run()
    return predict(paths, machine.models, machine_type=name, out_of_range=out_of_range, run=run)


def _changes() -> Iterator[tuple[str, Change, str]]:
    for mode in ("flag", "adjust"):
        for gain_db in GAINS_DB:
            yield f"{gain_db:+d} dB, {mode}", _gain(10 ** (gain_db / 20)), mode
    for offset in OFFSETS:
        yield f"offset {offset:g}", _offset(offset), "flag"
    for share in SHARES:
        yield f"cut to {share:.0%}", _cut(share), "flag"
    for resampler, change in RESAMPLERS.items():
        for rate_hz in RATES_HZ:
            if resampler in {"soxr", "scipy"} or shutil.which(resampler):
                yield f"{rate_hz} Hz by {resampler}", change(rate_hz), "flag"


def _changed(clip: Clip, change: Change, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{clip.path.stem}.wav"
    change(path, *_read(clip))
    return path


def _read(clip: Clip) -> tuple[Samples, int]:
    samples, clip_format, _ = decode_values(clip.path)
    return in_full_scale(samples)[:, 0], clip_format.sample_rate_hz


def _gain(factor: float) -> Change:
    def change(path: Path, samples: Samples, rate_hz: int) -> None:
        soundfile.write(path, samples * factor, rate_hz, subtype="FLOAT")  # nothing is clipped

    return change


def _offset(offset: float) -> Change:
    def change(path: Path, samples: Samples, rate_hz: int) -> None:
        soundfile.write(path, samples + offset, rate_hz, subtype="FLOAT")

    return change


def _cut(share: float) -> Change:
    def change(path: Path, samples: Samples, rate_hz: int) -> None:
        soundfile.write(path, samples[: round(share * len(samples))], rate_hz, subtype="PCM_16")

    return change


def _soxr(wanted_hz: int) -> Change:
    def change(path: Path, samples: Samples, rate_hz: int) -> None:
        soundfile.write(path, soxr.resample(samples, rate_hz, wanted_hz), wanted_hz, "PCM_16")

    return change


def _scipy(wanted_hz: int) -> Change:
    def change(path: Path, samples: Samples, rate_hz: int) -> None:
        resampled = scipy.signal.resample_poly(samples, wanted_hz, rate_hz)
        soundfile.write(path, resampled, wanted_hz, subtype="PCM_16")

    return change


def _program(*command: str) -> Callable[[int], Change]:
    """What a program makes of a wav file; its words may name IN, OUT and RATE."""

    def at_rate(wanted_hz: int) -> Change:
        def change(path: Path, samples: Samples, rate_hz: int) -> None:
            given = path.with_name("given.wav")
            soundfile.write(given, samples, rate_hz, subtype="PCM_16")
            names = {"IN": str(given), "OUT": str(path), "RATE": str(wanted_hz)}
            subprocess.run([names.get(word, word) for word in command], check=True)
            given.unlink()

        return change

    return at_rate


RESAMPLERS: dict[str, Callable[[int], Change]] = {
    "soxr": _soxr,
    "scipy": _scipy,
    "sox": _program("sox", "IN", "-r", "RATE", "OUT"),
    "ffmpeg": _program("ffmpeg", "-v", "error", "-y", "-i", "IN", "-ar", "RATE", "OUT"),
}


def _cells(machine: Machine, rows: Sequence[Prediction]) -> list[str]:
    is_anomaly = np.array([clip.label is Label.ANOMALY for clip in machine.clips])
    alarms = np.array([row.decision == 1 for row in rows])
    reasons = [row.reason or "" for row in rows]
    scores = np.array([np.nan if row.anomaly_score is None else row.anomaly_score for row in rows])
    has_score = np.isfinite(scores)
    differs = [row.decision != own.decision for row, own in zip(rows, machine.alone, strict=True)]
    normal, odd = scores[has_score & ~is_anomaly], scores[has_score & is_anomaly]
    return [
        f"{alarms[~is_anomaly].sum()}/{(~is_anomaly).sum()}",
        f"{alarms[is_anomaly].sum()}/{is_anomaly.sum()}",
        str(sum("any training clip" in reason for reason in reasons)),
        str(sum("s long instead of" in reason for reason in reasons)),
        str((~has_score).sum()),
        f"{auc(normal, odd):.3f}" if len(normal) and len(odd) else "-",
        f"{sum(differs)}/{len(differs)}",
    ]


def _long_row(machine: Machine, minutes: float, most: int, temporary: Path) -> list[str]:
    """Anomalies that alarm alone, in so many minutes of normal sound."""
    rng = np.random.default_rng(0)
    judged = list(zip(machine.clips, machine.alone, strict=True))
    anomalies = [clip for clip, row in judged if clip.label is Label.ANOMALY and row.decision == 1]
    normal = [(clip, row) for clip, row in judged if clip.label is Label.NORMAL]
    counts = np.zeros(4, int)
    for anomaly in anomalies[:most]:
        around = [_read(clip)[0] for clip, _ in normal if clip.domain is anomaly.domain]
        counts += _placed(machine, anomaly, around, minutes, rng, temporary / "long.wav")
    n_found, n_highest, n_windows, n_alarms = counts.tolist()
    alone = np.mean([row.decision == 1 for _, row in normal])
    return [
        "anomalies among normal clips",
        f"{minutes:g}",
        str(len(anomalies[:most])),
        str(n_found),
        str(n_highest),
        str(n_windows),
        f"{n_alarms / max(1, n_windows):.1%}",
        f"{alone:.1%}",
    ]


def _placed(
    machine: Machine,
    anomaly: Clip,
    around: list[Samples],
    minutes: float,
    rng: np.random.Generator,
    path: Path,
) -> tuple[int, int, int, int]:
    """Whether it is found, and the highest window overlaps it; clean windows, and their alarms."""
    samples, rate_hz = _read(anomaly)
    n_around = round(minutes * 60 * rate_hz) - len(samples)
    sound = np.concatenate([around[i] for i in rng.permutation(len(around))])
    sound = np.tile(sound, -(-n_around // len(sound)))[:n_around]
    start = int(rng.integers(0, n_around))
    content = np.concatenate((sound[:start], samples, sound[start:]))
    soundfile.write(path, content, rate_hz, subtype="PCM_16")
    rows = [row for row in _predicted(machine, [path]) if row.anomaly_score is not None]
    first_s, last_s = start / rate_hz, (start + len(samples)) / rate_hz
    shared = np.array([min(row.end_s, last_s) - max(row.start_s, first_s) for row in rows])
    alarms = np.array([row.decision == 1 for row in rows])
    highest = int(np.argmax([row.anomaly_score for row in rows]))
    return (
        int((alarms & (shared >= (last_s - first_s) / 2 - 0.01)).any()),
        int(shared[highest] > 0),
        int((shared <= 0).sum()),
        int((alarms & (shared <= 0)).sum()),
    )


if __name__ == "__main__":
    run_command(main)
