"""Samples to rows: checks, segments, spectra, features."""
