"""Variants of the default preset, one choice changed at a time, for ``accuracy.py --variants``."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dcase_classic.config import Config, load_preset
from dcase_classic.config.specs import Spec


def variants() -> Mapping[str, Config]:
    """Settings by what is different in them."""
    classic = load_preset("classic")
    families = dict.fromkeys(view.family for view in classic.views if view.group == "steady")
    return {
        **{f"without {name}": _without(classic, name) for name in families},
        "steady views only": _group(classic, "steady"),
        "impulsive views only": _group(classic, "impulsive"),
        "no gate, mean of groups": replace(classic, fusion=Spec("mean")),
        "no gate, max of groups": replace(classic, fusion=Spec("max")),
        "neighbour per domain": _neighbours(
            classic, "steady", detector=Spec("knn"), domains="separate"
        ),
        "density as ratio": _neighbours(classic, detector=Spec("ldn", (("mode", "ratio"),))),
        "spreads not shrunk": replace(
            classic,
            views=tuple(
                replace(view, scaling=Spec("standardise"))
                if view.scaling.kind == "standardise"
                else view
                for view in classic.views
            ),
        ),
    }


def _without(config: Config, family: str) -> Config:
    return replace(config, views=tuple(view for view in config.views if view.family != family))


def _group(config: Config, group: str) -> Config:
    views = tuple(view for view in config.views if view.group == group)
    return replace(config, views=views, fusion=Spec("mean"))


def _neighbours(config: Config, group: str = "", **settings: Any) -> Config:
    """Change the views with density neighbours, of one group or of all."""
    views = [
        replace(view, **settings)
        if view.detector.kind == "ldn" and group in ("", view.group)
        else view
        for view in config.views
    ]
    return replace(config, views=tuple(views))
