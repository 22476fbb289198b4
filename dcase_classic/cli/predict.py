"""``dcase-classic predict``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_machines
from dcase_classic.cli.output import emit, show_left_out, show_rate
from dcase_classic.run import Run

if TYPE_CHECKING:
    from dcase_classic.records import Clip


@click.command
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path))
@options.models_option
@options.list_option
@click.option(
    "--machine",
    metavar="NAME",
    shell_complete=complete_machines,
    help="Machine of recordings that do not tell theirs.",
)
@click.option(
    "--raw",
    metavar="RATE:FORMAT:CHANNELS",
    help="RECORDINGS are samples without header, such as 16000:s16le:1.",
)
@options.false_alarms_option
@options.out_of_range_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--worst-first", is_flag=True, help="Highest severity first, not as given.")
@click.option("--fail-on-anomaly", is_flag=True, help="Exit with 1 if there is an anomaly.")
@options.run_options(on_error="skip", reads_models=True)
@click.pass_context
def command(
    context: click.Context,
    recordings: tuple[Path, ...],
    models: Path,
    clip_list: Path | None,
    machine: str | None,
    raw: str | None,
    false_alarms: float | None,
    out_of_range: str | None,
    as_json: bool,
    as_csv: bool,
    worst_first: bool,
    fail_on_anomaly: bool,
    run: Run,
) -> None:
    """Score RECORDINGS, files or folders of any names, with the models of 'fit'.

    '-' is standard input, and pipes are read to their end.
    Higher scores are more anomalous. Severity is 0 for a usual normal recording and 100 at the
    threshold; p is the share of normal recordings that score as high, with ~ where a fitted tail
    tells it. A recording that cannot be scored is named with the reason, and the exit status is 3;
    with --fail-on-anomaly an anomaly makes it 1 in any case.
    """
    from dcase_classic.io.recordings.streams import spooled
    from dcase_classic.pipeline import predict as verb
    from dcase_classic.report import predictions as report

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    with spooled(recordings) as files:
        clips = _clips([file for file, _ in files], clip_list, raw)
        rows = verb.predict(
            clips,
            models,
            machine_type=machine,
            false_alarms=false_alarms,
            out_of_range=out_of_range,
            run=run,
        )
    show_rate(models, false_alarms)
    names = dict(files)
    predictions = [replace(row, path=names.get(row.path, row.path)) for row in rows]
    if worst_first:
        predictions = report.worst_first(predictions)
    text = report.predictions_csv if as_csv else report.predictions_text
    emit((report.predictions_json if as_json else text)(predictions))
    if fail_on_anomaly and any(row.decision == 1 for row in predictions):
        context.exit(1)
    if any(row.decision is None for row in predictions):
        context.exit(3)


def _clips(recordings: list[Path], clip_list: Path | None, raw: str | None) -> "list[Clip]":
    """The recordings, and those of the list that are to be tested."""
    from dcase_classic.io.recordings.own_clips import read_clip_list, survey_own_clips
    from dcase_classic.io.recordings.raw_samples import parse_raw_format
    from dcase_classic.records import Split

    raw_format = None if raw is None else parse_raw_format(raw)
    survey = survey_own_clips(recordings, raw=raw_format)
    show_left_out(survey)
    listed = [] if clip_list is None else read_clip_list(clip_list, split=Split.TEST)
    listed = [replace(clip, raw=raw_format) for clip in listed if clip.split is Split.TEST]
    clips = survey.clips + listed
    if not clips:
        raise click.UsageError("no recordings; give files, folders, - or --list FILE")
    return clips
