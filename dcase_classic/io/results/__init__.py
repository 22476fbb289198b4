"""Results: score and decision files, truth, submissions, published numbers, and their tables."""
