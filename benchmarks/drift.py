"""What a limit that follows drift holds of its promise, and what a fixed one does.

``python benchmarks/drift.py``. Windows of 10 s without overlap, whose severities are normally
distributed with 2 % above the limit to begin with; then they drift:

- none;
- linear: by 30 points in all;
- seasonal: 25 points up and down every day;
- sessions: every eight hours another level, with a standard deviation of 15 points;
- variance: the standard deviation grows by 40 %.

``rate`` is the share of windows above the limit, and ``alarms`` how many incidents there are. Then
the same with a fault that begins at a third and creeps by 1 % of the limit's height (1 point) an
hour: when a rule of something that lasts finds it, in hours from its beginning.
"""

import time
from dataclasses import replace

import click
import numpy as np

from dcase_classic.alarms.operating import HeardWindow
from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.alarms.tracker import EventKind, TrackerState, follow
from dcase_classic.cli import run_command
from dcase_classic.model.standing import AT_THRESHOLD

WINDOW_S = 10.0
HOUR = 3600 / WINDOW_S  # in windows
SPREAD = AT_THRESHOLD / 2.0537  # 2 % of a normal distribution lie above 2.0537 standard deviations
CREEP_POINTS = 1.0  # an hour


def drifts(n, rng):
    """Mean and standard deviation of the severity, by the kind of drift."""
    time_h = np.arange(n) / HOUR
    n_sessions = int(np.ceil(time_h[-1] / 8)) + 1
    levels = np.repeat(rng.normal(0, 15, n_sessions), round(8 * HOUR))[:n]
    still, spread = np.zeros(n), np.full(n, SPREAD)
    return {
        "none": (still, spread),
        "linear": (np.linspace(0, 30, n), spread),
        "seasonal": (25 * np.sin(2 * np.pi * time_h / 24), spread),
        "sessions": (levels, spread),
        "variance": (still, spread * np.linspace(1, 1.4, n)),
    }


def run(severities, settings):
    """The share above the limit, when alarms were raised and by which rule, and its reach."""
    state, n_above, raised, shifts = TrackerState(), 0, [], []
    for number, severity in enumerate(severities.tolist()):
        window = HeardWindow(
            begin_s=number * WINDOW_S,
            end_s=(number + 1) * WINDOW_S,
            new_s=WINDOW_S,
            severity=severity,
            level_db=-20.0,
        )
        step = follow(state, window, settings)
        state = step.state
        n_above += step.severity > AT_THRESHOLD
        raised += [
            (number, event.incident.rule) for event in step.events if event.kind is EventKind.RAISED
        ]
        shifts.append(state.limit.shift)
    return n_above / len(severities), raised, (min(shifts), max(shifts))


def hours_to_alarm(severities, fault, settings):
    """Hours from the beginning of a fault to the first alarm of a rule of something that lasts."""
    begin = int(np.flatnonzero(fault)[0])
    raised = run(severities + fault, settings)[1]
    found_at = (number for number, rule in raised if number >= begin and rule != "severe")
    return next(((number - begin) / HOUR for number in found_at), None)


def simulate(n, seed):
    """Rows of the table: drift, limit, rate, alarms, hours to the fault, reach of the limit."""
    rng = np.random.default_rng(seed)
    settings = AlarmSettings()
    fixed = replace(settings, limit=replace(settings.limit, is_frozen=True))
    noise = rng.normal(0, 1, n)
    fault = CREEP_POINTS * np.maximum(0, np.arange(n) - n // 3) / HOUR
    for name, (mean, spread) in drifts(n, rng).items():
        severities = mean + spread * noise
        for title, chosen in (("follows", settings), ("fixed", fixed)):
            rate, raised, reach = run(severities, chosen)
            hours = hours_to_alarm(severities, fault, chosen)
            yield name, title, rate, len(raised), hours, reach


@click.command()
@click.option("--windows", default=100_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(windows, seed):
    """Simulate drifts and print a table."""
    start_s = time.monotonic()
    promise = AlarmSettings().limit.false_alarms
    click.echo(f"promise {promise:.2%} of {windows} windows of {WINDOW_S:g} s")
    click.echo(f"{'drift':10}{'limit':9}{'rate':>8}{'alarms':>8}{'fault found':>13}{'moved':>14}")
    for name, title, rate, n_raised, hours, (low, high) in simulate(windows, seed):
        detected = "never" if hours is None else f"{hours:.0f} h"
        moved = f"{low:.0f} to {high:.0f}"
        click.echo(f"{name:10}{title:9}{rate:8.2%}{n_raised:8}{detected:>13}{moved:>14}")
    click.echo(f"{time.monotonic() - start_s:.0f} s", err=True)


if __name__ == "__main__":
    run_command(main)
