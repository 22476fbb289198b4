"""Make the page of recordings from what ``predict --json --why`` said of them before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dcase_classic.config import Config, load_preset
from dcase_classic.errors import listed, printable
from dcase_classic.given_files import is_file
from dcase_classic.io.results.prediction_rows import read_predictions
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.pipeline.page import PageSettings, overview, shown_recordings
from dcase_classic.records import Clip, Split
from dcase_classic.report.page.document import Page
from dcase_classic.report.page.recordings import ShownRecording, recordings_plain
from dcase_classic.run import Run
from dcase_classic.wording import counted


def predictions_page(
    files: Sequence[Path], settings: PageSettings = PageSettings(), *, run: Run = Run()
) -> Page:
    """The page of the recordings that files of rows tell of, which are looked for at their paths.

    Parameters
    ----------
    files : what ``predict --json --why`` or ``--jsonl --why`` printed.
    settings : what stands in the page.
    run : how the work is done.

    Raises
    ------
    DataError
        If a file holds something else, or does not say why recordings have their scores.
    """
    rows = [own for file in files for own in read_predictions(file)]
    clips = [_clip(own[0]) for own in rows]
    gone = [clip.path for clip in clips if not is_file(clip.path)]
    gone_paths = set(gone)
    config = load_preset("default")  # of the pictures; marks are told in Hz and seconds

    def config_of(clip: Clip) -> Config | None:
        return None if clip.path in gone_paths else config

    shown = shown_recordings(clips, rows, config_of, settings=settings, run=run)
    page = Page(
        title="Report on recordings",
        overview=overview([recording.worst for recording in shown]),
        recordings=recordings_plain(shown),
    )
    audio = config.audio
    heard = (
        "Pictures and sound are those of the default settings "
        f"(channel {audio.channel}, {audio.sample_rate_hz} Hz): rows do not tell how a model hears."
    )
    said = (page.overview, heard, _gone_text(gone), _unread_text(shown))
    return replace(page, overview=" ".join(filter(None, said)))


def _gone_text(gone: Sequence[Path]) -> str:
    """Which recordings are not there, and where they were looked for; empty for none."""
    if not gone:
        return ""
    words = counted(len(gone), "recording is", "recordings are")
    names = listed([printable(path.name) for path in gone])
    text = f"{words} not there any more and cannot be seen or heard: {names}."
    is_relative = not all(path.is_absolute() for path in gone)
    where = " Relative paths were looked up from the current folder." if is_relative else ""
    return f"{text}{where}"


def _unread_text(recordings: Sequence[ShownRecording]) -> str:
    """Which recordings are there and cannot be read, and why; empty for none."""
    unread = [recording for recording in recordings if recording.problem]
    if not unread:
        return ""
    words = counted(len(unread), "recording")
    names = [
        printable(f"{recording.worst.path.name} ({recording.problem})") for recording in unread
    ]
    return f"{words} cannot be read, and so not be seen or heard: {listed(names)}."


def _clip(row: Prediction) -> Clip:
    return Clip(
        path=row.path,
        machine_type=row.machine_type or "",
        section="",
        split=Split.TEST,
        is_own=True,
    )
