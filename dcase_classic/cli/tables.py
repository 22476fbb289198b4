"""Tables for people, row by row as the results come."""

from collections.abc import Iterable

import click

from dcase_classic.pipeline.fit import Fitted
from dcase_classic.pipeline.score import Scored
from dcase_classic.records import Domain

_FITTED = "{:<18} {:>7} {:>14} {:>14} {:>10}  {}"
_SCORED = "{:<18} {:>7} {:>6} {:>10} {:>8}"


def show_fitted(fitted: Iterable[Fitted]) -> None:
    """One row per machine and section: false alarms among held-out normals, threshold."""
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


def show_scored(scored: Iterable[Scored]) -> int:
    """One row per machine and section; the number of clips that got no score."""
    click.echo(_SCORED.format("machine", "section", "clips", "anomalies", "skipped"))
    n_skipped = 0
    for item in scored:
        scores, result = item.result.scores, item.result
        n_anomalies = sum(row.is_anomaly for row in scores)
        row = (result.machine_type, result.section, len(scores), n_anomalies, len(item.skipped))
        click.echo(_SCORED.format(*row))
        for skipped in item.skipped:
            click.echo(f"skipped {skipped.reason}", err=True)
        n_skipped += len(item.skipped)
    return n_skipped
