"""``dcase-classic info``."""

import click

from dcase_classic.cli.output import emit


@click.command
def command() -> None:
    """Show versions, and what settings can choose from."""
    from dcase_classic.config import DEFAULT_PRESET, preset_names
    from dcase_classic.model.detectors import DETECTORS
    from dcase_classic.model.fusion import FUSIONS
    from dcase_classic.model.pooling import POOLINGS
    from dcase_classic.model.scalings import SCALINGS
    from dcase_classic.model.thresholds import THRESHOLDS
    from dcase_classic.report.about import choices_text, versions_text
    from dcase_classic.sound.features import EXTRACTORS

    presets = [name + " (default)" * (name == DEFAULT_PRESET) for name in preset_names()]
    choices = {
        "presets": presets,
        "extractors": EXTRACTORS,
        "scalings": SCALINGS,
        "detectors": DETECTORS,
        "poolings": POOLINGS,
        "fusions": FUSIONS,
        "thresholds": THRESHOLDS,
    }
    emit(versions_text() + choices_text(choices))
