"""The house stands as CONTRIBUTING.md draws it, and its words have one meaning."""

import ast
import re
import tomllib
from collections import Counter

from conftest import ROOT

PACKAGE = ROOT / "dcase_classic"
FILES = sorted(PACKAGE.rglob("*.py"))
OWN_FILES = [
    *FILES,
    *(
        path
        for folder in ("tests", "benchmarks", "scripts")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ),
]
UNLISTED = {"__init__", "__main__", "_version"}  # they are no rooms
EMPTY_NAME = re.compile(r"_?(of|found|one|of_\w+)")  # a variable is named for what it is


def drawn_rooms():
    """Packages from the roof down, and the modules of the ground floor, as they are drawn."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    tree = text[text.index("```\ndcase_classic/") : text.index("```\n", text.index("`-- "))]
    packages = re.findall(r"^\|-- (\w+)/", tree, flags=re.MULTILINE)
    modules = re.findall(r"(\w+)\.py", tree[tree.index("`-- ") :])
    modules += re.findall(r"^\|-- (\w+)\.py", tree, flags=re.MULTILINE)
    return packages, modules


def names_given(tree):
    """Every name that a syntax tree gives to something: with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store(), id=name) | ast.Attribute(ctx=ast.Store(), attr=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.alias(name=name, asname=alias):
                yield alias or name, node.lineno


def words_of(tree):
    """The public classes, aliases of types and constants that a module defines."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass  # it stands for another type in each function
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_the_drawn_rooms_are_the_packages_and_modules_there_are():
    packages, modules = drawn_rooms()
    assert sorted(packages) == sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
    assert set(modules) == {path.stem for path in PACKAGE.glob("*.py")} - UNLISTED


def test_the_places_of_new_parts_are_where_contributing_says():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    places = re.findall(r"`(\w+)` in `([\w/]+\.py)`", text)
    assert len(places) == 12
    for word, module in places:
        tree = ast.parse((PACKAGE / module).read_text("utf-8"))
        assert word in words_of(tree), (word, module)


def test_the_rooms_are_drawn_in_the_order_in_which_imports_are_checked():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    checked = [room for layer in layers for room in layer.split(" : ")]
    packages, modules = drawn_rooms()
    assert [room for room in checked if room in packages] == packages
    assert set(checked) == {*packages, *modules, "__main__", "_version"}


def test_no_file_is_longer_than_400_lines():
    long = {path.name: n for path in OWN_FILES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_function_is_longer_than_40_lines():
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                first = node.body[ast.get_docstring(node) is not None :] or node.body
                long[path.name, node.name] = node.end_lineno - first[0].lineno + 1
    assert {name: n for name, n in long.items() if n > 40} == {}


def test_tests_mirror_the_rooms():
    rooms = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_dir()}
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    mirrored = {folder.relative_to(ROOT / "tests").as_posix() for folder in folders}
    assert mirrored - {"."} <= rooms


def test_names_say_what_they_stand_for():
    empty = [
        (path.relative_to(ROOT).as_posix(), *where)
        for path in OWN_FILES
        for where in names_given(ast.parse(path.read_text("utf-8")))
        if EMPTY_NAME.fullmatch(where[0])
    ]
    assert not empty


def test_a_word_is_defined_once():
    words = Counter(word for path in FILES for word in words_of(ast.parse(path.read_text("utf-8"))))
    assert not [word for word, n in words.items() if n > 1 and word[0] != "_"]
