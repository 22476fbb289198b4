"""Model folders: one joblib file per machine and section, and a manifest that says what they are.

A file is checked before anything in it is unpickled: the manifest's schema, then the versions of
the packages, then the SHA-256 of the file; and the loader admits only the types that a model is
made of, so that a forged file cannot run code.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError
from dcase_classic.io.files import replacing
from dcase_classic.io.manifest import (
    MANIFEST,
    ModelEntry,
    model_file_name,
    read_manifest,
)
from dcase_classic.io.restricted import dump, load
from dcase_classic.model.machine import MachineModel
from dcase_classic.records import SectionKey
from dcase_classic.sound.clip_format import ClipFormat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Artifact:
    """A fitted machine and section with the settings that made it.

    ``recordings`` is the format of most of its training clips, None where it is not known.
    """

    machine_type: str
    section: str
    config: Config
    model: MachineModel
    training_digest: str
    recordings: ClipFormat | None = None


def write_model(folder: Path, artifact: Artifact) -> ModelEntry:
    """Write the file of a model; its entry for the manifest.

    Apart from `manifest.add_entry`, so that several processes can write models and one the
    manifest.
    """
    model, path = artifact.model, folder / model_file_name(artifact.machine_type, artifact.section)
    with replacing(path) as temporary:
        dump(model, temporary)
    return ModelEntry(
        machine_type=artifact.machine_type,
        section=artifact.section,
        sha256=_sha256(path),
        config=artifact.config,
        training_digest=artifact.training_digest,
        recordings=artifact.recordings,
        threshold=model.threshold,
        peakiness=model.fusion.peakiness,
        group_weights=model.fusion.group_weights,
        held_out=model.alarms,
    )


def existing_models(folder: Path, *, is_forced: bool) -> dict[SectionKey, ModelEntry]:
    """The manifest's entries of a folder that may be new; a forced run removes a useless manifest.

    Raises
    ------
    ArtifactError
        If the manifest is damaged or of another version, and the run is not forced.
    """
    if not (folder / MANIFEST).exists():
        return {}
    try:
        return read_manifest(folder)
    except ArtifactError:
        if not is_forced:
            raise
        (folder / MANIFEST).unlink()
        return {}


def check_models(folder: Path, keys: Collection[SectionKey]) -> None:
    """Check the files of some models; nothing is unpickled.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version, or a model is not in it, or its
        file is missing or altered.
    """
    entries = read_manifest(folder) if keys else {}
    for key in keys:
        _checked_file(folder, entries, key)


def load_model(folder: Path, machine_type: str, section: str) -> Artifact:
    """A fitted machine and section, after every check.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version, or the model is not in it, or its
        file is missing, altered or not a model.
    """
    entries, key = read_manifest(folder), (machine_type, section)
    path = _checked_file(folder, entries, key)
    model = load(path)
    if not isinstance(model, MachineModel):
        raise ArtifactError(
            f"holds {type(model).__name__}, expected a model", path=path, advice="fit it again"
        )
    return Artifact(
        machine_type=machine_type,
        section=section,
        config=entries[key].config,
        model=model,
        training_digest=entries[key].training_digest,
        recordings=entries[key].recordings,
    )


def _checked_file(folder: Path, entries: dict[SectionKey, ModelEntry], key: SectionKey) -> Path:
    """The file of a model that has the content that the manifest says."""
    if key not in entries:
        known = ", ".join(f"{machine} section {section}" for machine, section in entries)
        raise ArtifactError(
            f"no model of {key[0]} section {key[1]}, there is {known or 'none'}",
            path=folder,
            advice="fit it first",
        )
    path = folder / entries[key].file_name
    if not path.is_file():
        raise ArtifactError(
            "the manifest names this file and it is missing", path=path, advice="fit it again"
        )
    if _sha256(path) != entries[key].sha256:
        raise ArtifactError(
            "its content is not what the manifest says (SHA-256)",
            path=path,
            advice="it was altered or damaged, fit it again",
        )
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
