"""Tables for people, row by row as the results come."""

from collections.abc import Iterable, Mapping, Sequence

import click

from dcase_classic.model.thresholds import clopper_pearson, smallest_p_value
from dcase_classic.outcomes import DomainAlarms, Fitted, FlaggedClip, Scored, SkippedClip
from dcase_classic.records import Domain

_FITTED = "{:<18} {:>7} {:>16} {:>16} {:>10} {:>10}  {}"
_MAX_SHOWN = 5
_SCORED = "{:<18} {:>7} {:>6} {:>10} {:>8}"
# A rate that rests on fewer held-out clips than this gets a note.
_FEW_CLIPS = 50


def show_fitted(fitted: Iterable[Fitted]) -> int:
    """One row per machine and section: false alarms among held-out normals, threshold, groups.

    Returns
    -------
    int
        The number of clips that were left out.
    """
    n_skipped = 0
    header = ("machine", "section", "alarms source", "alarms target", "threshold", "peakiness")
    click.echo(_FITTED.format(*header, "weights").rstrip())
    notes = []
    for item in fitted:
        of = {alarms.domain: alarms for alarms in item.alarms}
        row = (
            item.machine_type,
            item.section,
            _alarms(of.get(Domain.SOURCE, of.get(None))),
            _alarms(of.get(Domain.TARGET)),
            f"{item.threshold:.3f}",
            "-" if item.peakiness is None else f"{item.peakiness:.1f}",
            _weights(item.group_weights) + ("" if item.is_new else " kept"),
        )
        click.echo(_FITTED.format(*row).rstrip())
        _show_notes(f"{item.machine_type} section {item.section}", item.notes)
        _show_odd(item.skipped, item.flagged)
        n_skipped += len(item.skipped)
        notes += [_note(item, alarms) for alarms in of.values() if alarms.n_clips < _FEW_CLIPS]
    for note in notes:
        click.echo(note, err=True)
    return n_skipped


def _alarms(alarms: DomainAlarms | None) -> str:
    """Alarms of held-out clips and the 95 % interval of their rate in percent."""
    if alarms is None:
        return "-"
    interval = clopper_pearson(alarms.n_alarms, alarms.n_clips)
    low, high = (f"{100 * limit:.0f}" for limit in interval)
    return f"{alarms.n_alarms}/{alarms.n_clips} ({low}-{high}%)"


def _weights(weights: Mapping[str, float]) -> str:
    """The share of every group of views, where there are several."""
    if len(weights) < 2:
        return ""
    return ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())


def _note(item: Fitted, alarms: DomainAlarms) -> str:
    low, high = clopper_pearson(alarms.n_alarms, alarms.n_clips)
    clips = f"{alarms.n_clips} {alarms.domain or ''}".rstrip() + " clips"
    return (
        f"note: {item.machine_type} section {item.section}: {clips} cannot support a false-alarm "
        f"rate below 1/{alarms.n_clips + 1}; theirs is {low:.0%} to {high:.0%}"
    )


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
            smallest = f"smallest possible p-value {smallest_p_value(n_clips):.4f}"
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
