"""``dcase-classic fit``."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_models
from dcase_classic.cli.output import end_with_skipped, say, show, show_overview
from dcase_classic.cli.recordings import found_clips, raw_format, raw_option
from dcase_classic.cli.settings import settings_options
from dcase_classic.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcase_classic.config import Config
    from dcase_classic.outcomes.fits import Fitted
    from dcase_classic.records import Clip

_OF_A_NEW_MODEL = {
    *("data", "normal", "official_names", "clip_list", "siblings", "preset", "file", "changes"),
    *("channel", "window_s", "false_alarms", "force"),
}
_OF_A_MODEL_THAT_IS_THERE = {"verify_key", "allow_parts"}


@click.command
@click.argument("data", nargs=-1, type=options.EXISTING)
@options.models_option
@click.option(
    "--normal",
    multiple=True,
    type=options.EXISTING,
    metavar="DIR_OR_FILES...",
    help="Normal recordings of one machine, of any names, instead of DATA; repeatable.",
)
@options.flag(
    "--official-names", help="Names of --normal tell source and target, as in the challenge."
)
@options.list_option
@raw_option
@click.option(
    "--sibling",
    "siblings",
    multiple=True,
    type=options.EXISTING_FOLDER,
    metavar="DIR",
    help="Normal recordings of another machine of the kind, to tell yours from; repeatable.",
)
@click.option(
    "--add",
    multiple=True,
    type=options.EXISTING,
    metavar="NEW",
    help="More normal recordings for a model that is there; all else is known. Repeatable.",
)
@click.option(
    "--name",
    default="",
    metavar="NAME",
    shell_complete=complete_models,
    help="Machine that --normal, --list or --add train.",
)
@settings_options(unless="add")
@options.machine_option
@options.year_option
@options.channel_option
@click.option(
    "--window",
    "window_s",
    type=options.Seconds(0.1),
    metavar="SECONDS",
    help="Learn from windows of this length where recordings are longer; of a single recording 10 "
    "by default.",
)
@options.false_alarms_option
@options.flag("--drop-misfits", help="Leave out recordings that do not fit the others.")
@options.form_options
@options.run_options(on_error="fail", is_heavy=True, reads_models=True)
@options.sign_key_option(is_required=False)
@options.flag("--force", help="Replace models of other settings or recordings.")
@click.pass_context
def command(
    context: click.Context,
    data: tuple[Path, ...],
    models: Path,
    normal: tuple[Path, ...],
    official_names: bool,
    clip_list: Path | None,
    raw: str | None,
    siblings: tuple[Path, ...],
    add: tuple[Path, ...],
    name: str,
    settings: "Config | None",
    machines: tuple[str, ...],
    year: int | None,
    channel: int | str | None,
    window_s: float | None,
    false_alarms: float | None,
    drop_misfits: bool,
    form: str | None,
    run: Run,
    sign_key: Path | None,
    force: bool,
) -> None:
    """Fit a model for every machine and section from the normal recordings in DATA.

    DATA holds <machine>/train/section_NN_<domain>_train_normal_<index>[_attributes].wav, also below
    dev_data/ or raw/. Recordings of your own need no layout: --normal DIR_OR_FILES... --name NAME.
    """
    from dcase_classic.io.manifest import sign_manifest
    from dcase_classic.io.signatures import read_signing_key
    from dcase_classic.pipeline.fit import iter_fit
    from dcase_classic.report.own_words import learned_lines
    from dcase_classic.report.progress import fitted_lines
    from dcase_classic.report.result_rows import fitted_row_lines

    is_own = bool(normal or clip_list or add)
    if settings is None:
        fitted = _added(context, found_clips(add, raw_format(raw)), models, run)
    else:
        _take_none(context, _OF_A_MODEL_THAT_IS_THERE, "only --add reads a model; else there is no")
        if not is_own:
            _take_none(context, {"raw"}, "DATA holds files with headers, it takes no")
            clips = _official_clips(data, name, machines, siblings, year)
        elif machines:
            raise click.UsageError("--machine chooses in DATA; recordings of your own have --name")
        else:
            own = found_clips((*normal, *data), raw_format(raw))
            listed = _listed_clips(clip_list, raw)
            clips = _own_clips(own, listed, name, siblings, official_names)
        settings = _changed(settings, channel, false_alarms, drop_misfits)
        settings = settings if window_s is None else settings.in_windows(window_s)
        fitted = iter_fit(clips, models, settings, is_forced=force, run=run)
    in_form = partial(fitted_row_lines, form=form) if form else None
    key = None if sign_key is None else read_signing_key(sign_key)
    n_skipped = show(fitted, in_form or (learned_lines if is_own else fitted_lines))
    if key is not None:
        sign_manifest(models, key)
    elif add:
        options.say_signature(models)
    say(f"models are in {models}")
    end_with_skipped(context, n_skipped)


def _changed(
    settings: "Config", channel: int | str | None, false_alarms: float | None, drop_misfits: bool
) -> "Config":
    """The settings with what options of their own say."""
    from dcase_classic.model.rates import at_rate

    if channel is not None:
        settings = replace(settings, audio=replace(settings.audio, channel=channel))
    if false_alarms is not None:
        settings = at_rate(settings, false_alarms)
    if drop_misfits:
        settings = replace(settings, misfits=replace(settings.misfits, drop=True))
    return settings


def _added(context: click.Context, add: "list[Clip]", models: Path, run: Run) -> "Iterator[Fitted]":
    """The model with more recordings; what it knows already need not be given, nor can it be."""
    from dcase_classic.pipeline.maintain import add_normals

    _take_none(context, _OF_A_NEW_MODEL, "--add knows settings and recordings, it takes no")
    machines = [*context.params["machines"], context.params["name"]]
    machine = next(filter(None, machines), None)
    drop_misfits = context.params["drop_misfits"]
    yield add_normals(add, models, machine_type=machine, drop_misfits=drop_misfits, run=run)


def _take_none(context: click.Context, names: set[str], problem: str) -> None:
    """Refuse options that would do nothing."""
    for parameter in context.command.params:
        name = parameter.name or ""
        is_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        is_given &= context.params.get(name) != ()  # click 8.1 says so of no arguments, too
        if name in names and is_given:
            raise click.UsageError(f"{problem} {parameter.opts[-1]}")


def _own_clips(
    own: "list[Clip]",
    listed: "list[Clip]",
    name: str,
    siblings: tuple[Path, ...],
    official_names: bool,
) -> "list[Clip]":
    """The training clips among recordings of one's own."""
    from dcase_classic.io.recordings.own_clips import normal_clips, sibling_clips, with_own_names

    if own and not name:
        raise click.UsageError("--normal needs --name, the name of the machine")
    if name and listed and not own and all(clip.machine_type for clip in listed):
        raise click.UsageError("--name would name nothing: the list tells the machine of every row")
    given = own if official_names else with_own_names(own)
    return normal_clips([*given, *listed, *sibling_clips(siblings)], name)


def _listed_clips(clip_list: Path | None, raw: str | None) -> "list[Clip]":
    """The clips of a list."""
    from dcase_classic.io.recordings.own_clips import read_clip_list
    from dcase_classic.records import Split

    listed = [] if clip_list is None else read_clip_list(clip_list, split=Split.TRAIN)
    return [replace(clip, raw=raw_format(raw)) for clip in listed]


def _official_clips(
    data: tuple[Path, ...],
    name: str,
    machines: tuple[str, ...],
    siblings: tuple[Path, ...],
    year: int | None,
) -> "list[Clip]":
    """The training clips of a data set."""
    from dcase_classic.io.recordings.dataset import in_split
    from dcase_classic.records import Split

    if siblings:
        raise click.UsageError("--sibling needs --normal or --list; sections of DATA are siblings")
    if len(data) != 1 or name:
        raise click.UsageError("expected one folder DATA, or --normal DIR_OR_FILES... --name NAME")
    return in_split(show_overview(data[0], machines, year), Split.TRAIN, root=data[0])
