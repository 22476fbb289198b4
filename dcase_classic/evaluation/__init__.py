"""Metrics, intervals, and joining scores with the truth."""
