"""The model of a machine and section as a tree of plain data, and back after every check.

What the settings say already (kinds, options, pooling, the rule of the fusion, what rows hold) is
not in the tree but taken from them.

To give a record of a model another field, give the record the attribute, and its `Layout` here one
line, ``"attribute": field``: it is written, read and checked then. Fields are read in the order of
the lines; a line may rely on sizes that those above have fixed.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from dcase_classic.config import Config
from dcase_classic.config.view import ViewConfig
from dcase_classic.model.calibration import ClipGroups
from dcase_classic.model.domain_norm import DomainNorm
from dcase_classic.model.domain_scale import LARGEST_FACTOR, DomainScale
from dcase_classic.model.fold_model import FoldModel
from dcase_classic.model.fusion import Averaging, FusionModel, RobustScale
from dcase_classic.model.layout import Layout
from dcase_classic.model.length_scale import LengthRange, LengthScale
from dcase_classic.model.level_guard import LevelGuard, LevelRange
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.normal_sound import LEAST_REACH_DB, NormalSound
from dcase_classic.model.plain import (
    ANY,
    Array,
    Each,
    Field,
    Flag,
    Keyed,
    Many,
    Maybe,
    Numbers,
    Plain,
    Real,
    Sizes,
    Text,
    Whole,
    Word,
)
from dcase_classic.model.sessions import NO_SESSION
from dcase_classic.model.view import ViewFitter, ViewModel
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain
from dcase_classic.sound.portrait import n_level_bands
from dcase_classic.wording import counted

_MOST_GROUPS = 100
_SMALLEST_SPREAD = 1e-30
_MOST_DB = 1e3  # their powers have to stay in the range of floats


def give_model(model: MachineModel, config: Config) -> Plain:
    """The tree of a model that was fitted with these settings.

    Raises
    ------
    ArtifactError
        If the model does not fit the settings, or holds what cannot be read again.
    """
    layout = model_layout(MachineFitter.from_config(config))
    tree = layout.give(model)
    layout.take(tree, "model", Sizes())  # what is written can be read
    return tree


def take_model(tree: Plain, config: Config) -> MachineModel:
    """The model in a tree of unknown origin, after every field was checked.

    Raises
    ------
    ArtifactError
        If a field is missing, of another kind, shape or dtype, not finite, out of range, or does
        not agree with the settings or with others; the message names it.
    ConfigError
        If a part that the settings name cannot be built.
    """
    layout = model_layout(MachineFitter.from_config(config))
    model: MachineModel = layout.take(tree, "model", Sizes())
    return model


def model_layout(fitter: MachineFitter) -> Layout:
    """How a model of some settings is stored."""
    keys = {key: str(i) for i, key in enumerate(dict.fromkeys(view.key for view in fitter.views))}
    shapes = {key: (f"n_rows_{i}", f"n_columns_{i}") for key, i in keys.items()}
    views = [_view_layout(view, shapes[view.key], fitter.config) for view in fitter.views]
    return Layout(
        make=MachineModel,
        fields={
            "training_rows": Keyed(
                {key: Numbers(("<f4",), shape) for key, shape in shapes.items()}
            ),
            "views": Each(tuple(views)),
            "fusion": _fusion_layout(fitter),
            "threshold": Real(),
            "held_out_scores": Numbers(("<f8",), ("n_clips",)),
            "clips": _CLIPS,
            "alarms": Many(_ALARMS, least=1, most=len(Domain) + 1),
            "domain_scale": Maybe(_DOMAIN_SCALE),
            "held_out_factors": Maybe(Numbers(("<f8",), ("n_clips",), 1, LARGEST_FACTOR)),
            "levels": Maybe(_LEVELS),
            "lengths": Maybe(_LENGTHS),
            "length": Maybe(_length_layout(len(views))),
            "normal": Maybe(_NORMAL),
        },
        sizes=("n_clips", "n_folds", *(name for shape in shapes.values() for name in shape)),
        disagree=_model_problem,
    )


def _model_problem(values: Mapping[str, Any], sizes: Sizes) -> str | None:
    alarms: tuple[DomainAlarms, ...] = values["alarms"]
    if len({domain.domain for domain in alarms}) != len(alarms):
        return "got a domain twice among the alarms"
    if sum(domain.n_clips for domain in alarms) != sizes["n_clips"]:
        return f"got alarms of other clips than the {sizes['n_clips']} held-out scores"
    scale: DomainScale | None = values["domain_scale"]
    n_groups = max(len(norm.location) for view in values["views"] for _, norm in view.folds)
    if scale is not None and len(scale.factors) != n_groups:
        return f"got factors of {counted(len(scale.factors), 'domain')}, expected {n_groups}"
    n_alarms = int((values["held_out_scores"] > values["threshold"]).sum())
    if sum(domain.n_alarms for domain in alarms) != n_alarms:
        return "got other alarms than held-out scores above the threshold"
    return None


def _ascending(low: str, high: str, problem: str) -> Callable[..., str | None]:
    """The check that one field is not larger than another."""
    return lambda values, _: f"got {problem}" if values[low] > values[high] else None


_CLIPS = Layout(
    make=ClipGroups,
    fields={
        "domains": Numbers(("<i8",), ("n_clips",), 0, len(Domain)),
        "sessions": Numbers(("<i8",), ("n_clips",), NO_SESSION),
        "is_for_new": Flag(),
    },
)
_DOMAIN_SCALE = Layout(
    make=DomainScale, fields={"factors": Numbers(("<f8",), (ANY,), 1, LARGEST_FACTOR)}
)
_LENGTHS = Layout(
    make=LengthRange,
    fields={"shortest_s": Real(1e-6, 1e9), "longest_s": Real(1e-6, 1e9)},
    disagree=_ascending("shortest_s", "longest_s", "a shortest length above the longest"),
)
_LEVEL_DB = Real(-1000, 1000)
_LEVELS = Layout(
    make=LevelGuard,
    fields={
        "ranges": Many(
            Layout(
                make=LevelRange,
                fields={
                    "domain": Maybe(Word(Domain)),
                    "lowest_db": _LEVEL_DB,
                    "highest_db": _LEVEL_DB,
                    "n_clips": Whole(1),
                },
                disagree=_ascending("lowest_db", "highest_db", "a lowest level above the highest"),
            ),
            least=1,
            most=len(Domain) + 1,
        ),
        "margin_db": Real(0, 100),
    },
)


def _normal_problem(values: Mapping[str, Any], _sizes: Sizes) -> str | None:
    try:
        n_bands = n_level_bands(len(values["median"]))
    except ValueError as error:
        return str(error)
    if values["rows"].shape[1] != n_bands:
        return f"got levels of {counted(values['rows'].shape[1], 'band')}, expected {n_bands}"
    positions = values["clips"]  # how many clips there are says the manifest
    if len(positions) == 0 or (np.diff(positions) <= 0).any():
        return "got clips that are not at ascending positions"
    return None


def _levels(*shape: str, low: float = -_MOST_DB, dtypes: tuple[str, ...] = ("<f4",)) -> Numbers:
    """Levels, or differences of some, in dB."""
    return Numbers(dtypes, shape, low, _MOST_DB)


_NORMAL = Layout(
    make=NormalSound,
    fields={
        "median": _levels("n_portrait"),
        "low": _levels("n_portrait", low=LEAST_REACH_DB),
        "high": _levels("n_portrait", low=LEAST_REACH_DB),
        "least": _levels("n_portrait"),
        "most": _levels("n_portrait"),
        "clips": Numbers(("<i8",), ("n_kept",), 0),
        "rows": _levels("n_kept", ANY, dtypes=("<f2", "<f4")),
        "near_low": _levels("n_bands", low=LEAST_REACH_DB),
        "near_high": _levels("n_bands", low=LEAST_REACH_DB),
    },
    sizes=("n_portrait", "n_kept", "n_bands"),
    disagree=_normal_problem,
)
_ALARMS = Layout(
    make=DomainAlarms,
    fields={
        "domain": Maybe(Word(Domain)),
        "n_clips": Whole(1),
        "n_alarms": Whole(0),
        "n_sessions": Maybe(Whole(1)),
        "has_fitted_tail": Flag(),
    },
    disagree=_ascending("n_alarms", "n_clips", "more alarms than clips"),
)


def _view_layout(view: ViewFitter, shape: tuple[str, str], config: Config) -> Layout:
    """``shape`` holds the names of the sizes of the training rows that the view compares with."""
    fold = Layout(
        make=lambda model, norm: (model, norm),
        read=lambda pair, names: dict(zip(names, pair, strict=True)),
        fields={"model": _fold_layout(view, shape), "norm": _norm_layout(view.config)},
    )
    n_folds = config.calibration.n_folds
    return Layout(
        kind=view.config.name,
        make=lambda folds: ViewModel(key=view.key, pooling=view.pooling, folds=folds),
        fields={"folds": Many(fold, "n_folds", least=2, most=n_folds)},
        sizes=("n_groups",),
    )


def _fold_layout(view: ViewFitter, shape: tuple[str, str]) -> Layout:
    mode = view.config.domains

    def problem(values: Mapping[str, Any], sizes: Sizes) -> str | None:
        n_groups, n_detectors = len(values["members"]), len(values["detectors"])
        if mode == "pooled" and n_groups != 1:
            return f"got {counted(n_groups, 'group')}, expected 1 by the settings"
        expected = 1 if mode == "centred" else n_groups
        if n_detectors != expected:
            return f"got {counted(n_detectors, 'detector')}, expected {expected}"
        return _members_problem(values["members"], sizes["n_rows"]) or _densities_problem(values)

    scaling, detector = view.layouts()
    return Layout(
        make=FoldModel,
        fields={
            "scaling": scaling,
            "members": Many(Numbers(("<i4", "<i2"), (ANY,), low=0), "n_groups", 1, _MOST_GROUPS),
            "offsets": Numbers(("<f4",), ("n_groups", "n_components")),
            "detectors": Many(detector, None, 1, _MOST_GROUPS),
        },
        sizes=("n_components",),
        aliases={"n_rows": shape[0], "n_features": shape[1]},
        disagree=problem,
    )


def _members_problem(members: Iterable[Array], n_rows: int) -> str | None:
    """Positions ascend, within the training rows of the view, and no group is empty."""
    for positions in members:
        if len(positions) == 0 or positions[-1] >= n_rows or (np.diff(positions) <= 0).any():
            return f"got members that are not ascending positions among {n_rows} rows"
    return None


def _densities_problem(values: Mapping[str, Any]) -> str | None:
    """A density for every row that a detector compares new ones with."""
    counts = [len(positions) for positions in values["members"]]
    if len(values["detectors"]) < len(counts):
        counts = [sum(counts)]
    for detector, count in zip(values["detectors"], counts, strict=True):
        densities = getattr(detector, "densities_", None)
        if densities is not None and len(densities) != count:
            return f"got {counted(len(densities), 'density', 'densities')}, expected {count}"
    return None


def _norm_layout(view: ViewConfig) -> Layout:
    def problem(values: Mapping[str, Any], _sizes: Sizes) -> str | None:
        has_profiles = view.domains == "centred" and len(values["location"]) > 1
        if has_profiles == (values["profiles"] is not None):
            return None
        return "got profiles where the settings have none, or none where they have"

    return Layout(
        make=DomainNorm,
        fields={
            "location": Numbers(("<f8",), ("n_groups",)),
            "spread": Numbers(("<f8",), ("n_groups",), low=_SMALLEST_SPREAD),
            "profiles": Maybe(Numbers(("<f8",), ("n_groups", "n_groups"))),
        },
        disagree=problem,
    )


def _scale_layout(n_scores: str) -> Layout:
    return Layout(
        make=RobustScale,
        fields={
            "median": Numbers(("<f8",), (n_scores,)),
            "spread": Numbers(("<f8",), (n_scores,), low=_SMALLEST_SPREAD),
        },
    )


def _length_layout(n_views: int) -> Layout:
    def problem(_values: Mapping[str, Any], sizes: Sizes) -> str | None:
        n_scaled = sizes["n_scaled"]
        return (
            None if n_scaled == n_views else f"got {counted(n_scaled, 'view')}, expected {n_views}"
        )

    scale = _scale_layout("n_scaled")
    fields: dict[str, Field] = {"whole": scale, "part": scale}
    return Layout(make=LengthScale, fields=fields, sizes=("n_scaled",), disagree=problem)


def _averaging_layout(n_in: str, n_out: str) -> Layout:
    def problem(values: Mapping[str, Any], _sizes: Sizes) -> str | None:
        is_right = np.abs(values["shares"].sum(axis=0) - 1).max(initial=0) < 1e-6
        return None if is_right else "got shares of another sum, expected 1 in every column"

    fields: dict[str, Field] = {
        "scale": _scale_layout(n_in),
        "shares": Numbers(("<f8",), (n_in, n_out), 0, 1),
    }
    return Layout(make=Averaging, fields=fields, disagree=problem)


def _fusion_layout(fitter: MachineFitter) -> Layout:
    views, rule = fitter.config.views, fitter.fusion
    names = tuple(dict.fromkeys(view.group for view in views))
    families = dict.fromkeys(view.own_family for view in views)
    counts = (len(views), len(families), len(names))

    def problem(values: Mapping[str, Any], _sizes: Sizes) -> str | None:
        shares = (values["families"].shares, values["groups"].shares)
        if tuple(matrix.shape for matrix in shares) != tuple(pairwise(counts)):
            return f"got other numbers of views, families and groups than {counts} by the settings"
        peakiness = values["peakiness"]
        if (peakiness is not None) != rule.needs_peakiness:
            return "got a peakiness that the rule does not need, or none that it needs"
        if not np.allclose(values["weights"], rule.weights(names, peakiness), rtol=0, atol=1e-6):
            return "got weights that the rule does not give"
        return None

    return Layout(
        make=lambda **values: FusionModel(fusion=rule, **values),
        fields={
            "families": _averaging_layout("n_views", "n_families"),
            "groups": _averaging_layout("n_families", "n_fused"),
            "top": _scale_layout("n_fused"),
            "weights": Numbers(("<f8",), ("n_fused",), 0, 1),
            "names": Each(tuple(Text((name,)) for name in names)),
            "peakiness": Maybe(Real(-1e6, 1e6)),
        },
        sizes=("n_views", "n_families", "n_fused"),
        disagree=problem,
    )
