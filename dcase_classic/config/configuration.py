"""The settings that change a result: frozen records read from TOML, with a fingerprint."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from os import PathLike
from typing import Self

from dcase_classic.config.calibration import CalibrationConfig, MisfitConfig
from dcase_classic.config.draft import Draft
from dcase_classic.config.recorder import LevelConfig, WindowConfig
from dcase_classic.config.setting import check_setting, check_settings, required_setting, setting
from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import Spec, to_plain
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError, closest
from dcase_classic.given_files import given_path, read_given_text
from dcase_classic.wording import is_number

DEFAULT_PRESET = "classic"
OWN_SETTINGS = "dcase-classic.toml"  # in the folder where a verb is called

DEFAULT_TAIL = "section_{section}_test"  # of the names of result files, as 2022 and later have it

SHORTEST_S = 0.001  # of a clip
_MAX_BYTES = 2**20  # of a settings file


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """Names of the result files: ``anomaly_score_<machine>_<tail>.csv``."""

    tail: str = setting(
        DEFAULT_TAIL,
        "end of the names",
        "letters, digits, _, - and {section}",
        source="the newer challenges; `score --year` for the others",
    )

    def __post_init__(self) -> None:
        """Check that the name holds the section and cannot leave the folder."""
        letters = self.tail.replace("{section}", "").replace("{domain}", "")
        is_plain = all(letter.isalnum() or letter in "_-" for letter in letters)
        check_settings(self, tail=is_plain and "{section}" in self.tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that changes a result."""

    views: tuple[ViewConfig, ...] = required_setting(
        "[[views]] tables, or `views.NAME`",
        "1 to 100, each of another name",
        absent='begin with preset = "classic" to change single settings',
    )
    training_s: float | None = setting(
        None,
        "median length of the training clips, and length of windows; `none` lets `fit` enter it; "
        "`fit --window`",
        f"{SHORTEST_S} or more",
        unit="s",
    )
    seed: int = setting(0, "of every random choice", "a whole number", source="any would do")
    audio: AudioConfig = setting(AudioConfig(), "[audio]", "a table of its own")
    spectrum: SpectrumConfig = setting(SpectrumConfig(), "[spectrum]", "a table of its own")
    calibration: CalibrationConfig = setting(
        CalibrationConfig(), "[calibration]", "a table of its own"
    )
    misfits: MisfitConfig = setting(MisfitConfig(), "[misfits]", "a table of its own")
    level: LevelConfig = setting(LevelConfig(), "[level]", "a table of its own")
    windows: WindowConfig = setting(WindowConfig(), "[windows]", "a table of its own")
    fusion: Spec = setting(
        Spec("mean"),
        "from the scores of groups of views to one",
        "a fusion",
        source="docs/method.md",
    )
    threshold: Spec = setting(
        Spec("limit"),
        "from held-out scores to the threshold",
        "a threshold",
        source="docs/method.md",
    )
    output: OutputConfig = setting(OutputConfig(), "[output]", "a table of its own")

    def __post_init__(self) -> None:
        """Check that the views can be told apart, and that their bands hold sound."""
        names = [view.name for view in self.views]
        n_views = len(names) or "none"
        expected = "at least one [[views]] table, at most 100"
        check_setting(0 < len(names) <= 100, "views", n_views, expected)
        is_unique = len(set(names)) == len(names)
        check_setting(is_unique, "views", names, "a different name for each view")
        length_s = self.training_s
        check_settings(self, training_s=length_s is None or SHORTEST_S <= length_s < math.inf)
        for spectrum in (self.spectrum, *(view.spectrum for view in self.views)):
            if spectrum is not None:
                spectrum.check_rate(self.audio.sample_rate_hz)

    @property
    def has_contrast(self) -> bool:
        """Whether a view learns from clips of other sections."""
        return any(view.contrast != "none" for view in self.views)

    def alone(self) -> "Config":
        """The settings where there is nothing to tell from: views that ask drop out."""
        views = tuple(view for view in self.views if view.contrast == "none")
        return replace(self, views=views or self.views)

    @property
    def timed_views(self) -> tuple[ViewConfig, ...]:
        """The views with the seconds that shares of ``training_s`` are.

        Raises
        ------
        ConfigError
            If a view has such shares and the length is not known.
        """
        length_s = self.training_s
        if length_s is None:
            shares = [view.name for view in self.views if view.segment_share is not None]
            if shares:
                raise ConfigError(f"view {shares[0]}: segment_share: training_s is not known")
            return self.views
        return tuple(view.at_length(length_s) for view in self.views)

    def at_length(self, duration_s: float) -> Self:
        """The settings for training clips of this length, to the millisecond.

        Raises
        ------
        ConfigError
            If it is no length that a recording can have.
        """
        if not is_number(duration_s) or not SHORTEST_S <= duration_s < math.inf:
            problem = f"got {duration_s!r}, expected {SHORTEST_S} or more"
            raise ConfigError(f"training_s: {problem}")
        return replace(self, training_s=round(duration_s, 3))

    def in_windows(self, length_s: float) -> Self:
        """The settings for windows of this length of training clips that are longer.

        Raises
        ------
        ConfigError
            As `at_length`.
        """
        windows = replace(self.windows, are_learned=True)
        return replace(self.at_length(length_s), windows=windows)

    @property
    def fingerprint(self) -> str:
        """A hash of all settings: equal fingerprints give equal results on equal data."""
        return hashlib.sha256(json.dumps(to_plain(self), sort_keys=True).encode()).hexdigest()


