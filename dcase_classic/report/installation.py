"""What is installed, and what settings can choose from."""

import platform
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version

from dcase_classic._version import __version__
from dcase_classic.config import DEFAULT_PRESET, preset_names
from dcase_classic.io.plain_text import to_json
from dcase_classic.model.foreign_parts import ForeignPart, OfferedPart, offered_parts
from dcase_classic.model.parts import PARTS
from dcase_classic.outcomes.tables import Row
from dcase_classic.report.text_table import row_line

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib", "soundfile", "librosa", "pandas", "click")


def installation_json(allowed: Collection[str]) -> str:
    """All that the texts say."""
    content = {
        "version": __version__,
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in _LIBRARIES},
        "presets": list(preset_names()),
        "default_preset": DEFAULT_PRESET,
        "parts": list(part_rows(allowed)),
    }
    return to_json(content)


def part_rows(allowed: Collection[str]) -> Iterator[Row]:
    """A row for each part that settings can choose or packages offer."""
    offered = list(offered_parts(allowed))
    others = {(item.part.registry, item.part.name) for item in offered if not item.is_taken}
    for registry, names in PARTS.items():
        for name in names:
            if (registry, name) not in others:
                own = ForeignPart(registry=registry, name=name, distribution="", version="")
                yield {**asdict(own), "state": "part of dcase_classic"}
    for item in offered:
        yield {**asdict(item.part), "state": _state(item)}


def offered_text(allowed: Collection[str]) -> str:
    """A line for each part that packages offer, and whether models may load it."""
    return "".join(
        f"{item.part.registry} {item.part.name} of {item.part.package}: {_state(item)}\n"
        for item in offered_parts(allowed)
    )


def _state(item: OfferedPart) -> str:
    if item.is_taken:
        return "never loaded, its name is taken"
    if item.is_admitted:
        return "admitted"
    return f"not admitted, models load it with --allow-part {item.part.name} only"


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
