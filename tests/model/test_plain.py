from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pytest

from dcase_classic.errors import ArtifactError
from dcase_classic.model.layout import Layout, restored
from dcase_classic.model.plain import (
    ANY,
    Each,
    Keyed,
    Many,
    Maybe,
    Numbers,
    Real,
    Sizes,
    Text,
    Whole,
    Word,
)


class Colour(StrEnum):
    RED = "red"


@dataclass
class Thing:
    rows: np.ndarray
    n_rows: int
    names: tuple
    colour: Colour | None
    weights: dict


FLOATS = Numbers(("<f4", "<f8"), ("n_rows", "n_columns"), -1, 1)
THING = Layout(
    make=Thing,
    fields={
        "rows": FLOATS,
        "n_rows": Whole(1, size="n_rows"),
        "names": Many(Text(), "n_columns"),
        "colour": Maybe(Word(Colour)),
        "weights": Keyed({1: Real(), 2: Real(0, 1)}),
    },
    kind="thing",
    disagree=lambda values, _: "got two names" if len(values["names"]) == 2 else None,
)


def thing(**changed):
    fields = {
        "rows": np.zeros((2, 3), np.float32),
        "n_rows": 2,
        "names": ("a", "b", "c"),
        "colour": Colour.RED,
        "weights": {1: -7.0, 2: 0.5},
    }
    return Thing(**fields | changed)


def test_an_object_comes_back_from_its_tree():
    tree = THING.give(thing())
    assert list(tree) == ["kind", "rows", "n_rows", "names", "colour", "weights"]
    assert tree["weights"] == [-7.0, 0.5]
    again = THING.take(tree, "x", Sizes())
    assert (again.names, again.colour, again.weights) == (
        ("a", "b", "c"),
        Colour.RED,
        {1: -7, 2: 0.5},
    )
    assert THING.take(THING.give(thing(colour=None)), "x", Sizes()).colour is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "other"}, "x.kind: got 'other', expected 'thing' by the settings"),
        ({"rows": [[0.0]]}, "x.rows: got list, expected an array of numbers"),
        ({"rows": np.zeros((2, 3), ">f4")}, "x.rows: got dtype >f4, expected <f4 or <f8"),
        ({"rows": np.zeros(2, "<f4")}, r"x.rows: got shape \(2,\), expected \(n_rows, n_columns\)"),
        ({"rows": np.full((2, 3), 2, "<f4")}, "x.rows: got values from 2.0 to 2.0, expected -1"),
        ({"rows": np.full((2, 3), np.nan)}, "x.rows: got values from nan to nan"),
        ({"n_rows": 3}, "x.n_rows: got 3, expected 2 as elsewhere in the model"),
        ({"n_rows": True}, "x.n_rows: got True, expected a whole number from 1"),
        ({"names": ["a", "b"]}, "x.names: got 2 items, expected 3 as elsewhere"),
        ({"names": ["a"] * 10_001}, "x.names: got 10001 items, expected 0 to 10000"),
        ({"names": "abc"}, "x.names: got str, expected a list"),
        ({"names": ["a", "b", 3]}, r"x.names\[2\]: got 3, expected a short text"),
        ({"names": ["a", "b", "c" * 201]}, r"x.names\[2\]: got 'c+\.\.\., expected a short text"),
        ({"colour": "blue"}, "x.colour: got 'blue', expected 'red'"),
        ({"weights": [1.0]}, "x.weights: got 1 item, expected 2"),
        ({"weights": [1.0, float("nan")]}, r"x.weights\[1\]: got nan, expected a number from 0"),
        ({"weights": [1.0, {}]}, r"x.weights\[1\]: got dict, expected a number"),
        ({"more": 1}, r"x: got \['kind'.*, expected the keys kind, rows"),
    ],
)
def test_a_wrong_field_is_named(changed, message):
    with pytest.raises(ArtifactError, match=message):
        THING.take(THING.give(thing()) | changed, "x", Sizes())


def test_fields_that_are_right_one_by_one_may_disagree():
    tree = THING.give(thing(rows=np.zeros((2, 2), np.float32), names=("a", "b")))
    with pytest.raises(ArtifactError, match="x: got two names"):
        THING.take(tree, "x", Sizes())


def test_what_is_no_dictionary_is_no_object():
    with pytest.raises(ArtifactError, match="x: got 'list', expected the keys of nothing"):
        Layout(make=dict, fields={}).take([], "x", Sizes())


@pytest.mark.parametrize("value", ["a word", [None], np.array([1j]), np.array([1e300])])
def test_an_array_that_would_change_is_not_given(value):
    with np.errstate(over="ignore"), pytest.raises(ArtifactError, match="do not fit into <f4"):
        Numbers(("<f4",), (ANY,)).give(value)


def test_a_number_is_stored_in_its_own_dtype_where_the_field_has_it():
    assert FLOATS.give(np.zeros((1, 1))).dtype == np.float64
    assert FLOATS.give(np.zeros((1, 1), int)).dtype == np.float32


def test_a_name_means_one_number_where_it_was_declared_and_inside():
    sizes = Sizes({"outer": None})
    inner = sizes.within(own=None)
    assert inner.agree("outer", 3)
    assert inner.agree("own", 4)
    assert inner.agree("undeclared", 5)
    assert (sizes["outer"], inner["own"], inner["undeclared"]) == (3, 4, 5)
    assert not sizes.within().agree("outer", 4)
    for name in ("own", "undeclared"):
        with pytest.raises(LookupError, match=f"{name} is not known"):
            sizes[name]


def test_an_alias_is_the_number_of_another_name():
    pair = Each((Numbers(("<i4",), ("n_mine",)),))
    layout = Layout(make=dict, fields={"pair": pair}, aliases={"n_mine": "n_theirs"})
    tree = {"pair": [np.zeros(2, "<i4")]}
    assert list(layout.take(tree, "x", Sizes({"n_theirs": 2}))) == ["pair"]
    with pytest.raises(ArtifactError, match=r"x.pair\[0\]: got shape \(2,\)"):
        layout.take(tree, "x", Sizes({"n_theirs": 3}))


def test_a_restored_object_is_a_copy_with_what_it_had_learned():
    unfitted = thing()
    again = restored(unfitted)(n_rows=9)
    assert (again.n_rows, again.names, unfitted.n_rows) == (9, unfitted.names, 2)


def test_an_array_without_values_has_no_range_to_be_out_of():
    empty = np.zeros(0, "<f4")
    assert Numbers(("<f4",), (ANY,)).take(empty, "x", Sizes()) is empty
