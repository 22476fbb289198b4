"""Lists of clips beside the results: what was left out, what is odd, and p-values."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.given_files import read_given_rows
from dcase_classic.io.files import write_csv
from dcase_classic.io.locks import locked
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.scores import SectionScores
from dcase_classic.records import SectionKey

SKIPPED = "skipped.csv"
FLAGGED = "flagged.csv"

_COLUMNS = ("path", "reason", "machine_type", "section")
_P_VALUES = (
    *("name", "anomaly_score", "threshold", "severity", "p_value", "p_value_is_extrapolated"),
    "decision",
)


def write_clip_lists(
    folder: Path, key: SectionKey, skipped: Iterable[SkippedClip], flagged: Iterable[FlaggedClip]
) -> None:
    """Write what was said of the clips of a machine and section; rows of all others stay.

    A list without rows is removed. Several processes may do so at once.
    """
    with locked(folder):
        _replace_rows(folder / SKIPPED, key, [(item.clip.path, item.reason) for item in skipped])
        odd = [(item.clip.path, "; ".join(item.flags)) for item in flagged]
        _replace_rows(folder / FLAGGED, key, odd)


def write_p_values(folder: Path, result: SectionScores) -> Path:
    """Write scores, what they mean, and decisions side by side; the path of the file."""
    rows = [
        (*(getattr(row, name) for name in _P_VALUES[:-1]), int(row.is_anomaly))
        for row in result.scores
    ]
    path = p_values_path(folder, (result.machine_type, result.section))
    write_csv(path, _P_VALUES, rows)
    return path


def p_values_path(folder: Path, key: SectionKey) -> Path:
    """Where the p-values of a machine and section are."""
    return folder / key[0] / f"p_values_{key[0]}_section_{key[1]}.csv"


def read_p_values(folder: Path, key: SectionKey, scores: Mapping[str, float]) -> dict[str, float]:
    """The p-values of the clips of a machine and section by name, as `write_p_values` wrote them.

    None of a file that is missing, or that holds something else; none beside another score than
    that of ``scores``, as another run has left them.
    """
    try:
        header, *rows = read_given_rows(p_values_path(folder, key))
        places = [header.index(column) for column in ("name", "anomaly_score", "p_value")]
        cells = [[row[place] for place in places] for row in rows if row]
        values = [(name, float(score), float(p_value)) for name, score, p_value in cells]
    except (DataError, ValueError, IndexError):
        return {}
    return {
        name: p_value
        for name, score, p_value in values
        if 0 < p_value <= 1 and scores.get(name) == score
    }


def _replace_rows(path: Path, key: SectionKey, said: list[tuple[Path, str]]) -> None:
    others = [row for row in _rows(path) if tuple(row[2:]) != key]
    own = [[str(clip), reason, *key] for clip, reason in said]
    rows = sorted([*others, *own], key=lambda row: (row[2:], row[:2]))
    if rows:
        write_csv(path, _COLUMNS, rows)
    else:
        path.unlink(missing_ok=True)


def _rows(path: Path) -> list[list[str]]:
    """The rows of a list; none of one that is missing, or that no version of ours has written."""
    try:
        header, *rows = read_given_rows(path)
    except (DataError, ValueError):
        return []
    return [row for row in rows if len(row) == len(_COLUMNS)] if header == [*_COLUMNS] else []
