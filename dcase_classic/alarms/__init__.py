"""Scores over time -> states, incidents and a limit that follows slow drift; no clock, no files."""
