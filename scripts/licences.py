"""The licences of what is installed beside this package, as a table in Markdown.

``python scripts/licences.py`` prints what the package and its extras need here, with the versions
that are installed; nothing is looked up in a network.
"""

import re
from importlib import metadata

import click

NAME = "dcase_classic"
EXTRAS = (
    "av",
    "download",
    "submission",
    "sign",
    "plot",
    "dask",
    "live",
    "mqtt",
    "notify",
    "prometheus",
)


@click.command()
def main() -> None:
    """Print the table."""
    click.echo("| package | version | licence | needed by |\n|---|---|---|---|")
    for name, parents in sorted(needed(NAME).items(), key=lambda item: item[0].lower()):
        installed = metadata.distribution(name)
        users = ", ".join(sorted(parents))
        cells = (installed.metadata["Name"], installed.version, licence(installed), users)
        click.echo(f"| {' | '.join(cells)} |")


def needed(top: str) -> dict[str, set[str]]:
    """The installed packages below a package, each with those that ask for it."""
    parents: dict[str, set[str]] = {}
    waiting = [top]
    while waiting:
        asking = waiting.pop()
        for requirement in metadata.requires(asking) or ():
            name = canonical(re.split(r"[\s<>=!~;\[(]", requirement, maxsplit=1)[0])
            if not is_wanted(requirement, has_extras=asking == top) or not is_installed(name):
                continue
            if name not in parents:
                waiting.append(name)
            parents.setdefault(name, set()).add(asking)
    return parents


def is_wanted(requirement: str, *, has_extras: bool) -> bool:
    """Whether a requirement is no extra, or one of ours that users install."""
    extra = re.search(r"extra\s*==\s*[\"']([\w-]+)", requirement)
    return extra is None or (has_extras and extra[1] in EXTRAS)


def is_installed(name: str) -> bool:
    """Whether it is there."""
    return any(True for _ in metadata.distributions(name=name))


def canonical(name: str) -> str:
    """The name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(installed: metadata.Distribution) -> str:
    """What the package says of its licence, in a word or two."""
    said = installed.metadata.get("License-Expression")
    if said:
        return said
    classified = [
        line.rpartition(" :: ")[2]
        for line in installed.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    first = (installed.metadata.get("License") or "not said").strip().splitlines()[0]
    return ", ".join(classified) or first[:60]


if __name__ == "__main__":
    main()
