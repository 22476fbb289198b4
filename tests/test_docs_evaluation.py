"""The commands of docs/evaluation.md print what the page says that they print."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import writing

from dcase_classic.cli import main
from dcase_classic.years import SECTIONS, Part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evaluation.md"
MACHINES = tuple(SECTIONS[2023][Part.EVAL])


def write_example(folder):
    """What the page says that there is: results, other results, systems and an evaluator."""
    writing.write_ground_truth(folder / "evaluator", MACHINES, ("00",), 200)
    for home, strength, seed in (
        *(("results", 1.0, 1), ("other", 0.8, 1)),
        *(("systems/a", 1.0, 1), ("systems/b", 0.3, 2)),
    ):
        for number, machine_type in enumerate(MACHINES):
            noise = np.random.default_rng([seed, number]).normal(size=200)
            scores = (noise + strength * (np.arange(200) % 2)).round(3)
            names = writing.hidden_names("00", 200)
            writing.write_results(
                folder / home, names, scores, machine_type=machine_type, section="00"
            )
    writing.write_meta(folder / "complete.meta.yaml", 2023)


def output_of(command, capsys):
    with pytest.raises(SystemExit):
        main(shlex.split(command)[1:])
    return capsys.readouterr().out


def test_every_command_prints_what_the_page_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_example(tmp_path)
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
        shown = "".join(f"$ {command}\n{output_of(command, capsys)}" for command in commands)
        assert shown == block
