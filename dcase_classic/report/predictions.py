"""What is said of single recordings, as text, as CSV and as JSON."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from dcase_classic.grouping import grouped
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.tables import Row
from dcase_classic.records import Label
from dcase_classic.report.rows import rows_text
from dcase_classic.report.text_table import row_line
from dcase_classic.wording import counted

_FORMS = ("<10", ">9", ">9", ">8", ">7", "<")


def predictions_text(
    predictions: Sequence[Prediction], labels: Mapping[Path, Label] = MappingProxyType({})
) -> str:
    """One line per recording for people, and one for all; ``~`` marks what a fitted tail tells.

    ``labels`` are those that lists or official names tell of recordings.
    """
    header = ("decision", "score", "threshold", "severity", "p", "recording")
    rows = [header, *map(_cells, predictions)]
    lines = [row_line(row, _FORMS) for row in rows]
    totals = (*_totals(predictions), *_totals_of_labels(predictions, labels))
    return "".join(f"{line}\n" for line in (*lines, *totals))


def _totals(predictions: Sequence[Prediction]) -> Iterator[str]:
    """How many recordings raise an alarm, and how many have no score; windows are parts of one."""
    n_all = len({row.path for row in predictions})
    n_alarms = len({row.path for row in predictions if row.decision == 1})
    n_lost = n_all - len({row.path for row in predictions if row.decision is not None})
    lost = f"; {n_lost} without a score" if n_lost else ""
    windows = [row for row in predictions if row.span is not None]
    n_over = sum(row.decision == 1 for row in windows)
    # a long recording of a healthy machine has windows above the threshold, as often as it says
    parts = f" ({n_over} of {counted(len(windows), 'window')} above the threshold)"
    yield f"{alarms_text(n_alarms, n_all)}{parts if windows else ''}{lost}"


def alarms_text(n_alarms: int, n_all: int, known: str = "") -> str:
    """How many of some recordings raise an alarm; ``known`` says what is known of them."""
    verb = "raises" if 1 in {n_alarms, n_all} else "raise"
    return f"{n_alarms} of {counted(n_all, 'recording')}{known} {verb} an alarm"


def _totals_of_labels(
    predictions: Sequence[Prediction], labels: Mapping[Path, Label]
) -> Iterator[str]:
    """What alarms are worth, by the recordings of which it is known what they are."""
    if not labels:
        return
    import numpy as np  # nothing here is needed to start

    from dcase_classic.evaluation.metrics import auc
    from dcase_classic.evaluation.rates import clopper_pearson

    known = [row for row in predictions if row.path in labels and row.severity is not None]
    by_path = grouped((row.path, row) for row in known)
    by_label = grouped((labels[path], max(own, key=severity_of)) for path, own in by_path.items())
    for label in Label:
        if worst := by_label.get(label, []):
            n_alarms = sum(row.decision == 1 for row in worst)
            low, high = clopper_pearson(n_alarms, len(worst))
            text = alarms_text(n_alarms, len(worst), f" known as {label}")
            yield f"{text} ({100 * low:.0f} to {100 * high:.0f} %)"
    area = auc(
        *(np.array([severity_of(row) for row in by_label.get(label, [])]) for label in Label)
    )
    if area is not None:
        yield f"AUC {area:.3f}: so often an anomaly is more severe than a normal recording"


def worst_first(predictions: Sequence[Prediction]) -> list[Prediction]:
    """By falling severity, which compares machines too; what has no score stands at the end."""
    return sorted(predictions, key=lambda row: -severity_of(row))


def severity_of(row: Prediction) -> float:
    """What recordings and windows are ordered by; those without a score come last."""
    return -math.inf if row.severity is None else row.severity


def predictions_rows(predictions: Sequence[Prediction], form: str) -> str:
    """Rows with a key for each attribute of `Prediction`, and for explanations; see `rows_text`."""
    return rows_text(map(_row, predictions), form)


def _cells(row: Prediction) -> tuple[str, ...]:
    recording = f"{row.title} ({row.reason})" if row.reason else row.title
    if row.anomaly_score is None:
        return "not scored", "-", "-", "-", "-", recording
    word = "anomaly" if row.decision else "normal"
    p_value = f"~{row.p_value:.0e}" if row.p_value_is_extrapolated else f"{row.p_value:.4f}"
    numbers = (f"{row.anomaly_score:.4f}", f"{row.threshold:.4f}", f"{row.severity:.0f}", p_value)
    return word, *numbers, recording


def _row(row: Prediction) -> Row:
    (values,) = row.rows()
    if row.explanation is None or row.threshold is None:
        return values
    from dcase_classic.report.explanations import explanation_values  # seldom needed

    name = row.explanation.nearest_normal.name or None
    return {
        **values,
        **explanation_values(row.explanation, row.threshold),
        "nearest_normal_name": name,
    }
