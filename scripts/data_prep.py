"""Check what is under data/raw: the number of clips of every machine, section, split and domain.

The classic first step. Cutting clips into segments with their spectrograms comes with
``dcase-classic prepare``.
"""

from collections import Counter
from pathlib import Path

import click

from dcase_classic.cli import run_command
from dcase_classic.cli.options import FOLDER
from dcase_classic.io.dataset import find_clips


@click.command(help=__doc__)
@click.option("--data", type=FOLDER, default=Path("data/raw"), show_default=True)
def main(data: Path) -> None:
    """Count the clips."""
    clips = find_clips(data)
    counts = Counter((c.machine_type, c.section, c.split, c.domain or "unknown") for c in clips)
    for (machine_type, section, split, domain), count in sorted(counts.items()):
        click.echo(f"{machine_type:<18} {section} {split:<6} {domain:<8} {count:>6}")


if __name__ == "__main__":
    run_command(main, name="data_prep.py")
