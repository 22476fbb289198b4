"""The parts that settings can choose: all registries, and what is wrong with a choice."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dcase_classic.config.specs import Mistake, Place, Spec, build, option_types, read_record
from dcase_classic.errors import ConfigError
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.fusion import FUSIONS
from dcase_classic.model.pooling import POOLINGS
from dcase_classic.model.scalings import SCALINGS
from dcase_classic.model.thresholds import THRESHOLDS
from dcase_classic.sound.engines import ENGINES
from dcase_classic.sound.features import EXTRACTORS

Registry = Mapping[str, Callable[..., Any]]

PARTS: Mapping[str, Registry] = {
    "extractors": EXTRACTORS,
    "scalings": SCALINGS,
    "detectors": DETECTORS,
    "poolings": POOLINGS,
    "fusions": FUSIONS,
    "thresholds": THRESHOLDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChoice:
    """Where a part is chosen, what stands there, and the registry with all that it knows."""

    place: Place
    value: Any
    registry: str
    known: Registry


def part_mistakes(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with the parts that tables of settings choose."""
    for choice in part_choices(table):
        spec, mistakes = read_record(Spec, choice.value)
        if mistakes:  # it is no choice at all, which is told with the other keys
            continue
        try:
            build(spec, choice.known, where="")
        except ConfigError as error:
            yield Mistake(
                place=choice.place,
                key=_wrong_option(spec, choice.known, error),
                problem=error.problem,
                advice=error.advice,
            )


def _wrong_option(spec: Spec, known: Registry, error: ConfigError) -> str | None:
    """The option that is unknown, or that the error begins with; None where it is the kind."""
    own = option_types(known[spec.kind]) if spec.kind in known else {}
    unknown = [key for key, _ in spec.options if own and key not in own]
    refused = [key for key, _ in spec.options if error.problem.startswith(f"{key}: ")]
    return next(iter((*unknown, *refused)), None)


def settle(table: dict[str, Any], inherited: Collection[Place]) -> list[str]:
    """Let an option choose the kind of part that has it, where nobody named one; what was chosen.

    Parameters
    ----------
    table : of settings; it is changed.
    inherited : places of parts whose kind stands in another source than their options.
    """
    notes = []
    for choice in list(part_choices(table)):
        place, value, registry = choice.place, choice.value, choice.known
        if place not in inherited or value.get("kind") not in registry:
            continue
        own = option_types(registry[value["kind"]])
        new = {key: item for key, item in value.items() if key != "kind" and key not in own}
        kinds = [kind for kind, part in registry.items() if new.keys() <= option_types(part).keys()]
        if new and len(kinds) == 1:
            _replace(table, place, {"kind": kinds[0], **new})
            what = f"{value['kind']}, which has no option {', '.join(new)}"
            notes.append(f"{place[-1]}: {kinds[0]} takes the place of {what}")
    return notes


def part_choices(table: Mapping[str, Any]) -> Iterator[PartChoice]:
    """Every part that tables of settings choose; whatever is no table is passed over."""
    views = table.get("views")
    shared = table.get("spectrum")
    for number, view in enumerate(views if isinstance(views, list) else ()):
        if not isinstance(view, dict):
            continue
        extractors = _extractors(view.get("spectrum") or shared)
        features = view.get("features")
        for position, value in enumerate(features if isinstance(features, list) else ()):
            yield PartChoice(
                place=("views", number, "features", position),
                value=value,
                registry="extractors",
                known=extractors,
            )
        for key in ("scaling", "detector", "pooling"):
            if key in view:
                yield _choice(("views", number, key), view[key])
    for key in ("fusion", "threshold"):
        if key in table:
            yield _choice((key,), table[key])


def _choice(place: Place, value: object) -> PartChoice:
    registry = f"{place[-1]}s"
    return PartChoice(place=place, value=value, registry=registry, known=PARTS[registry])


def _extractors(spectrum: Any) -> Registry:
    """Those of the engine that a table names."""
    engine = spectrum.get("engine") if isinstance(spectrum, dict) else None
    known = ENGINES.get(engine) if isinstance(engine, str) else None
    return (known or ENGINES["fast"]).extractors


def _replace(table: dict[str, Any], place: Place, value: Any) -> None:
    inner: Any = table
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
