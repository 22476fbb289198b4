"""Words for people: numbers with their noun, never rounded onto a limit, and what was lost."""

from numbers import Real

_MOST_DIGITS = 18  # Python takes 4300 at most


class Loss(str):
    """A note of what was not used: whoever wants results only is told it too."""

    __slots__ = ()


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """The number and its noun, with what else changes with it in ``plural``.

    Parameters
    ----------
    number : how many.
    singular : what stands behind 1.
    plural : what stands behind any other number; None adds an s.

    Examples
    --------
    >>> counted(1, "recording"), counted(0, "recording")
    ('1 recording', '0 recordings')
    >>> counted(2, "copy counts", "copies count")
    '2 copies count'
    """
    return f"{number} {singular if number == 1 else plural or f'{singular}s'}"


def beside(number: float, limit: float, *, n_digits: int = 1) -> str:
    """The number, rounded to so few digits that it still differs from a limit that it is not.

    Parameters
    ----------
    number, limit : what is said, and what it is compared with.
    n_digits : the fewest digits behind the point.

    Examples
    --------
    >>> beside(1.26, 1.0), beside(1.0, 1.0), beside(1.004, 1.0)
    ('1.3', '1.0', '1.004')
    """
    text = f"{number:.{n_digits}f}"
    while float(text) == limit != number:
        n_digits += 1
        text = f"{number:.{n_digits}f}"
    return text


def is_number(value: object) -> bool:
    """Whether it is a number of any kind, as also numpy has them.

    Examples
    --------
    >>> is_number(0.1), is_number("0.1"), is_number(None)
    (True, False, False)
    """
    return isinstance(value, Real)


def whole_number(text: str) -> int | None:
    """The number that a few digits are; None for anything else, also for very many.

    Examples
    --------
    >>> whole_number("16000"), whole_number("-1"), whole_number("\u00b2"), whole_number("9" * 5000)
    (16000, None, None, None)
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
