"""What verbs give back: records of machines, recordings and metrics, and the same as tables."""
