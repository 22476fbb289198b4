"""Errors that a user can mend; the command line shows them as one line and exits with 2.

Every message says what is wrong and where, what was expected, and the next step.
"""


class DcaseClassicError(Exception):
    """Anything a user can mend: wrong input, wrong settings, wrong files."""


class ConfigError(DcaseClassicError):
    """A setting that is unknown, of the wrong type or out of range."""


class DataError(DcaseClassicError):
    """Recordings or labels that are missing, unreadable or contradictory."""


class ArtifactError(DcaseClassicError):
    """A model folder that is missing, damaged, untrusted or of another version."""


class SubmissionError(DcaseClassicError):
    """Score or decision files that do not follow the official format."""
