"""What all tests share: where the real recordings are, and a visible skip where they are not."""

import os
from pathlib import Path

import pytest

from dcase_classic.cli import main

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("DCASE_CLASSIC_SHARED", ROOT.parent / "shared"))


def pytest_collection_modifyitems(items):
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason="needs real recordings or official results in ../shared")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared():
    return SHARED


@pytest.fixture
def run(capsys):
    """Run the command line in this process: exit status, standard output, standard error."""

    def run_command(*arguments):
        with pytest.raises(SystemExit) as raised:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return raised.value.code or 0, out, err

    return run_command
