"""Results to standard output, everything else to standard error."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import click
from click.core import ParameterSource

from dcase_classic.errors import DataError, sentence
from dcase_classic.log import is_quiet
from dcase_classic.run import OnError
from dcase_classic.wording import Loss

if TYPE_CHECKING:
    from dcase_classic.io.recordings.folders import Survey
    from dcase_classic.outcomes.evaluations import Evaluation
    from dcase_classic.outcomes.recordings import SkippedClip
    from dcase_classic.pipeline.predict import Inquiry
    from dcase_classic.records import Clip
    from dcase_classic.report.text_table import Line


class _HasSkipped(Protocol):
    @property
    def skipped(self) -> "tuple[SkippedClip, ...]": ...


_N_UNREADABLE = "dcase_classic.n_unreadable"  # of a verb that is running

Result = TypeVar("Result", bound=_HasSkipped)


def say(text: object) -> None:
    """Print a line that is no result to standard error; where only results are wanted, a loss.

    It is one printable line of bounded length, whatever names of files it holds.
    """
    if isinstance(text, Loss) or not is_quiet():
        click.echo(sentence(None, str(text), ""), err=True)


def emit(text: str, path: Path | None = None) -> None:
    """Print the text, which ends with a line end, and write it to a file if one is given."""
    from dcase_classic.io.files import write_text

    if path is not None:
        write_text(path, text)
    click.echo(text, nl=False)


def show(
    results: Iterable[Result], lines_of: "Callable[[Iterable[Result]], Iterable[Line]]"
) -> int:
    """Print the lines of results as they come; the number of clips that were left out."""
    n_skipped = 0

    def counted() -> Iterator[Result]:
        nonlocal n_skipped
        for result in results:
            n_skipped += len(result.skipped)
            yield result

    echo_lines(lines_of(counted()))
    return n_skipped


def echo_lines(lines: "Iterable[Line]") -> None:
    """Print lines as they come; notes go to standard error."""
    for line in lines:
        if not line.is_note:
            click.echo(line.text)  # rows of JSON have several lines
        else:
            say(line.text)


def warn(messages: Iterable[str]) -> None:
    """Print one line for every warning of what results lack."""
    for message in messages:
        say(Loss(f"warning: {message}"))


def say_makers(evaluations: "Iterable[Evaluation]") -> None:
    """Say who made the results that tell it."""
    for evaluation in evaluations:
        if evaluation.made_by:
            say(f"{evaluation.system}: {evaluation.made_by}")


def show_rate(inquiry: "Inquiry") -> None:
    """Say of which domains of the models that are used a wanted rate takes a fitted tail."""
    if inquiry.false_alarms is None:
        return
    from dcase_classic.report.promises import rate_notes

    for note in rate_notes(inquiry.used().values(), inquiry.false_alarms):
        say(note)


def show_overview(data: Path, machines: Iterable[str], year: int | None = None) -> "list[Clip]":
    """All clips of a data set; say which year they are of and what was decided in finding them."""
    from dcase_classic.challenge.which_year import guess_year
    from dcase_classic.io.recordings.dataset import chosen_clips, survey_clips, with_left_out
    from dcase_classic.report.overview import overview_lines

    survey = with_left_out(survey_clips(data), data)
    clips = chosen_clips(survey, data, machines=machines)
    guess = guess_year(clips, year)
    for line in overview_lines(clips, guess.years, guess.reason):
        say(line)
    show_left_out(survey)
    return clips


def show_left_out(survey: "Survey") -> None:
    """Say what lay in the folders and was not used; see `end_with_skipped`.

    Raises
    ------
    DataError
        If a folder cannot be read and the verb was told to fail there; by itself none does.
    """
    from dcase_classic.report.overview import left_out_lines

    context, unreadable = click.get_current_context(), survey.left_out.unreadable
    is_told = context.get_parameter_source("on_error") is ParameterSource.COMMANDLINE
    if unreadable and is_told and context.params["on_error"] == OnError.FAIL:
        raise DataError.from_many(unreadable)
    for line in left_out_lines(survey.left_out):
        say(line)
    context.meta[_N_UNREADABLE] = context.meta.get(_N_UNREADABLE, 0) + len(unreadable)


def end_with_skipped(context: click.Context, n_skipped: int) -> None:
    """Exit with 3 where a recording was left out, or a folder or a name could not be read."""
    if n_skipped or context.meta.get(_N_UNREADABLE):
        context.exit(3)
