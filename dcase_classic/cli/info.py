"""``dcase-classic info``."""

import platform
from importlib.metadata import version

import click

from dcase_classic._version import __version__

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib", "soundfile", "librosa", "pandas", "click")


@click.command
def command() -> None:
    """Show versions, and what settings can choose from."""
    from dcase_classic.config import DEFAULT_PRESET, preset_names
    from dcase_classic.model.detectors import DETECTORS
    from dcase_classic.model.fusion import FUSIONS
    from dcase_classic.model.pooling import POOLINGS
    from dcase_classic.model.scalings import SCALINGS
    from dcase_classic.model.thresholds import THRESHOLDS
    from dcase_classic.sound.features import EXTRACTORS

    click.echo(f"dcase-classic {__version__}, Python {platform.python_version()}")
    click.echo(", ".join(f"{library} {version(library)}" for library in _LIBRARIES))
    presets = [name + " (default)" * (name == DEFAULT_PRESET) for name in preset_names()]
    rows = {
        "presets": presets,
        "extractors": EXTRACTORS,
        "scalings": SCALINGS,
        "detectors": DETECTORS,
        "poolings": POOLINGS,
        "fusions": FUSIONS,
        "thresholds": THRESHOLDS,
    }
    for title, names in rows.items():
        click.echo(f"{title:<11}{', '.join(names)}")
