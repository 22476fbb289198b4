import math
from dataclasses import dataclass
from typing import Literal, Optional

import pytest

from dcase_classic.config.specs import Spec, build
from dcase_classic.errors import ConfigError


@dataclass(frozen=True)
class Shelf:
    height: float = 1.0
    labels: tuple[str, ...] = ()
    n_boards: int = 2
    is_painted: bool = False

    def __post_init__(self):
        if self.n_boards < 1:
            raise ValueError(f"n_boards: got {self.n_boards}, expected at least 1")


def table(width: float = 2.0) -> float:
    return width


class Box:
    pass


@dataclass(frozen=True)
class Sofa:
    width: Optional[float] = None  # noqa: UP045 - as many still write it
    side: Literal["left", "right"] = "left"
    n_seats: None | int = None  # noqa: RUF036 - as some write it


FURNITURE = {"shelf": Shelf, "table": table, "box": Box, "couch": Sofa}


def test_a_choice_is_built_with_its_options():
    spec = Spec("shelf", (("height", 3), ("is_painted", True), ("labels", ("a", "b"))))
    assert build(spec, FURNITURE, where="room") == Shelf(3.0, ("a", "b"), 2, is_painted=True)


def test_a_whole_number_becomes_the_number_that_an_option_asks_for():
    assert isinstance(build(Spec("table", (("width", 3),)), FURNITURE, where="room"), float)


def test_options_that_are_left_out_keep_their_defaults():
    assert build(Spec("table"), FURNITURE, where="room") == 2.0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((("width", 2), ("side", "right")), Sofa(2.0, "right")),
        ((("n_seats", 3), ("width", "none")), Sofa(None, n_seats=3)),
    ],
)
def test_an_option_may_be_left_open_and_one_of_a_few_words(options, expected):
    assert build(Spec("couch", options), FURNITURE, where="room") == expected


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (Spec("sofa"), "room: got 'sofa', expected one of box, couch, shelf, table"),
        (Spec("couch", (("side", "up"),)), "room: side: got 'up', expected one of left, right"),
        (Spec("couch", (("side", (1,)),)), r"room: side: got \[1\], expected one of left, right"),
        (Spec("couch", (("n_seats", "a"),)), "room: n_seats: got 'a', expected a whole number"),
        (Spec("couch", (("width", "a"),)), "room: width: got 'a', expected a number"),
        (
            Spec("table", (("depth", 1),)),
            "room: table has no option 'depth', expected width; did you mean 'width'[?]",
        ),
        (Spec("box", (("depth", 1),)), "room: box has no option 'depth', expected no option"),
        (Spec("shelf", (("n_boards", 1.5),)), "room: n_boards: got 1.5, expected a whole number"),
        (Spec("shelf", (("n_boards", 0),)), "room: n_boards: got 0, expected at least 1"),
        (Spec("shelf", (("is_painted", 1),)), "room: is_painted: got 1, expected true or false"),
        (Spec("shelf", (("labels", "ab"),)), "room: labels: got 'ab', expected a list"),
        (Spec("shelf", (("labels", (1,)),)), r"room: labels\[0\]: got 1, expected a text"),
        (
            Spec("shelf", (("height", 2**64),)),
            "room: height: got .*, expected a number of at .* 64 b.*",
        ),
        (Spec("shelf", (("height", math.nan),)), "room: height: got nan, expected a number"),
    ],
)
def test_a_choice_that_cannot_be_built_is_answered_with_what_can(spec, message):
    with pytest.raises(ConfigError, match=f"^{message}$"):
        build(spec, FURNITURE, where="room")
