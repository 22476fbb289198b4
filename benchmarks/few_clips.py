"""How a preset does when training clips are few: subsets of the training clips of one machine.

    python benchmarks/few_clips.py DATA --machine NAME [--preset NAME] 237,10 237,3 90,10 ...

Each SOURCE,TARGET is a number of training clips of either domain, drawn three times; the test clips
stay the same. Prints h (harmonic mean of the AUCs) of each draw and the false alarms.
"""

import random
import tempfile
from pathlib import Path

import click
from accuracy import run

from dcase_classic.cli import run_command
from dcase_classic.config import load_preset
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.records import Clip, Domain, Split

_N_DRAWS = 3


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("sizes", nargs=-1, required=True, metavar="SOURCE,TARGET...")
@click.option("--machine", required=True)
@click.option("--preset", default="default", show_default=True)
def main(data: Path, sizes: tuple[str, ...], machine: str, preset: str) -> None:
    """Draw, run, print."""
    clips = find_clips(data, machines=[machine])
    for size in sizes:
        n_source, n_target = map(int, size.split(","))
        cells = [_draw(clips, n_source, n_target, preset, seed) for seed in range(_N_DRAWS)]
        click.echo(f"{machine} {n_source:>4} source {n_target:>3} target: " + "; ".join(cells))


def _draw(clips: list[Clip], n_source: int, n_target: int, preset: str, seed: int) -> str:
    shuffled = random.Random(seed).sample(clips, len(clips))  # noqa: S311 - a draw, not a secret
    training = [clip for clip in shuffled if clip.split is Split.TRAIN]
    source = [clip for clip in training if clip.domain is not Domain.TARGET][:n_source]
    target = [clip for clip in training if clip.domain is Domain.TARGET][:n_target]
    tests = [clip for clip in clips if clip.split is Split.TEST]
    with tempfile.TemporaryDirectory() as folder:
        for clip in (*source, *target, *tests):
            link = Path(folder) / clip.machine_type / clip.split / clip.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(clip.path.resolve())
        evaluation, _, _ = run(Path(folder), clips[0].machine_type, load_preset(preset))
    counts = evaluation.sections[0].counts
    alarms = ", ".join(
        f"{counted['false_positive']}/{counted['normal']} {domain}"
        for domain, counted in counts.items()
        if counted["normal"]
    )
    return f"h {evaluation.official_score or 0:.3f} ({alarms})"


if __name__ == "__main__":
    run_command(main)
