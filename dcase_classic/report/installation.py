"""What is installed, and what settings can choose from."""

import platform
from collections.abc import Iterable
from importlib.metadata import version

from dcase_classic._version import __version__
from dcase_classic.config import DEFAULT_PRESET, preset_names
from dcase_classic.model.parts import PARTS
from dcase_classic.report.text_table import row_line

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib", "soundfile", "librosa", "pandas", "click")


def versions_text() -> str:
    """The versions of this package, of Python and of the libraries."""
    libraries = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    return f"dcase-classic {__version__}, Python {platform.python_version()}\n{libraries}\n"


def choices_text() -> str:
    """What settings can choose from: one line for every kind of choice, with its names."""
    choices: dict[str, Iterable[str]] = {
        "presets": [name + " (default)" * (name == DEFAULT_PRESET) for name in preset_names()],
        **PARTS,
    }
    rows = (row_line((kind, ", ".join(names)), ("<9", "<")) for kind, names in choices.items())
    return "".join(f"{row}\n" for row in rows)