def preset_names() -> tuple[str, ...]:
    """The names of the presets that come with the package."""
    folder = resources.files("dcase_classic") / "presets"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_preset(name: str) -> Config:
    """The settings of a preset; ``default`` is another name of the recommended one.

    Raises
    ------
    ConfigError
        If there is no preset of that name.
    """
    return _preset_draft(name).parse(Config)


def load_config(path: str | PathLike[str]) -> Config:
    """The settings of a TOML file; a key that is left out keeps its default.

    A file that begins with ``preset = "NAME"`` changes that preset: the keys of tables and of the
    views of the same name one by one, and anything else as a whole.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or holds an unknown key or a wrong value; it tells
        all mistakes.
    """
    return draft_config(path=path).parse(Config)


def draft_config(
    preset: str | None = None, path: str | PathLike[str] | None = None, changes: Sequence[str] = ()
) -> Draft:
    """The settings of a preset, changed by a file, changed by single ``KEY=VALUE``.

    Parameters
    ----------
    preset : its name; None for what the file begins with, or the default without a file.
    path : a TOML file.
    changes : ``seed=1``, ``views.NAME.level=keep`` and the like.

    Raises
    ------
    ConfigError
        If there is no such preset, the file is not TOML, or a change names nothing.
    """
    if path is None:
        draft = _preset_draft(preset or DEFAULT_PRESET)
    else:
        text = read_given_text(
            given_path(path, error=ConfigError), error=ConfigError, max_bytes=_MAX_BYTES
        )
        draft = _draft(text, where=str(path), preset=preset)
    draft.complete(Config)
    for change in changes:
        draft.change(change)
    return draft


def parse_config(text: str, *, where: str) -> Config:
    """The settings in TOML ``text``; errors name ``where`` and the key.

    Raises
    ------
    ConfigError
        If the text is not TOML, or holds an unknown key or a wrong value.
    """
    return _draft(text, where=where).parse(Config)


def _draft(text: str, *, where: str, preset: str | None = None) -> Draft:
    """The settings of a text, above those of ``preset`` or else of the preset that it names."""
    own = Draft.from_text(text, where=where)
    named = own.table.pop("preset", None)  # which is no setting
    if preset is None and named is None:
        return own
    where = own.origin(("preset",))
    base = _preset_draft(named, where) if preset is None else _preset_draft(preset)
    base.complete(Config)
    base.merge(own)
    return base


def _preset_draft(name: object, where: str | None = None) -> Draft:
    name = DEFAULT_PRESET if name == "default" else name
    known = preset_names()
    if name not in known:
        problem = f"preset: got {name!r}, expected one of default, {', '.join(known)}"
        raise ConfigError(problem, path=where, advice=closest(name, known))
    text = (resources.files("dcase_classic") / "presets" / f"{name}.toml").read_text("utf-8")
    return Draft.from_text(text, where=f"preset {name}")
