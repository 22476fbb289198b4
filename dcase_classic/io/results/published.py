"""Published results of baselines and of the best systems, each with its source and its mark.

Marks: F = in official files, or computed from them; R = read in another public repository; P = from
a page or an excerpt; M = from memory, not verified. Values are in percent, as published.
"""

from importlib import resources
from typing import TYPE_CHECKING

from dcase_classic.challenge.years import Subset
from dcase_classic.outcomes.evaluations import PLACE

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("auc", "auc_source", "auc_target", "pauc", "official_score")
MARKS = {
    "F": "official files",
    "R": "another public repository",
    "P": "a page or an excerpt",
    "M": "from memory, not verified",
}
_WORDS = [*PLACE, "system", "mark", "source"]


def published_results(year: int, subset: Subset) -> "pd.DataFrame":
    """All published rows of one year's development or evaluation set; may be empty.

    Columns as those of `Evaluation.to_frame`, and ``system``, ``mark`` and ``source``: how far to
    trust it, and where it stands. Values are in [0, 1], NaN where none was published.
    """
    import pandas as pd

    with (resources.files("dcase_classic") / "published" / "results.csv").open(
        encoding="utf-8"
    ) as file:
        table = pd.read_csv(
            file, dtype=dict.fromkeys(_WORDS, str), keep_default_na=False, na_values=[""]
        )
    table = table[(table["year"] == year) & (table["set"] == subset)].reset_index(drop=True)
    return table[_WORDS].fillna("").join(table[list(KEYS)] / 100)
