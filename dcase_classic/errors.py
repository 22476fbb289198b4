"""Errors that a user can mend; the command line shows them as one line and exits with 2.

Every error says what is wrong, where, what was expected, and the next step: as parts, so that a
report can set them, and as one line.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Self

MAX_SENTENCE = 4000  # letters of a message, far more than any of ours
N_LISTED = 5  # lines or names that a message quotes before it says how many more there are


class DcaseClassicError(Exception):
    """Anything a user can mend: wrong input, wrong settings, wrong files.

    Parameters
    ----------
    problem : what is wrong, and what was expected.
    path : the file or folder that it is about, None where there is none.
    advice : the next step; empty where the problem says it.
    """

    def __init__(
        self, problem: str, *, path: str | PathLike[str] | None = None, advice: str = ""
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.advice = advice
        self.causes: tuple[DcaseClassicError, ...] = ()

    @classmethod
    def from_many(
        cls,
        causes: Sequence["DcaseClassicError"],
        problem: str = "",
        *,
        path: str | PathLike[str] | None = None,
    ) -> Self:
        """Several errors as one: a line for each, below ``problem`` if it is given."""
        error = cls(problem, path=path)
        error.causes = tuple(causes)
        return error

    def at(self, path: str | PathLike[str]) -> Self:
        """The same error, of a file or folder."""
        return type(self)(self.problem, path=path, advice=self.advice)

    def reason_beside(self, path: str | PathLike[str]) -> str:
        """The line for who reads ``path`` beside it, which is named only if it is another."""
        is_same = self.path is not None and os.fspath(self.path) == os.fspath(path)
        return sentence(None if is_same else self.path, self.problem, self.advice)

    def __str__(self) -> str:
        """The line that people read; a line for each cause where there are several."""
        own = [sentence(self.path, self.problem, self.advice)] if self.problem else []
        return "\n".join([*own, *map(str, self.causes)])


class ConfigError(DcaseClassicError):
    """A setting that is unknown, of the wrong type or out of range."""


class DataError(DcaseClassicError):
    """Recordings or labels that are missing, unreadable or contradictory."""


class ArtifactError(DcaseClassicError):
    """A model folder that is missing, damaged, untrusted or of another version."""


class SubmissionError(DcaseClassicError):
    """Score or decision files that do not follow the official format."""


class WorkerError(DcaseClassicError):
    """A worker process that was ended from outside before its work was done."""


@contextmanager
def needing(problem: DcaseClassicError) -> Iterator[None]:
    """What the block cannot import becomes this error."""
    try:
        yield
    except ImportError as error:
        raise problem from error


@contextmanager
def telling_system_errors() -> Iterator[None]:
    """What the system does not let the block do becomes an error of ours."""
    try:
        yield
    except OSError as error:
        raise system_error(error) from error


def system_error(error: OSError) -> DcaseClassicError:
    """What the system says, and of which files."""
    places = [os.fsdecode(path) for path in (error.filename, error.filename2) if path]
    problem = error.strerror or str(error) or type(error).__name__
    advice = "check the path, its rights and the free space"
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        advice = "raise the limit (ulimit -n) or use fewer --jobs"
    return DcaseClassicError(problem.lower(), path=": ".join(places) or None, advice=advice)


def sentence(path: str | PathLike[str] | None, problem: str, advice: str) -> str:
    r"""``path: problem; advice``, without the parts that are not there.

    It is one line of bounded length, whatever a file or a name holds: what would move the cursor or
    turn the direction of the text is written as an escape.

    Examples
    --------
    >>> print(sentence("a\nb.wav", "no such file", "copy it again"))
    a\nb.wav: no such file; copy it again
    """
    start = "" if path is None else f"{path}: "
    text = start + problem + (f"; {advice}" if advice else "")
    if len(text) > MAX_SENTENCE:
        half = MAX_SENTENCE // 2
        text = f"{text[:half]} ... {text[-half:]}"
    return printable(text)


def printable(text: str) -> str:
    """The text with everything that cannot be shown as Python writes it in a literal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def one_line(error: Exception) -> str:
    """What an error says, without line ends."""
    return " ".join(str(error).split())


def reason_of(error: OSError) -> str:
    """The system's own word for what went wrong, as a part of a sentence."""
    return (error.strerror or str(error) or "I/O error").lower()


def listed(items: Sequence[str]) -> str:
    """The first items, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed(list("abcdefgh"))
    ('a, b', 'a, b, c, d, e and 3 more')
    """
    more = f" and {len(items) - N_LISTED} more" if len(items) > N_LISTED else ""
    return ", ".join(items[:N_LISTED]) + more


def closest(name: object, known: Iterable[str]) -> str:
    """``did you mean 'classic'?``, or nothing where no known name is close.

    Examples
    --------
    >>> closest("clasic", ["classic", "knn"])
    "did you mean 'classic'?"
    >>> closest("fast", ["classic", "knn"])
    ''
    """
    from difflib import get_close_matches  # slow to import, and seldom needed

    by_small = {item.lower(): item for item in known}
    near = get_close_matches(str(name)[:100].lower(), list(by_small), n=1, cutoff=0.6)
    return f"did you mean {by_small[near[0]]!r}?" if near else ""
