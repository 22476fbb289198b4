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
from dcase_classic.pipeline.stream import STREAM_PATH
from dcase_classic.records import Clip, Span, Split
from dcase_classic.report.page.document import Page
from dcase_classic.report.page.recordings import lost_text, recordings_plain
from dcase_classic.run import Run
from dcase_classic.wording import counted


def predictions_page(
    files: Sequence[Path], settings: PageSettings = PageSettings(), *, run: Run = Run()
) -> Page:
    """The page of the recordings that files of rows tell of, which are looked for at their paths.

    Parameters
    ----------
    files : what ``predict --json --why`` or ``--jsonl --why`` printed; of a recording and model
        that several tell of, the last counts.
    settings : what stands in the page.
    run : how the work is done.

    Raises
    ------
    DataError
        If a file holds something else, or does not say why recordings have their scores.
    """
    rows, n_again = _rows_of_recordings(files)
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
    said = (page.overview, _again_text(n_again), heard, lost_text(shown))
    return replace(page, overview=" ".join(filter(None, said)))


def _rows_of_recordings(files: Sequence[Path]) -> tuple[list[list[Prediction]], int]:
    """The rows of every recording and model, and how many of them were told of again.

    What a later file says takes the place of all that earlier ones do, and in a file a later row
    that of an earlier one for the same window.
    """
    last: dict[tuple[Path, str | None], dict[Span | None, Prediction]] = {}
    again = set()
    for file in files:
        told: dict[tuple[Path, str | None], dict[Span | None, Prediction]] = {}
        for row in read_predictions(file):
            path = file / row.path if row.path == STREAM_PATH else row.path  # another sound each
            key = path.absolute(), row.machine_type
            own = told.setdefault(key, {})
            if key in last or row.span in own:
                again.add(key)
            own[row.span] = row
        last |= told
    return [list(own.values()) for own in last.values()], len(again)


def _again_text(n_again: int) -> str:
    """How many recordings were told of again, and what counts; empty for none."""
    if not n_again:
        return ""
    what = counted(n_again, "recording stands", "recordings stand")
    return f"{what} in the rows more than once: the last counts."


def _clip(row: Prediction) -> Clip:
    return Clip(
        path=row.path,
        machine_type=row.machine_type or "",
        section="",
        split=Split.TEST,
        is_own=True,
    )
