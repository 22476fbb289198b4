"""Everything that is shown: text, CSV, JSON."""
