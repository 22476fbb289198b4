"""Rows of what verbs give back for programs: models, fitted ones, and results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.model.rates import rate_of
from dcase_classic.outcomes.fits import Fitted, Recalibrated
from dcase_classic.outcomes.prepared import Prepared
from dcase_classic.outcomes.scores import Scored
from dcase_classic.outcomes.tables import Row
from dcase_classic.outcomes.training import DomainAlarms, Misfit
from dcase_classic.report.progress import odd_clip_lines
from dcase_classic.report.promises import promise_notes
from dcase_classic.report.rows import row_lines, row_text
from dcase_classic.report.text_table import Line


def model_rows(entries: Iterable[ModelEntry]) -> Iterator[Row]:
    """What a folder says of its models."""
    for entry in entries:
        yield {
            "machine_type": entry.machine_type,
            "section": entry.section,
            "date": entry.date or None,
            "action": entry.action,
            "n_changes": len(entry.history),
            "n_clips": entry.n_learned,
            "threshold": entry.threshold,
            "threshold_kind": entry.config.threshold.kind,
            "false_alarms": rate_of(entry.config),
            "held_out": [_alarms(alarms) for alarms in entry.held_out],
            "session_source": entry.session_source or None,
            "is_for_new_sessions": entry.is_for_new_sessions,
            "misfits": _names(entry.misfits),
            "siblings": list(entry.siblings),
            "file": entry.file_name,
            "n_bytes": entry.n_bytes,
            "schema": entry.schema,
            "versions": entry.versions,
        }


def recalibrated_lines(changed: Recalibrated, form: str) -> Iterator[Line]:
    """What is said of a model that was fitted, and the threshold that it had."""
    fitted = replace(
        changed.fitted, skipped=changed.skipped, flagged=changed.flagged, notes=changed.notes
    )
    yield from odd_clip_lines(changed.skipped, changed.flagged)
    row = {**fitted_row(fitted), "threshold_before": changed.threshold_before}
    yield Line(text=row_text(row, form).rstrip("\n"))


def fitted_row(model: Fitted) -> Row:
    """What is said of a model that was fitted."""
    return {
        "machine_type": model.machine_type,
        "section": model.section,
        "is_new": model.is_new,
        "threshold": model.threshold,
        "false_alarms": model.false_alarms,
        "held_out": [_alarms(alarms) for alarms in model.alarms],
        "session_source": model.session_source or None,
        "is_for_new_sessions": model.is_for_new_sessions,
        "peakiness": model.peakiness,
        "group_weights": model.group_weights,
        "misfits": _names(model.misfits),
        "siblings": list(model.siblings),
        "skipped": [str(skipped.clip.path) for skipped in model.skipped],
        "flagged": [
            {"path": str(odd.clip.path), "flags": "; ".join(odd.flags)} for odd in model.flagged
        ],
        "notes": [*model.notes, *promise_notes(model)],
    }


def fitted_row_lines(fitted: Iterable[Fitted], form: str) -> Iterator[Line]:
    """The models as rows: line by line as they come, or all at the end."""
    return _lines(((model, [fitted_row(model)]) for model in fitted), form)


def result_lines(results: Iterable[Scored] | Iterable[Prepared], form: str) -> Iterator[Line]:
    """The rows of results, line by line as they come, or all at the end."""
    return _lines(((result, result.rows()) for result in results), form)


def _lines(
    pairs: Iterable[tuple[Fitted | Scored | Prepared, Iterable[Row]]], form: str
) -> Iterator[Line]:
    """Rows and what is said of the recordings of each result."""
    rows: list[Row] = []
    for result, new in pairs:
        flagged = () if isinstance(result, Prepared) else result.flagged
        yield from odd_clip_lines(result.skipped, flagged)
        if form == "jsonl":
            yield from row_lines(new, form)
        else:
            rows.extend(new)
    yield from row_lines(rows, form)


def _alarms(alarms: DomainAlarms) -> Row:
    return {
        "domain": alarms.domain,
        "n_clips": alarms.n_clips,
        "n_sessions": alarms.n_sessions,
        "n_alarms": alarms.n_alarms,
        "has_fitted_tail": alarms.has_fitted_tail,
    }


def _names(misfits: Sequence[Misfit]) -> list[str]:
    return [misfit.name for misfit in misfits if misfit.is_named]
