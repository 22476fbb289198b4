import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.io.results.plain_yaml import MAX_YAML_BYTES, load_yaml

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, width=32)
    | st.text("abc: #-'\"\n0é", max_size=8),
    lambda item: st.lists(item, max_size=3) | st.dictionaries(st.text("abk", max_size=3), item),
    max_leaves=8,
)


@given(VALUES)
def test_plain_values_are_read_as_pyyaml_reads_them(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    assert load_yaml(text) == value == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: !!null\n", {"a": None}),
        ("a: !!null x\nb: ~\n", {"a": None, "b": None}),
        ("a: yes\nb: 0x1F\nc: 1_000.5\nd: '7'", {"a": True, "b": 31, "c": 1000.5, "d": "7"}),
        ("a: 2001-01-01\nb: 2001-13-01", {"a": "2001-01-01", "b": "2001-13-01"}),
        ("a: !!binary eA==\nb: !x y\n<<: z", {"a": "eA==", "b": "y", "<<": "z"}),
    ],
)
def test_dates_and_unknown_tags_stay_text(text, value):
    assert load_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nb: *x", "an alias"),
        ("[" * 1000, "nested too deeply"),
        ("- " * 41 + "a", "nested too deeply"),
        ("a: 1\na: 2", "a key for the second time"),
        ("1: 1\n1: 2", "not a key"),
        ("? [a]\n: b", "not a key"),
        ("a: 1\n---\nb: 2", "more than one document"),
        ("a: !!int ''", "a value that cannot be read"),
        ("a: !!int x", "a value that cannot be read"),
        ("a: !!bool x", "a value that cannot be read"),
        ("a: !!float x", "a value that cannot be read"),
        ("a: 0x" + "f" * 5000, "a number of 5002 digits"),
        ('a: "\\UFFFFFFFF"', "a value that cannot be read"),
        ("a: [", "expected the node content"),
        ("a: \a", "special characters are not allowed"),
    ],
)
def test_what_is_no_plain_yaml_is_an_error_of_yaml(text, problem):
    with pytest.raises(yaml.YAMLError, match=problem):
        load_yaml(text)


def test_a_bomb_of_aliases_is_refused_at_the_first():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(yaml.YAMLError, match="(?s)an alias.*line 2"):
        load_yaml("\n".join(lines))


def test_a_meta_file_of_any_kind_stays_below_the_bound():
    assert MAX_YAML_BYTES > 20 * 10_000
