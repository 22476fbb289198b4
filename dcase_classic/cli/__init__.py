"""The command line: one small file per verb; whatever is slow to import is imported late."""
