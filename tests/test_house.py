"""The house as CONTRIBUTING.md draws it is the house that stands."""

import re
import tomllib

from conftest import ROOT

PACKAGE = ROOT / "dcase_classic"
UNLISTED = {"__init__", "__main__", "_version"}  # they are no rooms
TO_BE_SPLIT = {"decoding.py", "forgeries.py"}


def drawn_rooms():
    """Packages from the roof down, and the modules of the ground floor, as they are drawn."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    tree = text[text.index("```\ndcase_classic/") : text.index("```\n", text.index("`-- "))]
    packages = re.findall(r"^\|-- (\w+)/", tree, flags=re.MULTILINE)
    modules = re.findall(r"(\w+)\.py", tree[tree.index("`-- ") :])
    return packages, modules


def test_the_drawn_rooms_are_the_packages_and_modules_there_are():
    packages, modules = drawn_rooms()
    assert sorted(packages) == sorted(
        path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent != PACKAGE
    )
    assert set(modules) == {path.stem for path in PACKAGE.glob("*.py")} - UNLISTED


def test_the_rooms_are_drawn_in_the_order_in_which_imports_are_checked():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    checked = [room for layer in layers for room in layer.split(" : ")]
    packages, modules = drawn_rooms()
    assert [room for room in checked if room in packages] == packages
    assert set(checked) == {*packages, *modules, "__main__", "_version"}


def test_no_file_is_longer_than_400_lines():
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    long = {path.name: n for path in files if (n := len(path.read_text().splitlines())) > 400}
    assert set(long) <= TO_BE_SPLIT


def test_tests_mirror_the_rooms():
    rooms = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_dir()}
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    mirrored = {folder.relative_to(ROOT / "tests").as_posix() for folder in folders}
    assert mirrored - {"."} <= rooms
