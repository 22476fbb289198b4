import io

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcase_classic.errors import ArtifactError
from dcase_classic.io.plain_bytes import HEAD, dump_plain, write_plain
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.model.plain import DTYPES

LIMITS = Limits()
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | texts | arrays
trees = st.recursive(
    leaves,
    lambda items: st.lists(items, max_size=5) | st.dictionaries(texts, items, max_size=5),
    max_leaves=20,
)
OPCODES = b"NGKMJXcu}]e()tRb.hqh0ioP\x81\x80\x82\x85\x88\x89\x8a\x8b\x8c\x8d\x93\x94\x95\x96"


def content_of(tree):
    stream = io.BytesIO()
    write_plain(tree, stream)
    return stream.getvalue()


def parsed_or_refused(content):
    """The tree; None if it was refused. Anything else fails the test."""
    try:
        return parse_plain(content, LIMITS, where="x")
    except ArtifactError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it may be a value as well
        return None


def assert_same(tree, other):
    assert type(tree) is type(other)
    if isinstance(tree, dict):
        assert list(tree) == list(other)
        for key, item in tree.items():
            assert_same(item, other[key])
    elif isinstance(tree, list):
        assert len(tree) == len(other)
        for item, other_item in zip(tree, other, strict=True):
            assert_same(item, other_item)
    elif isinstance(tree, np.ndarray):
        assert tree.dtype == other.dtype
        np.testing.assert_array_equal(tree, other)
    else:
        assert repr(tree) == repr(other)


@pytest.mark.uncounted
@given(tree=trees)
def test_a_tree_comes_back_by_our_reader_and_by_joblib(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "tree.joblib"
    dump_plain(tree, path)
    assert_same(parse_plain(path.read_bytes(), LIMITS, where=path), tree)
    assert_same(joblib.load(path), tree)


@given(tree=trees)
def test_equal_trees_have_equal_bytes(tree):
    content = content_of(tree)
    assert content_of(parse_plain(content, LIMITS, where="x")) == content


@given(tree=trees, data=st.data())
def test_a_truncated_file_is_refused(tree, data):
    content = content_of(tree)
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ArtifactError, match="not a file of plain data"):
        parse_plain(content[:length], LIMITS, where="x")


EXAMPLE = {
    "a": [1, -1, 300, 70_000, -(2**40), 1.5, None, True, False, "x", "é" * 200, {}, []],
    "b": {"c": np.arange(6.0).reshape(2, 3), "d": np.array([True, False]), "e": np.zeros((0, 2))},
}


def test_every_truncation_of_a_file_is_refused():
    content = content_of(EXAMPLE)
    assert all(parsed_or_refused(content[:n]) is None for n in range(len(content)))


@pytest.mark.uncounted
def test_every_flipped_bit_gives_another_canonical_file_or_is_refused():
    content = content_of(EXAMPLE)
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            tree = parsed_or_refused(bytes(flipped))
            if tree is not None:
                assert content_of(tree) == bytes(flipped)


@pytest.mark.uncounted
@settings(max_examples=300)
@given(body=st.lists(st.sampled_from(OPCODES) | st.integers(0, 255), max_size=60).map(bytes))
def test_random_opcodes_are_refused_or_a_value(body):
    parsed_or_refused(HEAD + body)
    parsed_or_refused(HEAD + body + b".")


@pytest.mark.uncounted
@settings(max_examples=300)
@given(data=st.data())
def test_bytes_that_are_overwritten_are_refused_or_a_value(data):
    content = bytearray(content_of(EXAMPLE))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(max_size=12))
        content[at : at + data.draw(st.integers(0, 12))] = patch
    parsed_or_refused(bytes(content))


@pytest.mark.parametrize(
    "value",
    [(1,), {1}, b"x", 1j, np.float64(1), np.array(["a"]), np.array([None]),
     np.zeros(2, ">f8"), {1: 2}],
    ids=repr,
)  # fmt: skip
def test_what_is_not_plain_is_not_written(value):
    with pytest.raises(TypeError, match="cannot hold|dtype"):
        content_of(value)


def test_numbers_and_arrays_that_are_too_large_are_not_written():
    with pytest.raises(ValueError, match="more than 64 bits"):
        content_of(2**63)
    with pytest.raises(ValueError, match="5 dimensions"):
        content_of(np.zeros((1,) * 5))


def test_limits_hold():
    content = content_of([[["abc", 1]]])
    for limits in (Limits(n_values=3), Limits(depth=2), Limits(n_text_bytes=2)):
        with pytest.raises(ArtifactError):
            parse_plain(content, limits, where="x")


def test_arrays_cannot_be_written_to_and_are_aligned():
    arrays = parse_plain(content_of([np.ones(3, "<f4"), "x", np.ones(3)]), LIMITS, where="x")
    assert not arrays[0].flags.writeable
    assert arrays[2].flags.aligned


def test_joblib_maps_arrays_into_memory(tmp_path):
    path = tmp_path / "x.joblib"
    dump_plain({"a": np.arange(5.0)}, path)
    mapped = joblib.load(path, mmap_mode="r")["a"]
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, np.arange(5.0))
