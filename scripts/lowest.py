"""Constraints for pip from setup.cfg: ``python scripts/lowest.py lowest`` or ``newest``.

The lowest versions are those that setup.cfg admits; the newest need no constraint. Only the
standard library is used: nothing is installed yet.
"""

import configparser
import sys
from pathlib import Path

SETUP = Path(__file__).resolve().parents[1] / "setup.cfg"


def lowest_versions(text: str) -> list[str]:
    """``name==version`` for every requirement with a lowest version, by name.

    Raises
    ------
    ValueError
        If a requirement has two.
    """
    parser = configparser.ConfigParser()
    parser.read_string(text)
    listed = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    floors: dict[str, str] = {}
    for requirement in "\n".join(listed).split():
        name, _, version = requirement.partition(">=")
        if version and floors.setdefault(name, version) != version:
            raise ValueError(f"setup.cfg: {name}: lowest version {floors[name]} and {version}")
    return [f"{name}=={version}" for name, version in sorted(floors.items())]


if __name__ == "__main__":
    if sys.argv[1:] == ["lowest"]:
        print(*lowest_versions(SETUP.read_text("utf-8")), sep="\n")  # noqa: T201 - it is what the script is for
    elif sys.argv[1:] != ["newest"]:
        sys.exit("expected lowest or newest")
