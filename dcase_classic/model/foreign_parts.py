"""Parts of other packages: registered by their own code, or found by name among what is installed.

A package offers a part as an entry point of the group of its registry, ``dcase_classic.detectors``
and so on. Its code runs only when somebody has named the part: in settings of one's own, or, for a
model that may come from elsewhere, by admitting it.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from dcase_classic.config import Config
from dcase_classic.config.specs import is_option_type, option_types, to_plain
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.given_files import given_names
from dcase_classic.model.detector import Detector
from dcase_classic.model.parts import PARTS, part_choices
from dcase_classic.parallel.processes import expect_one_thread

if TYPE_CHECKING:  # slow, and only those need it who have parts of other packages
    from importlib import metadata

GROUP = "dcase_classic.{}"  # of entry points, with the name of the registry

_METHODS = {
    "extractors": ("names", "extract"),
    "scalings": ("fit", "transform"),
    "detectors": ("fit", "score_samples"),
    "poolings": ("pool",),
    "fusions": ("needs_peakiness", "weights", "fuse", "parts"),
    "thresholds": ("fit",),
}

Made = Callable[..., Any]  # what stands in a registry


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPart:
    """A part of another package: the registry and name, and what it was installed from.

    ``distribution`` and ``version`` are empty for code that no package has brought.
    """

    registry: str
    name: str
    distribution: str
    version: str

    @property
    def package(self) -> str:
        """What messages call what it is of."""
        return f"{self.distribution} {self.version}" if self.distribution else "no package"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPart:
    """A part that an installed package offers.

    ``is_taken`` says that a part of this package has the name already; ``is_admitted`` that models
    may load it.
    """

    part: ForeignPart
    is_taken: bool
    is_admitted: bool


KnownParts = tuple[tuple[ForeignPart, Made], ...]

_FOREIGN: dict[tuple[str, str], ForeignPart] = {}


def register(registry: str, name: str, part: Made) -> None:
    """Let settings choose a part of one's own.

    Parameters
    ----------
    registry : extractors, scalings, detectors, poolings, fusions or thresholds.
    name : that settings choose it by.
    part : its class, whose parameters are its options; defined once more it takes its own place.

    Raises
    ------
    ConfigError
        If there is no such registry, the name is taken, or the part cannot do what such parts do.
    """
    _check_part(registry, name, part)
    top = (getattr(part, "__module__", "") or "").partition(".")[0]
    distribution, version = _brought_by(top)
    _enter(
        ForeignPart(registry=registry, name=name, distribution=distribution, version=version), part
    )


def foreign_parts(config: Config) -> tuple[ForeignPart, ...]:
    """The parts of other packages that settings choose."""
    named = dict.fromkeys(_named(to_plain(config)))
    return tuple(_FOREIGN[key] for key in named if key in _FOREIGN)


def load_named_parts(table: Mapping[str, Any]) -> None:
    """Load the parts of installed packages that tables of settings of one's own name.

    Raises
    ------
    ConfigError
        If such a part cannot be loaded or cannot do what it should.
    """
    for registry, name in _named(table):
        point = None if name in PARTS[registry] else _entry_point(registry, name)
        if point is not None:
            _load(registry, name, point)


def admit_parts(config: Config, foreign: Collection[ForeignPart], allowed: Collection[str]) -> None:
    """Load the parts of other packages that a model needs, if they are installed and admitted.

    Parameters
    ----------
    config : the settings of the model.
    foreign : the parts that the model says it was fitted with.
    allowed : the names that are admitted.

    Raises
    ------
    ArtifactError
        If a part is not installed, not admitted, or another than the model was fitted with.
    """
    allowed = given_names(allowed)  # a part of a name admits nothing
    expected = {(part.registry, part.name): part for part in foreign}
    for key in dict.fromkeys((*_named(to_plain(config)), *expected)):
        registry, name = key
        if registry not in PARTS:
            raise ArtifactError(f"there are no {registry[:40]!r} of other packages")
        if name not in PARTS[registry]:
            _load_admitted(registry, name, expected.get(key), allowed)
        _check_same(expected.get(key), _FOREIGN.get(key))


def offered_parts(allowed: Collection[str]) -> Iterator[OfferedPart]:
    """The parts that installed packages offer; none of their code runs.

    Parameters
    ----------
    allowed : the names that are admitted.
    """
    from importlib import metadata

    for registry in PARTS:
        for point in metadata.entry_points(group=GROUP.format(registry)):
            yield OfferedPart(
                part=_part_of(registry, point),
                is_taken=point.name in PARTS[registry] and (registry, point.name) not in _FOREIGN,
                is_admitted=point.name in given_names(allowed),
            )


def registered_parts() -> KnownParts:
    """What this process knows, for a worker process (`know_parts`)."""
    known = (part for part in _FOREIGN.values() if part.name in PARTS[part.registry])
    return tuple((part, PARTS[part.registry][part.name]) for part in known)


def know_parts(parts: KnownParts) -> None:
    """Register what another process of this run knows."""
    for part, made in parts:
        if part.name not in PARTS[part.registry]:
            _enter(part, made)


def _enter(part: ForeignPart, made: Made) -> None:
    cast("dict[str, Made]", PARTS[part.registry])[part.name] = made
    _FOREIGN[part.registry, part.name] = part
    expect_one_thread(part.name)


def _named(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Registry and name of every part that is chosen."""
    for choice in part_choices(table):
        kind = choice.value.get("kind") if isinstance(choice.value, dict) else choice.value
        if isinstance(kind, str):
            yield choice.registry, kind


