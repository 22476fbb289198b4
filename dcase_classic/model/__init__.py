"""Rows to scores: scalings, detectors, folds, domains, views, fusion, thresholds."""
