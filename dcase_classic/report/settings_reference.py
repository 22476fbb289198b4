"""What every setting means, as Markdown made of the records and parts themselves."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from dcase_classic.config import Config, OutputConfig
from dcase_classic.config.calibration import CalibrationConfig, MisfitConfig
from dcase_classic.config.recorder import LevelConfig, WindowConfig
from dcase_classic.config.setting import abouts
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import option_types
from dcase_classic.config.view import ViewConfig
from dcase_classic.model.parts import PARTS
from dcase_classic.report.settings_toml import literal

_RECORDS: Mapping[str, Any] = {
    "At the top": Config,
    "[audio]": AudioConfig,
    "[spectrum]": SpectrumConfig,
    "[[views]]": ViewConfig,
    "[calibration]": CalibrationConfig,
    "[misfits]": MisfitConfig,
    "[level]": LevelConfig,
    "[windows]": WindowConfig,
    "[output]": OutputConfig,
}
_START = """# Settings

Made by `dcase-classic config docs`; a test compares it with the settings there are. A file of
settings is TOML and may begin with `preset = "classic"`: then only what changes stands in it, and a
`[[views]]` table changes the view of its name. `--preset` beside a file takes the place of the
file's `preset`. One setting is changed by `--set KEY=VALUE`, as in
`--set seed=1 --set views.mfcc_1s_density.level=keep`; `none` stands for no value. An option that
only another kind of part has chooses it: `--set threshold.percentile=99`.

    preset = "classic"
    threshold = { kind = "percentile", percentile = 99 }

    [[views]]
    name = "mfcc_1s_density"
    level = "keep"

`dcase-classic config show` prints the settings that result, and `dcase-classic config check FILE`
tells all mistakes, each with its line and what would be right.

"""
_PARTS = """## Parts

A part is chosen by its name, `detector = "knn"`, or with options, `detector = { kind = "knn",
n_neighbors = 2 }`; from the command line `--set views.NAME.detector=knn` and
`--set views.NAME.detector.n_neighbors=2`, of extractors `--set views.NAME.features.mfcc.n_mfcc=13`.

"""


def settings_reference() -> str:
    """The page ``docs/settings.md``."""
    records = (_record(title, kind) for title, kind in _RECORDS.items())
    parts = (_registry(name, registry) for name, registry in PARTS.items())
    return _START + "\n".join(records) + "\n" + _PARTS + "\n".join(parts)


def _record(title: str, kind: Any) -> str:
    known = abouts(kind)
    head = ("setting", "meaning", "unit", "default", "range", "source of the default")
    rows = (
        (f"`{item.name}`", it.meaning, it.unit, _default(item), it.allowed, it.source)
        for item in fields(kind)
        for it in (known[item.name],)
    )
    return f"## {title}\n\n{_first_line(kind)}\n\n{_table(head, rows)}"


def _default(item: Field[Any]) -> str:
    if type(item.default) in _RECORDS.values():
        return "as below"
    return "required" if item.default is MISSING else _code(item.default)


def _code(value: object) -> str:
    return "`none`" if value is None else f"`{literal(value)}`"


def _registry(name: str, registry: Mapping[str, Callable[..., Any]]) -> str:
    head = (name[:-1], "what it does", "option", "default", "meaning and range")
    return f"### {name.capitalize()}\n\n{_table(head, _part_rows(registry))}"


def _part_rows(registry: Mapping[str, Callable[..., Any]]) -> Iterator[tuple[str, ...]]:
    for kind, part in registry.items():
        start = (f"`{kind}`", _first_line(part))
        meanings, parameters = option_meanings(part), inspect.signature(part).parameters
        if not option_types(part):
            yield (*start, "", "", "")
        for option in option_types(part):
            default = _code(parameters[option].default)
            yield (*start, f"`{option}`", default, meanings[option].removesuffix("."))
            start = ("", "")


def option_meanings(part: object) -> dict[str, str]:
    """What the docstring of a part says of its options."""
    text = inspect.getdoc(part) or ""
    _, _, section = text.partition("Parameters\n----------\n")
    section = re.split(r"\n\n|\n\w+\n-+\n", section)[0]
    entries = re.findall(r"^(\w[\w, ]*) : (.*(?:\n    .*)*)", section, flags=re.MULTILINE)
    return {
        name: " ".join(meaning.split()) for names, meaning in entries for name in names.split(", ")
    }


def _first_line(part: object) -> str:
    """The first sentence of a docstring, as Markdown."""
    return (inspect.getdoc(part) or "").partition("\n\n")[0].replace("\n", " ")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
