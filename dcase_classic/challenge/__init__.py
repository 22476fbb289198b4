"""What the organisers fixed: years, names, counts, metric rules."""
