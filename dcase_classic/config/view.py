"""The settings of a view."""

import math
from dataclasses import MISSING, dataclass, replace
from typing import Self

from dcase_classic.config.setting import check_setting, check_settings, setting
from dcase_classic.config.sound import MOST_OVERLAP, SpectrumConfig
from dcase_classic.config.specs import Spec

LEVELS = ("ignore", "keep")
DOMAIN_MODES = ("separate", "centred", "pooled")
CONTRASTS = ("none", "sections")
_SHORTEST_HOP_S = 0.01
_METHOD = "docs/method.md; presets choose"
_SHARES = "more than 0 and at most 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewConfig:
    """One route from a clip to a calibrated score."""

    name: str = setting(MISSING, "what it is called", "a text, of each view another")
    features: tuple[Spec, ...] = setting(
        MISSING, "extractors whose columns stand side by side", "at least one extractor, at most 20"
    )
    detector: Spec = setting(MISSING, "the model of what is normal", "a detector")
    segment_s: float = setting(
        1.0,
        "length of the segments; `inf` makes the whole clip one segment",
        "more than 0",
        unit="s",
        source=_METHOD,
    )
    segment_hop_s: float = setting(
        1.0,
        "distance of the segments",
        f"{_SHORTEST_HOP_S} or more, and segment_s / {MOST_OVERLAP} or more",
        unit="s",
        source=_METHOD,
    )
    segment_share: float | None = setting(
        None,
        "`segment_s` as a share of the length of the training clips (`training_s`): a shorter "
        "clip has fewer segments and not shorter ones; `none` for seconds",
        _SHARES,
        unit="share",
        source=_METHOD,
    )
    segment_hop_share: float | None = setting(
        None, "`segment_hop_s` as such a share", _SHARES, unit="share", source=_METHOD
    )
    level: str = setting(
        "keep",
        "`ignore` takes the mean level of its clip (over frames and bands) off first, since a "
        "recorder's gain decides it as much as the machine; `keep` does not",
        " or ".join(LEVELS),
        source=_METHOD,
    )
    scaling: Spec = setting(
        Spec("standardise"),
        "what makes the columns comparable, fitted inside the fold",
        "a scaling",
        source=_METHOD,
    )
    domains: str = setting(
        "separate",
        "`separate`: the detector knows the rows of one domain at a time; `centred`: one "
        "detector of all rows minus the mean of their own domain; `pooled`: domains are "
        "ignored",
        " or ".join(DOMAIN_MODES),
        source=_METHOD,
    )
    contrast: str = setting(
        "none",
        "what else the scaling `discriminant` tells the rows from: `none`, or normal clips of "
        "other `sections` of the machine",
        " or ".join(CONTRASTS),
        source=_METHOD,
    )
    n_rows: int = setting(
        3_000,
        "the most training rows that the view learns from; of more, some are drawn, and small "
        "domains keep theirs; it bounds the time of neighbours and the size of models",
        "at least 100, at most 1000000",
        unit="rows",
        source="docs/method.md",
    )
    pooling: Spec = setting(
        Spec("mean"), "from segment scores to one clip score", "a pooling", source=_METHOD
    )
    family: str = setting(
        "",
        "the fusion averages the views of a family, then the families of a group; a view "
        "without is a family of its own",
        "a text",
        source=_METHOD,
    )
    group: str = setting(
        "all", "of families, which the fusion puts together", "a text", source=_METHOD
    )
    weight: float = setting(
        1.0, "of the view in the mean of its family", "more than 0", source=_METHOD
    )
    spectrum: SpectrumConfig | None = setting(
        None,
        "a spectrogram of the view's own, where that of all views is too slow or too coarse; "
        "`none` for that of all",
        "a table as [spectrum]",
        source=_METHOD,
    )

    @property
    def own_family(self) -> tuple[str, str]:
        """Its group and its family, which is its name where none is given."""
        return self.group, self.family or self.name

    def __post_init__(self) -> None:
        """Check the ranges."""
        n_features = len(self.features)
        expected = "at least one extractor, at most 20"
        check_setting(1 <= n_features <= 20, "features", n_features, expected)
        check_settings(
            self,
            weight=0 < self.weight < math.inf,
            segment_s=self.segment_s > 0,
            n_rows=100 <= self.n_rows <= 10**6,
            level=self.level in LEVELS,
            domains=self.domains in DOMAIN_MODES,
            contrast=self.contrast in CONTRASTS,
            segment_share=self.segment_share is None or 0 < self.segment_share <= 1,
            segment_hop_share=self.segment_hop_share is None or 0 < self.segment_hop_share <= 1,
        )
        length_s = 0 if self.segment_s == math.inf else self.segment_s
        least_s, hop_s = max(_SHORTEST_HOP_S, length_s / MOST_OVERLAP), self.segment_hop_s
        check_setting(hop_s >= least_s, "segment_hop_s", hop_s, f"{least_s} or more")
        has_both = (self.segment_share is None) == (self.segment_hop_share is None)
        expected = "one, if segment_hop_share is given"
        check_setting(has_both, "segment_share", self.segment_share, expected)

    def at_length(self, duration_s: float) -> Self:
        """The same view with its shares of a length as seconds."""
        if self.segment_share is None or self.segment_hop_share is None:
            return self
        length_s = self.segment_share * duration_s
        hop_s = self.segment_hop_share * duration_s
        return replace(
            self,
            segment_s=length_s,
            segment_hop_s=max(hop_s, _SHORTEST_HOP_S, length_s / MOST_OVERLAP),
            segment_share=None,
            segment_hop_share=None,
        )
