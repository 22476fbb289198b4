"""The recordings that a verb is given: files, folders, standard input, or a list."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcase_classic.cli import options
from dcase_classic.cli.completion import complete_known_machines
from dcase_classic.cli.output import show_left_out
from dcase_classic.errors import DataError
from dcase_classic.run import Run

if TYPE_CHECKING:
    from dcase_classic.pipeline.predict import Inquiry
    from dcase_classic.records import Clip, RawFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryOptions:
    """What a user says of the recordings, and of the models that are asked about them."""

    recordings: tuple[Path, ...]
    clip_list: Path | None
    machine: str | None
    raw: str | None
    models: Path
    false_alarms: float | None
    out_of_range: str | None


def inquiry_options(command: options.Command) -> options.Command:
    """Argument and options for recordings and models, as one parameter ``asked`` of the verb."""
    return options.gathered("asked", _OPTIONS, _inquiry_options)(command)


def _inquiry_options(values: dict[str, Any]) -> InquiryOptions:
    return InquiryOptions(**{item.name: values.pop(item.name) for item in fields(InquiryOptions)})


raw_option = click.option(
    "--raw",
    metavar="RATE:FORMAT:CHANNELS",
    help="The recordings are samples without header, such as 16000:s16le:1.",
)

_OPTIONS: tuple[options.Decorator, ...] = (
    click.argument("recordings", nargs=-1, type=options.FOLDER),
    options.list_option,
    click.option(
        "--machine",
        metavar="NAME",
        shell_complete=complete_known_machines,
        help="Machine of recordings that do not tell theirs.",
    ),
    raw_option,
    options.models_option,
    options.false_alarms_option,
    options.out_of_range_option,
)


@contextmanager
def spooled_inquiry(asked: InquiryOptions, run: Run) -> "Iterator[Inquiry]":
    """What is asked, as long as pipes are kept."""
    from dcase_classic.io.recordings.streams import spooled
    from dcase_classic.pipeline.predict import Inquiry, own_clips

    with spooled(asked.recordings) as files:
        clips = _clips([file for file, _ in files], asked.clip_list, asked.raw)
        yield Inquiry(
            clips=own_clips(clips, asked.machine),
            models=asked.models.absolute(),
            machine_type=asked.machine,
            false_alarms=asked.false_alarms,
            out_of_range=asked.out_of_range,
            run=run,
            streams={file: path for file, path in files if file != path},
        )


def found_clips(recordings: "Sequence[Path]", raw: "RawFormat | None" = None) -> "list[Clip]":
    """The clips of files and folders; say what else lies in these."""
    from dcase_classic.io.recordings.own_clips import survey_own_clips

    survey = survey_own_clips(recordings, raw=raw)
    show_left_out(survey)
    return survey.clips


def raw_format(raw: str | None) -> "RawFormat | None":
    """What ``--raw`` says."""
    from dcase_classic.io.recordings.raw_samples import parse_raw_format

    return None if raw is None else parse_raw_format(raw)


def _clips(recordings: list[Path], clip_list: Path | None, raw: str | None) -> "list[Clip]":
    """The recordings, and those of the list that are to be tested."""
    from dcase_classic.io.recordings.own_clips import read_clip_list
    from dcase_classic.records import Split

    given_raw = raw_format(raw)
    own = found_clips(recordings, given_raw)
    listed = [] if clip_list is None else read_clip_list(clip_list, split=Split.TEST)
    listed = [replace(clip, raw=given_raw) for clip in listed if clip.split is Split.TEST]
    clips = own + listed
    if not clips and clip_list is not None:
        advice = "leave out the column split, or write test there"
        problem = "names no recording that is not for training"
        raise DataError(problem, path=clip_list, advice=advice)
    if not clips:
        raise click.UsageError("no recordings; give files, folders, - or --list FILE")
    return clips
