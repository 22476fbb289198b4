"""Make the page of recordings from what ``predict --json --why`` said of them before."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dcase_classic.config import load_preset
from dcase_classic.errors import DataError
from dcase_classic.io.results.prediction_rows import read_predictions
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.pipeline.page import (
    Hearing,
    PageSettings,
    file_problem,
    overview,
    shown_recordings,
)
from dcase_classic.records import Clip, Split
from dcase_classic.report.page.document import Page
from dcase_classic.report.page.recordings import lost_text, recordings_plain
from dcase_classic.run import Run


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
    config = load_preset("default")  # of the pictures; marks are told in Hz and seconds
    hearing = Hearing(config=config)

    def hearing_of(clip: Clip) -> Hearing | DataError:
        problem = file_problem(clip.path)
        return DataError(problem, path=clip.path) if problem else hearing

    shown = shown_recordings(clips, rows, hearing_of, settings=settings, run=run)
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
    said = (page.overview, heard, lost_text(shown))
    return replace(page, overview=" ".join(filter(None, said)))


def _clip(row: Prediction) -> Clip:
    return Clip(
        path=row.path,
        machine_type=row.machine_type or "",
        section="",
        split=Split.TEST,
        is_own=True,
    )
