"""``dcase-classic watch``."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_models
from dcase_classic.cli.output import emit
from dcase_classic.errors import printable
from dcase_classic.run import Run
from dcase_classic.wording import whole_number

if TYPE_CHECKING:
    from dcase_classic.io.sinks.choice import SinkChoice
    from dcase_classic.pipeline.watch_setup import ListenSettings, SourceSettings


def _channels(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[int, str]:
    """Machines by their channels, from ``N=MACHINE``."""
    channels: dict[int, str] = {}
    for value in values:
        text, _, machine = value.partition("=")
        number = whole_number(text)
        if number is None or not machine:
            problem = f"got {value!r}, expected N=MACHINE as in 1=pump"
            raise click.BadParameter(problem, context, parameter)
        if number in channels:
            problem = f"channel {number} is given twice, for {channels[number]} and {machine}"
            raise click.BadParameter(problem, context, parameter)
        channels[number] = machine
    return channels


def _models(context: click.Context, parameter: click.Parameter, models: Path | None) -> Path | None:
    """Required, but to list devices."""
    if models is None and not context.params.get("devices"):
        raise click.MissingParameter(ctx=context, param=parameter)
    return models


@click.command
@click.argument("source", required=False)
@click.option(
    "--models",
    type=options.FOLDER,
    callback=_models,
    metavar="DIR",
    help="Folder of the fitted models.  [required, but for --devices]",
)
@click.option(
    "--machine",
    metavar="NAME",
    shell_complete=complete_models,
    help="Of sound that does not tell: NAME[/SECTION].",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    callback=_channels,
    metavar="N=MACHINE",
    help="Hear a machine in this channel; repeatable.",
)
@click.option("--device", metavar="NAME", help="A microphone: its number or part of its name.")
@click.option("--devices", is_flag=True, is_eager=True, help="List those that record.")
@click.option(
    "--raw",
    metavar="RATE:CODING:CHANNELS",
    help="Of samples without header, such as 16000:s16le:1; of a device rate and channels.",
)
@click.option("--settings", type=options.FILE, metavar="FILE", help="TOML: when there is an alarm.")
@click.option(
    "--window",
    "window_s",
    type=options.Seconds(0.1),
    metavar="S",
    help="Length of windows; that of the training recordings by default.",
)
@click.option(
    "--hop",
    "hop_s",
    type=options.Seconds(0.05),
    default=1.0,
    show_default=True,
    metavar="S",
    help="Distance of windows.",
)
@click.option(
    "--state", type=options.FILE, metavar="FILE", help="Go on from there, whatever happens."
)
@click.option(
    "--keep-alarms",
    "keep_folder",
    type=options.FOLDER,
    metavar="DIR",
    help="Keep the sound of alarms there.",
)
@click.option("--once", is_flag=True, help="End when all that is there was heard.")
@click.option("--until-alarm", is_flag=True, help="End with 1 at the first alarm.")
@click.option("--dry-run", is_flag=True, help="Tell what would have been told of old recordings.")
@click.option(
    "--report",
    type=options.PAGE,
    metavar="FILE",
    help="With --dry-run: write a page to look at (.html).",
)
@options.form_options
@options.verify_key_option
@options.allow_part_option
@click.option(
    "--poll",
    "poll_s",
    type=options.Seconds(0.05),
    default=1.0,
    show_default=True,
    metavar="S",
    help="Between looks into a folder.",
)
@click.option("--notify", is_flag=True, help="Let the system tell of closed files.")
@click.option("--freeze-limit", is_flag=True, help="Let the limit follow no drift.")
@click.option("--reset-limit", is_flag=True, help="Put the limit back where the model has it.")
@click.option("--mqtt", metavar="URL", help="mqtt://[USER@]HOST[:PORT][/TOPIC], or mqtts.")
@click.option("--no-discovery", is_flag=True, help="Tell Home Assistant nothing.")
@click.option("--webhook", metavar="URL", help="Post alarms there.")
@click.option("--prometheus", type=options.METRICS, metavar="FILE", help="Write metrics there.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), metavar="PORT", help="Serve metrics there."
)
@click.option(
    "--metrics-address",
    default="127.0.0.1",
    show_default=True,
    metavar="IP",
    help="Who may ask for metrics; 0.0.0.0 for all.",
)
@click.option(
    "--exec", "exec_command", metavar="CMD", help="Run it for every alarm; without a shell."
)
@click.pass_context
def command(context: click.Context, /, models: Path, **values: Any) -> None:
    """Listen to SOURCE with the models of 'fit', and tell of alarms, one for each incident.

    SOURCE is a folder that fills with recordings, a wav file that grows, or '-': a wav stream on
    standard input; with --raw file and stream are samples without header. Alarms and changes of
    state are lines of JSON on standard output. Passwords and tokens come from
    DCASE_CLASSIC_MQTT_PASSWORD and DCASE_CLASSIC_WEBHOOK_TOKEN, or from files that these names with
    _FILE name.
    """
    from dcase_classic.pipeline.listen import listen, rehearse

    if values["devices"]:
        emit(_devices(values["form"]))
        return
    if values["form"] and not values["dry_run"]:
        raise click.UsageError(
            f"--{values['form']} needs --dry-run or --devices; alarms are lines of JSON"
        )
    if values["report"] is not None and not values["dry_run"]:
        raise click.UsageError("--report needs --dry-run")
    settings, source = _listen_settings(models, values), _source_settings(values)
    if values["dry_run"]:
        from dcase_classic.report.rehearsal import rehearsal_rows, rehearsal_text

        rehearsal = rehearse(source, settings)
        if values["report"] is not None:
            from dcase_classic.pipeline.page import write_page
            from dcase_classic.report.rehearsal import rehearsal_page

            write_page(values["report"], rehearsal_page(rehearsal))
        form = values["form"]
        emit(rehearsal_rows(rehearsal, form) if form else rehearsal_text(rehearsal))
        if rehearsal.n_unread:
            context.exit(3)
        return
    ended = listen(source, settings, _sink_choice(values), sys.stdout)
    if values["until_alarm"] and ended.n_raised:
        context.exit(1)
    if ended.n_unread or ended.n_waiting:
        context.exit(3)


def _devices(form: str | None) -> str:
    from dcase_classic.io.listening.sound_device import input_devices
    from dcase_classic.report.about import device_text
    from dcase_classic.report.rows import rows_text

    devices = input_devices()
    return rows_text(map(asdict, devices), form) if form else device_text(devices)


def _source_settings(values: dict[str, Any]) -> "SourceSettings":
    from dcase_classic.io.listening.folder import FolderSettings
    from dcase_classic.io.recordings.raw_samples import parse_raw_format
    from dcase_classic.pipeline.watch_setup import SourceSettings

    if (not values["source"]) == (values["device"] is None):
        raise click.UsageError("give SOURCE, or --device NAME")
    is_once = values["once"] or values["dry_run"]
    source = SourceSettings(
        source=values["source"],
        device=values["device"],
        raw=None if values["raw"] is None else parse_raw_format(values["raw"]),
        folder=FolderSettings(poll_s=values["poll_s"], is_once=is_once),
        has_notifier=values["notify"],
    )
    if source.is_folder and source.raw is not None:
        raise click.UsageError(
            "--raw is for '-', a file or --device: recordings of a folder have headers"
        )
    if source.has_notifier and not source.is_folder:
        raise click.UsageError("--notify needs a folder")
    return source


def _listen_settings(models: Path, values: dict[str, Any]) -> "ListenSettings":
    from dcase_classic.pipeline.listen import alarm_settings
    from dcase_classic.pipeline.posts import ListeningSettings
    from dcase_classic.pipeline.watch_setup import ListenSettings

    if values["machine"] is not None and values["channels"]:
        raise click.UsageError(
            "--machine and --channel exclude each other; --channel names machines"
        )
    alarms = alarm_settings(values["settings"], is_frozen=values["freeze_limit"])
    listening = ListeningSettings(alarms=alarms, window_s=values["window_s"], hop_s=values["hop_s"])
    return ListenSettings(
        models=models,
        say=lambda line: click.echo(printable(line), err=True),
        listening=listening,
        machine=values["machine"],
        channels=values["channels"],
        is_limit_reset=values["reset_limit"],
        verify_key=Run(verify_key=values["verify_key"]).verify_key_file,
        allow_parts=values["allow_parts"],
        state=values["state"],
        keep_folder=values["keep_folder"],
        until_alarm=values["until_alarm"],
    )


def _sink_choice(values: dict[str, Any]) -> "SinkChoice":
    from dcase_classic.io.sinks.choice import SinkChoice

    return SinkChoice(
        mqtt=values["mqtt"],
        has_discovery=not values["no_discovery"],
        webhook=values["webhook"],
        metrics_file=values["prometheus"],
        metrics_port=values["metrics_port"],
        metrics_address=values["metrics_address"],
        command=values["exec_command"],
    )
