"""Published results of baselines and of the best systems, each with its source and its mark.

Marks: F = in official files, or computed from them; R = read in another public repository; P = from
a page or an excerpt; M = from memory, not verified. Values are in percent, as published.
"""

import csv
from dataclasses import dataclass
from importlib import resources

from dcase_classic.challenge.years import Subset

KEYS = ("auc", "auc_source", "auc_target", "pauc", "official_score")
MARKS = {
    "F": "official files",
    "R": "another public repository",
    "P": "a page or an excerpt",
    "M": "from memory, not verified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """One row of a published table.

    Attributes
    ----------
    machine_type, section : empty for means over all of them.
    mean : ``arithmetic`` or ``harmonic``; empty for a single section.
    values : from key to a value in [0, 1]; only what was published.
    mark, source : how far to trust it, and where it stands.
    """

    system: str
    machine_type: str
    section: str
    mean: str
    values: dict[str, float]
    mark: str
    source: str


def published_results(year: int, subset: Subset) -> list[PublishedResult]:
    """All published rows of one year's development or evaluation set; may be empty."""
    table = resources.files("dcase_classic") / "published" / "results.csv"
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    return [
        PublishedResult(
            system=row["system"],
            machine_type=row["machine_type"],
            section=row["section"],
            mean=row["mean"],
            values={key: float(row[key]) / 100 for key in KEYS if row[key]},
            mark=row["mark"],
            source=row["source"],
        )
        for row in rows
        if row["year"] == str(year) and row["set"] == subset
    ]
