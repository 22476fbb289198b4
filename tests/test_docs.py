"""The commands in README.md and docs/ run and print what stands there."""

import os
import re
import shlex
import shutil
import sys
from decimal import Decimal

import numpy as np
import pytest
import writing
from conftest import ROOT, machine_sound, write_machine, write_wav

pytestmark = [pytest.mark.usefixtures("closed_soon"), pytest.mark.uncounted]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def write_documented_recordings(folder):
    """A small machine in data/raw, and recordings of one's own in recordings/."""
    write_machine(folder / "data" / "raw" / "pump", seed=1)
    rng = np.random.default_rng(0)
    for index in range(12):
        write_wav(folder / "recordings" / "normal" / f"{index}.wav", machine_sound(rng))
    write_wav(folder / "recordings" / "today" / "0800.wav", machine_sound(rng))


def write_documented_life(folder):
    """Three days of a pump, its today, a fourth day, and the first recordings after a service."""
    rng = np.random.default_rng(0)
    for day in ("2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"):
        home = folder / ("pump7" if day < "2026-11-05" else "pump7-more") / day
        for number in range(36):
            write_wav(home / f"{number // 2 + 5:02d}{number % 2 * 30:02d}.wav", machine_sound(rng))
    for hour in range(3):
        sound = machine_sound(rng, is_anomaly=hour == 2)
        write_wav(folder / "pump7-today" / f"{hour + 8:02d}00.wav", sound)
    for hour in range(17):
        sound = 0.7 * machine_sound(rng)
        sound += 0.01 * rng.normal(size=len(sound))
        home = folder / ("pump7-serviced" if hour < 12 else "pump7-later")
        write_wav(home / f"{hour + 6:02d}00.wav", sound)


def write_documented_watch(folder):
    """Normal recordings of a pump, and those of a day on which a fault came for a while."""
    rng = np.random.default_rng(0)
    for number in range(60):
        write_wav(folder / "pump" / "normal" / f"{number:02d}.wav", machine_sound(rng))
    for number in range(24):
        sound = machine_sound(rng, is_anomaly=6 <= number < 9)
        name = f"{8 + number // 2:02d}{number % 2 * 30:02d}.wav"
        path = write_wav(folder / "pump" / "yesterday" / name, sound)
        closed_s = 1_793_692_800 + 1800 * number  # 2026-11-03T08:00:00Z and every half hour
        os.utime(path, (closed_s, closed_s))
    alarms = (ROOT / "docs" / "alarms-clips.toml").read_text("utf-8")
    (folder / "alarms.toml").write_text(alarms, "utf-8")


def write_reported_recordings(folder):
    """As `write_documented_recordings`, and a recording with a whistle."""
    write_documented_recordings(folder)
    rng = np.random.default_rng(1)
    write_wav(folder / "recordings" / "today" / "0900.wav", machine_sound(rng, is_anomaly=True))


def write_opener(folder):
    """A program that notes what a desktop is asked to open."""
    opener = folder / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" > {folder / "opened"}\n')
    opener.chmod(0o755)
    return opener


PREPARATIONS = {
    "watch.md": write_documented_watch,
    "report.md": write_reported_recordings,
    "maintenance.md": write_documented_life,
    "evaluation.md": writing.write_documented_example,
    "recordings.md": write_documented_recordings,
}
SHOWN = ["--open"] if sys.platform == "linux" else []  # folders are opened in other ways elsewhere
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def steps(page):
    """The commands of a page, each with the output that stands below it."""
    for block in CONSOLE.findall(page.read_text("utf-8")):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield shlex.split(command), output


def assert_alike(printed, documented):
    """Same words; numbers as far apart as another processor's rounding moves what is printed.

    That is three units of the last digit of a fraction, and 1 of a whole number.
    """
    words, expected_words = (NUMBER.sub("#", text).split() for text in (printed, documented))
    assert words == expected_words, printed
    for number, expected in zip(*map(NUMBER.findall, (printed, documented)), strict=True):
        n_decimals = len(expected.partition(".")[2])
        most = Decimal(3).scaleb(-n_decimals) if n_decimals else 1
        assert abs(Decimal(number) - Decimal(expected)) <= most, f"{number}, not {expected}"


FIT = "DemoFan 00  5/60 (3-18%)  1.140  -0.1  steady 0.91, impulsive 0.09"


@pytest.mark.parametrize(
    "printed",
    [
        FIT.replace("0.91", "0.09", 1).replace("impulsive 0.09", "impulsive 0.91"),
        FIT.replace("1.140", "0.000"),
        FIT.replace("1.140", "1.144"),
        FIT.replace("-0.1", "0.3"),
        FIT.replace("5/60", "7/60"),
        FIT.replace("5/60", "60/5"),
        FIT.replace("steady", "impulsive"),
        FIT + " 1",
    ],
)
def test_a_page_that_says_something_else_is_noticed(printed):
    with pytest.raises(AssertionError):
        assert_alike(printed, FIT)


def test_the_rounding_of_another_processor_is_no_difference():
    assert_alike(FIT.replace("1.140", "1.142").replace("18%", "17%").replace("0.09", "0.10"), FIT)


def follow(page, run):
    """Run the commands of a page: they print what stands below them."""
    for command, expected in steps(page):
        if command[:2] == ["sh", "scripts/demo"]:  # the same verb without making .venv
            command = ["dcase-classic", "demo", *command[2:], *SHOWN]  # noqa: PLW2901 - reads best so
        if command[0] != "dcase-classic":
            continue
        status, out, err = run(*command[1:])
        assert status == 0, err
        if expected.strip():
            assert_alike(out, expected)


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_stands_there(page, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PREPARATIONS.get(page.name, lambda _: None)(tmp_path)
    follow(page, run)


def test_the_commands_of_the_readme_do_too_and_the_demo_shows_its_folder(
    run, tmp_path, monkeypatch, demo_data
):
    monkeypatch.chdir(tmp_path)
    demo = tmp_path / "dcase-classic-demo"
    shutil.copytree(demo_data.folder, demo / "data", copy_function=os.link)
    opener = write_opener(tmp_path)
    monkeypatch.setenv("PATH", str(opener.parent), prepend=os.pathsep)
    follow(PAGES[0], run)
    assert {path.name for path in demo.iterdir()} == {"data", "models", "results"}
    if SHOWN:
        assert (tmp_path / "opened").read_text() == f"{demo.name}\n"


def test_every_file_of_this_project_that_a_page_names_is_there():
    named = re.compile(
        r"\b(?:benchmarks|dcase_classic|deploy|docs|examples|scripts|tests)/[\w./-]*\.\w+"
    )
    pages = [*PAGES, ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"]
    texts = [path.read_text("utf-8") for path in pages]
    names = {name for text in texts for name in named.findall(text)}
    assert len(names) > 20
    assert [name for name in sorted(names) if not (ROOT / name).is_file()] == []


def test_the_readme_opens_with_the_two_commands():
    commands = [command for command, _ in steps(ROOT / "README.md")]
    assert commands[:1] == [["sh", "scripts/demo"]]
    assert "sh scripts/test" in (ROOT / "README.md").read_text("utf-8")
