"""The settings of clips that were recorded unlike those of training: louder, softer, longer."""

from dataclasses import dataclass

from dcase_classic.config.setting import check_settings, setting

OUT_OF_RANGE = ("flag", "adjust", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelConfig:
    """What is done with a clip that is louder or softer than any training clip."""

    out_of_range: str = setting(
        "flag",
        "a clip outside of the levels of training is named in any case. Of a machine for which "
        "the level is no evidence it is scored at the nearest level of training; else `flag`: as "
        "recorded; `adjust`: at the nearest level of training. `refuse`: no score; "
        "`--out-of-range`",
        " or ".join(OUT_OF_RANGE),
        source="docs/recordings.md",
    )
    margin_db: float = setting(
        1.0,
        "how far outside of what training had a level still counts as inside",
        "at least 0, at most 100",
        unit="dB",
        source="docs/recordings.md",
    )

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_settings(
            self,
            out_of_range=self.out_of_range in OUT_OF_RANGE,
            margin_db=0 <= self.margin_db <= 100,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowConfig:
    """How a clip is taken that is longer than those of training: window by window."""

    from_factor: float = setting(
        1.5,
        "a clip of so many times the length of the training clips is taken in windows",
        "more than 1",
        unit="factor",
        source="docs/recordings.md",
    )
    hop_share: float = setting(
        0.25,
        "distance of the windows, as a share of their length, that of the training clips",
        "at least 0.01, at most 1",
        unit="share",
        source="docs/recordings.md",
    )
    are_learned: bool = setting(
        False,
        "whether training clips of so many times `training_s` are learned from in windows of that "
        "length, one after the other, and not as wholes; a single long one always is; "
        "`fit --window`",
        "true or false",
        source="docs/recordings.md",
    )

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_settings(
            self, from_factor=self.from_factor > 1, hop_share=0.01 <= self.hop_share <= 1
        )
