"""Short texts about the installation, the cache, downloads and submissions."""

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from dcase_classic._version import __version__
from dcase_classic.config import DEFAULT_PRESET, preset_names
from dcase_classic.io.feature_store import StoreInfo
from dcase_classic.io.recordings.download import Plan
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.fusion import FUSIONS
from dcase_classic.model.pooling import POOLINGS
from dcase_classic.model.scalings import SCALINGS
from dcase_classic.model.thresholds import THRESHOLDS
from dcase_classic.outcomes import CheckReport
from dcase_classic.report.text_table import Line, row_line
from dcase_classic.sound.features import EXTRACTORS

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "joblib", "soundfile", "librosa", "pandas", "click")


def versions_text() -> str:
    """The versions of this package, of Python and of the libraries."""
    libraries = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    return f"dcase-classic {__version__}, Python {platform.python_version()}\n{libraries}\n"


def choices_text() -> str:
    """What settings can choose from: one line for every kind of choice, with its names."""
    choices: dict[str, Iterable[str]] = {
        "presets": [name + " (default)" * (name == DEFAULT_PRESET) for name in preset_names()],
        "extractors": EXTRACTORS,
        "scalings": SCALINGS,
        "detectors": DETECTORS,
        "poolings": POOLINGS,
        "fusions": FUSIONS,
        "thresholds": THRESHOLDS,
    }
    rows = (row_line((kind, ", ".join(names)), ("<9", "<")) for kind, names in choices.items())
    return "".join(f"{row}\n" for row in rows)


def cache_text(info: StoreInfo) -> str:
    """Where the cache is and how much it holds."""
    rows = (
        ("folder", info.folder),
        ("clips", f"{info.n_clips} (in {info.n_packs} files)"),
        ("size", f"{info.n_bytes / 1e6:.1f} MB"),
    )
    return "".join(f"{row_line(row, ('<6', '<'))}\n" for row in rows)


def plan_lines(plan: Plan, *, with_files: bool) -> Iterator[Line]:
    """Licences, number and size of the files that will be downloaded, and each of them."""
    n_bytes = sum(file.n_bytes or 0 for file in plan.files)
    summary = f"{len(plan.files)} zip files, {n_bytes / 1e9:.2f} GB"
    for note in [*(f"{plan.year} {licence}" for licence in plan.licences), summary]:
        yield Line(text=note, is_note=True)
    for file in plan.files if with_files else ():
        yield Line(text=f"{file.name}  md5 {file.md5}")


def check_text(report: CheckReport) -> str:
    """Every finding about a submission, and how many there are."""
    n_warnings = len(report.findings) - report.n_errors
    summary = (
        f"{report.n_systems} system(s), {report.n_files} files: {report.n_errors} errors, "
        f"{n_warnings} warnings"
    )
    return "".join(f"{line}\n" for line in (*report.findings, summary))
