"""The commands in README.md and docs/ run and print what stands there."""

import re
import shlex

import numpy as np
import pytest
import writing
from conftest import ROOT, machine_sound, write_machine, write_wav

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def write_documented_recordings(folder):
    """A small machine in data/raw, and recordings of one's own in recordings/."""
    write_machine(folder / "data" / "raw" / "pump", seed=1)
    rng = np.random.default_rng(0)
    for index in range(12):
        write_wav(folder / "recordings" / "normal" / f"{index}.wav", machine_sound(rng))
    write_wav(folder / "recordings" / "today" / "0800.wav", machine_sound(rng))


PREPARATIONS = {
    "evaluation.md": writing.write_documented_example,
    "recordings.md": write_documented_recordings,
}
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def steps(page):
    """The commands of a page, each with the output that stands below it."""
    for block in CONSOLE.findall(page.read_text("utf-8")):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield shlex.split(command), output


def assert_alike(got, expected):
    """Same words; numbers may differ as far as another processor's rounding moves a rank."""
    got_words, expected_words = (NUMBER.sub("#", text).split() for text in (got, expected))
    assert got_words == expected_words, got
    numbers = ([float(n) for n in NUMBER.findall(text)] for text in (got, expected))
    for one, other in zip(*numbers, strict=True):
        assert abs(one - other) <= max(1.5, 0.05 * abs(other)), got


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_stands_there(page, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PREPARATIONS.get(page.name, lambda _: None)(tmp_path)
    for command, expected in steps(page):
        if command[:2] == ["sh", "scripts/demo"]:  # the same verb without making .venv
            command = ["dcase-classic", "demo", *command[2:]]  # noqa: PLW2901 - reads best so
        if command[0] != "dcase-classic":
            continue
        status, out, err = run(*command[1:])
        assert status == 0, err
        if expected.strip():
            assert_alike(out, expected)


def test_the_readme_opens_with_the_two_commands():
    commands = [command for command, _ in steps(ROOT / "README.md")]
    assert commands[:1] == [["sh", "scripts/demo"]]
    assert "sh scripts/test" in (ROOT / "README.md").read_text("utf-8")
