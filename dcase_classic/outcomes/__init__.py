"""What verbs give back: records of machines, recordings and metrics, and the same as tables."""

from dcase_classic.outcomes.verbs import (
    CheckReport,
    ClipScore,
    CountRow,
    DomainAlarms,
    Examination,
    Fitted,
    FlaggedClip,
    LeftOut,
    Misfit,
    Prediction,
    Prepared,
    Recalibrated,
    Scored,
    SectionScores,
    SkippedClip,
)

__all__ = [
    "CheckReport",
    "ClipScore",
    "CountRow",
    "DomainAlarms",
    "Examination",
    "Fitted",
    "FlaggedClip",
    "LeftOut",
    "Misfit",
    "Prediction",
    "Prepared",
    "Recalibrated",
    "Scored",
    "SectionScores",
    "SkippedClip",
]