def _entry_point(registry: str, name: str) -> "metadata.EntryPoint | None":
    from importlib import metadata

    points = metadata.entry_points(group=GROUP.format(registry), name=name)
    return next(iter(points), None)


def _load(registry: str, name: str, point: "metadata.EntryPoint") -> None:
    """Load an installed part."""
    try:
        made = point.load()
    except Exception as error:
        problem = f"{registry} {name}: {point.value} cannot be loaded ({error})"
        raise ConfigError(problem, advice=f"mend {_title(point)}") from error
    _check_part(registry, name, made)
    _enter(_part_of(registry, point), made)


def _load_admitted(
    registry: str, name: str, expected: ForeignPart | None, allowed: Collection[str]
) -> None:
    brought = f" of {expected.distribution}" if expected and expected.distribution else ""
    what = f"needs the part {name!r} ({registry}){brought}"
    point = _entry_point(registry, name)
    if point is None:
        raise ArtifactError(f"{what}, which is not installed", advice="install what it was made by")
    if name not in allowed:
        problem = f"{what}; {_title(point)} has it, and it is not admitted"
        raise ArtifactError(problem, advice=f"use --allow-part {name} if you trust it")
    try:
        _load(registry, name, point)
    except ConfigError as error:
        raise ArtifactError(f"{error}") from error


def _check_same(expected: ForeignPart | None, there: ForeignPart | None) -> None:
    """A model and what is installed must speak of the same code."""
    if expected is None or there is None or expected == there:
        return
    problem = (
        f"was fitted with {expected.name} of {expected.package}, here it is of {there.package}"
    )
    raise ArtifactError(problem, advice="install that one, or fit again")


def _part_of(registry: str, point: "metadata.EntryPoint") -> ForeignPart:
    """What an entry point offers, and which distribution has it, if one does."""
    name, version = ("", "") if point.dist is None else (point.dist.name, point.dist.version)
    return ForeignPart(registry=registry, name=point.name, distribution=name, version=version)


def _title(point: "metadata.EntryPoint") -> str:
    return "a package" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def _brought_by(top: str) -> tuple[str, str]:
    """Name and version of the distribution that a module is of; empty where there is none."""
    from importlib import metadata

    names = metadata.packages_distributions().get(top, ())
    return next(((name, metadata.version(name)) for name in names), ("", ""))


def _is_again(registry: str, name: str, part: Made) -> bool:
    """Whether it is the part that has the name, or its code once more, as in a notebook."""
    places = [
        (getattr(made, "__module__", ""), getattr(made, "__qualname__", made))
        for made in (PARTS[registry][name], part)
    ]
    return (registry, name) in _FOREIGN and places[0] == places[1]


def _check_part(registry: str, name: str, part: Made) -> None:
    """Refuse a part that could not be used.

    Raises
    ------
    ConfigError
        If there is no such registry, the name is taken, or something is missing.
    """
    if registry not in PARTS:
        raise ConfigError(f"got {registry!r}, expected one of {', '.join(PARTS)}")
    if name in PARTS[registry] and not _is_again(registry, name, part):
        raise ConfigError(f"{registry}: there is a {name!r} already", advice="choose another name")
    abstract = getattr(part, "__abstractmethods__", ())
    is_there = (hasattr(part, method) and method not in abstract for method in _METHODS[registry])
    if not callable(part) or not all(is_there):
        expected = f"a class with {' and '.join(_METHODS[registry])}"
        raise ConfigError(f"{registry} {name}: got {part!r}, expected {expected}")
    _check_kind(registry, name, part)
    _check_options(f"{registry} {name}", part)


def _check_kind(registry: str, name: str, part: Any) -> None:
    """Refuse a detector that lacks what all inherit, and an extractor that is never found again.

    Raises
    ------
    ConfigError
        If it is such a one.
    """
    got = f"{registry} {name}: got {part!r}, expected"
    if registry == "detectors" and not (inspect.isclass(part) and issubclass(part, Detector)):
        problem = f"{got} a subclass of Detector"
        raise ConfigError(problem, advice="derive it from dcase_classic.model.detector.Detector")
    # rows of several views are kept by their extractors
    is_key = part.__eq__ is not object.__eq__ and part.__hash__ is not None
    if registry == "extractors" and not is_key:
        problem = f"{got} one that equals, and hashes as, another of the same options"
        raise ConfigError(problem, advice="make it a frozen dataclass")


def _check_options(title: str, part: Made) -> None:
    """Refuse a part whose options no settings can hold or leave out.

    Raises
    ------
    ConfigError
        If an option has no type, one that settings do not have, or no default.
    """
    try:
        types = option_types(part)
    except KeyError as error:
        problem = f"{title}: the option {error.args[0]!r} has no type"
        raise ConfigError(problem, advice="annotate it") from error
    except NameError as error:  # what is imported for type checkers only
        raise ConfigError(f"{title}: a type of its options cannot be read ({error})") from error
    for option, kind in types.items():
        if not is_option_type(kind):
            problem = f"{title}: the option {option!r} has the type {kind}, which settings do not"
            advice = "choose bool, int, float, str, a Literal, a tuple[X, ...] or a union of those"
            raise ConfigError(f"{problem} have", advice=advice)
    for parameter in inspect.signature(part).parameters.values():
        if parameter.default is parameter.empty:
            problem = f"{title}: the option {parameter.name!r} has no default"
            raise ConfigError(problem, advice="give it one")
