"""Tables for people, row by row as the results come."""

from collections.abc import Iterable, Sequence

import click

from dcase_classic.pipeline.extract import FlaggedClip, SkippedClip
from dcase_classic.pipeline.fit import Fitted
from dcase_classic.pipeline.score import Scored
from dcase_classic.records import Domain

_FITTED = "{:<18} {:>7} {:>14} {:>14} {:>10}  {}"
_MAX_SHOWN = 5
_SCORED = "{:<18} {:>7} {:>6} {:>10} {:>8}"


def show_fitted(fitted: Iterable[Fitted]) -> int:
    """One row per machine and section: false alarms among held-out normals, threshold.

    Returns
    -------
    int
        The number of clips that were left out.
    """
    n_skipped = 0
    header = ("machine", "section", "alarms source", "alarms target", "threshold", "")
    click.echo(_FITTED.format(*header).rstrip())
    for item in fitted:
        alarms = {of.domain: f"{of.n_alarms}/{of.n_clips}" for of in item.alarms}
        row = (
            item.machine_type,
            item.section,
            alarms.get(Domain.SOURCE, alarms.get(None, "-")),
            alarms.get(Domain.TARGET, "-"),
            f"{item.threshold:.3f}",
            "" if item.is_new else "kept",
        )
        click.echo(_FITTED.format(*row).rstrip())
        _show_notes(f"{item.machine_type} section {item.section}", item.notes)
        _show_odd(item.skipped, item.flagged)
        n_skipped += len(item.skipped)
    return n_skipped


def show_scored(scored: Iterable[Scored], *, with_p_values: bool = False) -> int:
    """One row per machine and section; the number of clips that got no score."""
    click.echo(_SCORED.format("machine", "section", "clips", "anomalies", "skipped"))
    n_skipped = 0
    for item in scored:
        scores, result = item.result.scores, item.result
        n_anomalies = sum(row.is_anomaly for row in scores)
        row = (result.machine_type, result.section, len(scores), n_anomalies, len(item.skipped))
        click.echo(_SCORED.format(*row))
        if with_p_values:
            n_clips = len(item.held_out_scores)
            smallest = f"smallest possible p-value {item.smallest_p_value:.4f}"
            click.echo(f"{result.machine_type}: {smallest}, from {n_clips} normal clips", err=True)
        _show_notes(f"{result.machine_type} section {result.section}", item.notes)
        _show_odd(item.skipped, item.flagged)
        n_skipped += len(item.skipped)
    return n_skipped


def _show_notes(where: str, notes: Sequence[str]) -> None:
    for note in notes:
        click.echo(f"{where}: {note}", err=True)


def _show_odd(skipped: Sequence[SkippedClip], flagged: Sequence[FlaggedClip]) -> None:
    """Name every clip that was left out, and the first ones that are odd."""
    for item in skipped:
        click.echo(f"skipped {item.reason}", err=True)
    for odd in flagged[:_MAX_SHOWN]:
        click.echo(f"flagged {odd.clip.path}: {'; '.join(odd.flags)}", err=True)
    if len(flagged) > _MAX_SHOWN:
        click.echo(f"flagged {len(flagged) - _MAX_SHOWN} more like these", err=True)
