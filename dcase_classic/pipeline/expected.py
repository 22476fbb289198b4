"""What a model expects of recordings, and what is done with those that are otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from dcase_classic.config import Config
from dcase_classic.config.recorder import LevelConfig
from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import ConfigError, DataError
from dcase_classic.io.artifacts import Artifact
from dcase_classic.model.length_scale import LengthRange
from dcase_classic.model.level_guard import LevelGuard, Treatment
from dcase_classic.records import Scores
from dcase_classic.sound.clip_format import ClipFormat, FormatCheck, check_format, odd_length

_EVIDENCE_SHARE = 0.5  # of the weight of all groups: from there on a level is evidence
_ROUNDING_S = 0.001  # files are cut to whole samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How long clips are cut, in seconds.

    Attributes
    ----------
    length_s, hop_s : length and distance of the windows.
    from_s : the length of the shortest clip that is cut.
    """

    length_s: float
    hop_s: float
    from_s: float

    @classmethod
    def for_learning(cls, config: Config) -> Self | None:
        """Those that a model learns from, which do not overlap; None where clips are."""
        length_s = config.training_s
        if length_s is None or not config.windows.are_learned:
            return None
        return cls(length_s=length_s, hop_s=length_s, from_s=config.windows.from_factor * length_s)

    @classmethod
    def for_scoring(cls, config: Config, lengths: LengthRange | None) -> Self | None:
        """Those of a clip that is longer than what a model has learned from."""
        length_s = config.training_s
        if length_s is None or lengths is None:
            return None
        return cls(
            length_s=length_s,
            hop_s=config.windows.hop_share * length_s,
            from_s=config.windows.from_factor * max(lengths.longest_s, length_s),
        )

    def are_of(self, duration_s: float) -> bool:
        """Whether a clip of this length is cut."""
        return duration_s + _ROUNDING_S >= self.from_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Format, length and level of the recordings of training; None where nothing is expected.

    Attributes
    ----------
    recordings : the format of most of them.
    lengths : the shortest and the longest of them.
    levels : how loud they were.
    level : the settings of clips outside of these.
    windows : what longer clips are cut into; None where clips of any length are taken as they are.
    level_weight : of all views that keep the level, from 0 to 1.
    """

    recordings: ClipFormat | None = None
    lengths: LengthRange | None = None
    levels: LevelGuard | None = None
    level: LevelConfig = field(default_factory=LevelConfig)
    windows: Windows | None = None
    level_weight: float = 1.0

    @classmethod
    def from_artifact(cls, artifact: Artifact, *, out_of_range: str | None = None) -> Self:
        """What a fitted model expects; ``out_of_range`` replaces that of its settings.

        Raises
        ------
        ConfigError
            If it is nothing that could be done.
        """
        config, model = artifact.config, artifact.model
        level = config.level
        try:
            if out_of_range is not None:
                level = replace(level, out_of_range=out_of_range)
        except ValueError as error:
            raise ConfigError(f"{error}") from error
        keeping = {view.group for view in config.views if view.level == "keep"}
        weights = model.fusion.group_weights
        return cls(
            recordings=artifact.recordings,
            lengths=model.lengths,
            levels=model.levels,
            level=level,
            windows=Windows.for_scoring(config, model.lengths),
            level_weight=sum(weights.get(group, 0) for group in keeping),
        )

    @property
    def treatment(self) -> Treatment:
        """What is done with a clip outside of the levels.

        Where little depends on the level, what does must not say more of another gain than it says
        of the gain of training.
        """
        if not self.level_weight:
            return Treatment.LEVEL_IGNORED
        if self.level_weight < _EVIDENCE_SHARE or self.level.out_of_range == "adjust":
            return Treatment.ADJUSTED
        return Treatment.AS_RECORDED

    def is_long(self, duration_s: float) -> bool:
        """Whether a clip of this length is taken in windows."""
        return self.windows is not None and self.windows.are_of(duration_s)

    def check_length(self, duration_s: float) -> None:
        """Check that a clip is scored as those of training are: neither in windows nor cut short.

        Raises
        ------
        DataError
            If it is too long or too short for that.
        """
        if self.lengths is None:
            return
        check = self.lengths.check(duration_s)
        if self.is_long(duration_s) or check.flags or check.refusal is not None:
            problem = f"{duration_s:.2f} s long instead of {self.lengths.shortest_s:.2f} s"
            advice = "a threshold holds for recordings as long as in training"
            raise DataError(problem, advice=advice)

    def gain_db(self, level_db: float) -> float:
        """What brings a clip of this level to the nearest one of training, if that is wanted."""
        if self.levels is None or self.treatment is not Treatment.ADJUSTED:
            return 0.0
        return -self.levels.excess_db(level_db)

    def length_shares(self, durations_s: Sequence[float]) -> Scores:
        """The lengths of clips over that of training, (n_clips,); longer clips count as whole."""
        whole_s = 0.0 if self.lengths is None else self.lengths.shortest_s
        lengths_s = np.maximum(np.array(durations_s, float), 1e-9)
        return np.asarray(lengths_s / np.maximum(lengths_s, whole_s))

    def check(self, clip: ClipFormat, level_db: float | None, audio: AudioConfig) -> FormatCheck:
        """What is odd about a recording of this format and level, and whether it is refused."""
        checks = []
        if self.recordings is not None:
            checks.append(check_format(clip, self.recordings, audio))
            if self.lengths is None:
                flags = odd_length(clip, self.recordings)
                checks.append(FormatCheck(refusal=None, flags=flags))
        if self.lengths is not None:
            checks.append(self.lengths.check(clip.duration_s))
        if level_db is not None and self.levels is not None:
            checks.append(self.levels.check(level_db, self.level, self.treatment))
        refusals = [check.refusal for check in checks if check.refusal is not None]
        return FormatCheck(
            refusal=refusals[0] if refusals else None,
            flags=tuple(flag for check in checks for flag in check.flags),
        )
