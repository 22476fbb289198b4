"""Lists of clips beside the results: what was left out, what is odd, and p-values."""

from collections.abc import Iterable
from pathlib import Path

from dcase_classic.io.files import write_csv
from dcase_classic.outcomes import FlaggedClip, SkippedClip
from dcase_classic.records import SectionScores

SKIPPED = "skipped.csv"
FLAGGED = "flagged.csv"

_P_VALUES = ("name", "anomaly_score", "p_value", "decision")


def write_clip_lists(
    folder: Path, skipped: Iterable[SkippedClip], flagged: Iterable[FlaggedClip]
) -> None:
    """Write what was said of clips, and remove the lists of an earlier run."""
    _write_list(folder / SKIPPED, [(item.clip.path, item.reason) for item in skipped])
    _write_list(folder / FLAGGED, [(item.clip.path, "; ".join(item.flags)) for item in flagged])


def write_p_values(folder: Path, result: SectionScores) -> Path:
    """Write scores, p-values and decisions side by side; the path of the file."""
    rows = [
        (row.name, row.anomaly_score, row.p_value, int(row.is_anomaly)) for row in result.scores
    ]
    name = f"p_values_{result.machine_type}_section_{result.section}.csv"
    path = folder / result.machine_type / name
    write_csv(path, _P_VALUES, rows)
    return path


def _write_list(path: Path, rows: list[tuple[Path, str]]) -> None:
    if rows:
        write_csv(path, ("path", "reason"), rows)
    else:
        path.unlink(missing_ok=True)
