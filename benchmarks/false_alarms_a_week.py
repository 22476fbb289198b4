"""What the rules of alarms promise: false alarms in a week of sound, by what is assumed of it.

``python benchmarks/false_alarms_a_week.py``, with ``--settings FILE`` for others than the defaults.
Columns: looks that know nothing of each other, and looks of which one follows another above the
level with that probability; normal and exponential tails of the severities beyond the limit.
"""

from pathlib import Path

import click
from alarm_rates import Tail, false_alarms_per_week

from dcase_classic.cli import run_command
from dcase_classic.pipeline.listen import alarm_settings

PERSISTENCE = (None, 0.1, 0.25, 0.5)


@click.command()
@click.option("--settings", type=click.Path(path_type=Path))
@click.option("--window", "window_s", default=10.0, show_default=True)
@click.option("--heard", default=1.0, show_default=True, help="Share of the time that is heard.")
def main(settings, window_s, heard):
    """Print a table in Markdown."""
    alarms = alarm_settings(settings)
    titles = " | ".join("independent" if p is None else f"p = {p:g}" for p in PERSISTENCE)
    click.echo(f"| rule | tail | {titles} |\n|---|---|{'---|' * len(PERSISTENCE)}")
    for name, rule in alarms.raising.items():
        said = f"`{name}`: {rule.seconds:g} of {rule.within_s:g} s above {rule.level:g}"
        for tail in Tail:
            counts = [
                heard
                * false_alarms_per_week(
                    rule,
                    false_alarms=alarms.limit.false_alarms,
                    window_s=window_s,
                    tail=tail,
                    persistence=persistence,
                )
                for persistence in PERSISTENCE
            ]
            cells = " | ".join(f"{count:.2g}" if count >= 0.01 else "< 0.01" for count in counts)
            click.echo(f"| {said} | {tail} | {cells} |")


if __name__ == "__main__":
    run_command(main)
