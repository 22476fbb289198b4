"""Anomalous machine-sound detection for DCASE Challenge Task 2, on a CPU."""

from dcase_classic._version import __version__

__all__ = ["__version__"]
