"""The options of pages that show results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dcase_classic.cli import options

if TYPE_CHECKING:
    from dcase_classic.pipeline.page import PageSettings

_SOUNDS = ("ogg", "wav")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """How many recordings a page plays, and how its sound is encoded."""

    n_audio: int
    sound: str

    def settings(self) -> "PageSettings":
        """The same for the pipeline."""
        from dcase_classic.pipeline.page import PageSettings
        from dcase_classic.report.page.sounds import SoundCoding

        return PageSettings(n_audio=self.n_audio, sound=SoundCoding(self.sound))


def page_options(command: options.Command) -> options.Command:
    """``--report-audio`` and ``--report-sound``, as one parameter ``page`` of the verb."""
    return options.gathered("page", _OPTIONS, _page_options)(command)


def _page_options(values: dict[str, Any]) -> PageOptions:
    return PageOptions(n_audio=values.pop("report_audio"), sound=values.pop("report_sound"))


_OPTIONS = (
    click.option(
        "--report-audio",
        type=click.IntRange(min=0),
        default=10,
        show_default=True,
        metavar="N",
        help="The page plays so many recordings, the worst first.",
    ),
    click.option(
        "--report-sound",
        type=click.Choice(_SOUNDS),
        default="ogg",
        show_default=True,
        help="How the page holds sound; wav is larger, and every browser plays it.",
    ),
)

report_option = click.option(
    "--report",
    type=options.PAGE,
    metavar="FILE",
    help="Write a page to look at and listen to, which opens from disk (.html).",
)
