"""What docs/outputs.md says of JSON, as a check of what is printed."""

import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "outputs.md").read_text("utf-8")
KINDS = {
    "text": str,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "object": dict,
    "null": type(None),
}


def schema(title):
    """The keys below a heading, and the types that each may have."""
    (block,) = re.findall(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    rows = re.findall(r"^\| (\w+) \| ([a-z ]+) \| \S", block, re.MULTILINE)
    return {key: words.split(" or ") for key, words in rows if key != "key"}


def assert_as_documented(row, title):
    known = schema(title)
    assert list(row) == list(known)
    for key, value in row.items():
        kinds = [KINDS[word] for word in known[key]]
        is_right = any(
            isinstance(value, kind) and isinstance(value, bool) == (kind is bool) for kind in kinds
        )
        assert is_right, (title, key, value)
