"""Which models are meant: by name, ``MACHINE`` or ``MACHINE/SECTION``, or by a recording."""

import os
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import ArtifactError, DataError, closest, listed
from dcase_classic.given_files import composed, given_name
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.model_entry import ModelEntry, is_own, title_of
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Clip, SectionKey
from dcase_classic.run import Run


def named_keys(keys: Iterable[SectionKey], name: str, models: Path) -> list[SectionKey]:
    """The models of ``MACHINE``, or of ``MACHINE/SECTION``; all of an empty name.

    Raises
    ------
    ArtifactError
        If there is none; it names the folder ``models``.
    """
    keys = list(keys)
    machine, _, section = composed(name).partition("/")
    chosen = [key for key in keys if machine in {"", key[0]} and section in {"", key[1]}]
    if not chosen:
        raise no_model(name, keys, models)
    return chosen


def single_key(
    keys: Iterable[SectionKey],
    name: str,
    models: Path,
    *,
    advice: str = "name one as MACHINE/SECTION",
) -> SectionKey:
    """The model of a name, or the only one there is.

    Raises
    ------
    ArtifactError
        If there is none, or there are several, with the advice.
    """
    chosen = named_keys(keys, name, models)
    if len(chosen) == 1:
        return chosen[0]
    known = ", ".join(f"{machine}/{section}" for machine, section in chosen)
    problem = f"got no machine, there are models of {known}"
    if name:
        problem = f"{name} has several models: {known}"
    raise ArtifactError(problem, path=models, advice=advice)


def only_entry(
    models: Path,
    machine_type: str | None = None,
    section: str | None = None,
    *,
    verify_key: str | PathLike[str] | None = None,
) -> ModelEntry:
    """The entry of the only model of a machine and a section; None stands for any.

    Raises
    ------
    ArtifactError
        If there is none, or there are several; if the manifest cannot be read, or is not signed.
    ConfigError
        If the key cannot be read.
    """
    entries = read_manifest(models, verify_key=Run(verify_key=verify_key).verify_key_file)
    machine_type = given_name(machine_type)
    keys = [key for key in entries if machine_type in {None, key[0]} and section in {None, key[1]}]
    if len(keys) == 1:
        return entries[keys[0]]
    titles = [title_of(entry.key, entry.held_out) for entry in entries.values()]
    known = ", ".join(titles) or "none"
    asked = " section ".join(str(name) for name in (machine_type, section) if name)
    problem = f"{'several models' if keys else 'no model'}{f' of {asked!r}' if asked else ''}"
    advice = "give machine_type, or section too"
    if not keys:
        advice = closest(machine_type, [key[0] for key in entries]) or advice
    raise ArtifactError(f"{problem}, there is {known}", path=models, advice=advice)


def no_model(name: str, keys: Iterable[SectionKey], models: Path) -> ArtifactError:
    """What is wrong with a name that no model has."""
    machines = sorted({machine for machine, _ in keys})
    if not machines:
        return ArtifactError("there is no model in it", path=models, advice="fit one first")
    advice = closest(name.partition("/")[0], machines) or "fit it first"
    problem = f"no model of {name!r}, there is {', '.join(machines)}"
    return ArtifactError(problem, path=models, advice=advice)


def choose_model(clip: Clip, keys: Sequence[SectionKey]) -> SectionKey | DataError:
    """The model of a clip, or why there is none."""
    if clip.is_sibling:
        return DataError(f"of the sibling {clip.section}, which has no model", path=clip.path)
    machines = {machine for machine, _ in keys}
    place = os.path.abspath(clip.path)  # noqa: PTH100 - a link keeps its own name
    above = Path(composed(place)).parent.parts  # systems write umlauts in two ways
    named = {composed(machine): machine for machine in sorted(machines)}
    folders = [named[folder] for folder in reversed(above) if folder in named]
    if clip.machine_type:
        machine = composed(clip.machine_type)
    elif len(machines) == 1:
        machine = keys[0][0]
    elif folders:
        machine = folders[0]
    else:
        problem = f"no folder of its path is one of the machines {_machines(keys)}"
        return DataError(problem, path=clip.path, advice="use --machine")
    if machine not in machines:
        problem = f"no model of {machine!r}, there is {_machines(keys)}"
        return DataError(problem, path=clip.path)
    sections = [section for key_machine, section in keys if key_machine == machine]
    name = parse_name(clip.path.stem)
    wanted = clip.section or (name.section if name else "")
    if wanted in sections:
        return machine, wanted
    if len(sections) == 1 and not clip.section:
        return machine, sections[0]
    return DataError(
        f"section {wanted or 'unknown'}, {machine} has models of {', '.join(sections)}",
        path=clip.path,
        advice="give a list with a column section",
    )


def foreign_section(clip: Clip, key: SectionKey, held_out: Iterable[DomainAlarms]) -> str:
    """What is said where a clip's name tells another section than its model's; else nothing."""
    name = parse_name(clip.path.stem)
    if name is None or clip.section or name.section == key[1] or is_own(key, held_out):
        return ""  # to a model of one's own recordings, names are names
    return f"named section {name.section}, scored by the model of section {key[1]}"


def _machines(keys: Sequence[SectionKey]) -> str:
    return listed(sorted({machine for machine, _ in keys}))
