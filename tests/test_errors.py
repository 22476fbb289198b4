import errno
import pickle
from pathlib import Path

import pytest

from dcase_classic.errors import DataError, listed, system_error


def test_an_error_says_where_what_and_the_next_step_in_one_line():
    error = DataError("empty file", path="a.wav", advice="record it again")
    assert str(error) == "a.wav: empty file; record it again"
    assert str(DataError("empty file")) == "empty file"


def test_an_error_without_a_place_can_be_given_one():
    error = DataError("silent", advice="check the microphone")
    placed = error.at("a.wav")
    assert (placed.path, placed.problem, placed.advice) == ("a.wav", error.problem, error.advice)
    assert error.path is None


def test_a_reason_beside_a_path_names_only_another():
    error = DataError("silent", path="a.wav", advice="listen")
    assert error.reason_beside(Path("a.wav")) == "silent; listen"
    assert error.reason_beside(Path("b.wav")) == str(error)
    assert DataError("silent").reason_beside(Path("b.wav")) == "silent"


def test_several_errors_are_one_with_a_line_for_each():
    error = DataError.from_many(
        [DataError("one", path="a"), DataError("two", path="b")], "not read"
    )
    assert str(error) == "not read\na: one\nb: two"


def test_an_error_keeps_its_parts_on_the_way_between_processes():
    error = pickle.loads(pickle.dumps(DataError("silent", path="a.wav", advice="listen")))  # noqa: S301 - our own bytes
    assert str(error) == "a.wav: silent; listen"


def test_long_lists_say_how_many_more_there_are():
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


@pytest.mark.parametrize("name", ["a\nb", "a\r\x1b[2Kb", "\u202eb", "a\udcffb", "a\x85b"])
def test_a_name_cannot_break_or_turn_the_line(name):
    line = str(DataError("no such file", path=f"/data/{name}.wav"))
    assert line.isprintable()
    assert line.endswith("b.wav: no such file")


def test_a_message_has_an_end():
    line = str(DataError(f"got {'x' * 10**6}, expected less", advice="shorten it"))
    assert len(line) < 5000
    assert line.startswith("got xxx")
    assert line.endswith("shorten it")


def test_too_many_open_files_have_their_own_advice():
    error = system_error(OSError(errno.EMFILE, "Too many open files", "a.wav"))
    assert str(error).startswith("a.wav: too many open files; raise the limit (ulimit -n)")
