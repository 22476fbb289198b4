"""Model folders: one joblib file per machine and section, and a manifest that says what they are.

Files hold plain data (`plain_bytes`), and nothing is ever unpickled here. A file is checked before
it is read: the manifest's schema and fields, then size and SHA-256 of the file, then its bytes by a
parser that knows nothing else, then every field of the model.
"""

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError, ConfigError, one_line
from dcase_classic.io.dates import utc_now
from dcase_classic.io.files import read_bounded, replacing
from dcase_classic.io.locks import locked
from dcase_classic.io.manifest import MANIFEST, SCHEMA, read_manifest, while_unchanged
from dcase_classic.io.model_entry import (
    FITTED,
    RECALIBRATED,
    ModelEntry,
    clips_file_name,
    model_file_name,
    title_of,
    versions_now,
)
from dcase_classic.io.old_manifests import upgraded_tree
from dcase_classic.io.plain_bytes import dump_plain
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.io.training_files import UNKNOWN_FILES, TrainingFiles
from dcase_classic.model.foreign_parts import admit_parts, foreign_parts
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.model_tree import give_model, take_model
from dcase_classic.outcomes.training import Misfit
from dcase_classic.records import SectionKey, shared_fields
from dcase_classic.sound.clip_format import ClipFormat

if TYPE_CHECKING:
    from dcase_classic.io.learned_clips import LearnedClips

_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Artifact:
    """A fitted machine and section with the settings that made it.

    ``training`` says where its training clips lay, in the order of the model; ``recordings`` is the
    format of most of them, None where it is not known;
    ``session_source`` says what tells their sessions; ``siblings`` are the sections and machines
    that it was told from; ``misfits`` are its least typical training clips; ``learned`` are all of
    them, None where they are not at hand; ``action`` is what was done last.
    """

    machine_type: str
    section: str
    config: Config
    model: MachineModel
    training_digest: str
    training: TrainingFiles = UNKNOWN_FILES
    recordings: ClipFormat | None = None
    session_source: str = ""
    siblings: tuple[str, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    learned: "LearnedClips | None" = None
    action: str = FITTED

    @property
    def key(self) -> SectionKey:
        """Machine type and section."""
        return self.machine_type, self.section

    @property
    def view_config(self) -> Config:
        """The settings of the views that the model has."""
        return settings_of_views(self.config, self.siblings)


def write_model(folder: Path, artifact: Artifact) -> ModelEntry:
    """Write the files of a model; its entry for the manifest.

    Apart from `manifest.add_entry`, so that several processes can write models and one the
    manifest. No file that the manifest names is touched: until it names others, the model that
    was can be read.

    Raises
    ------
    ArtifactError
        If the model is too large to be read again, or does not fit its settings; if the manifest
        cannot be read.
    """
    with locked(folder):
        entries = read_manifest(folder) if (folder / MANIFEST).exists() else {}
        before = entries.get(artifact.key)
        return _write(folder, artifact, 0 if before is None else before.free_revision())


def write_change(folder: Path, artifact: Artifact, before: ModelEntry) -> ModelEntry:
    """Write the files of a changed model, whose former ones stay for who wants it back; its entry.

    Raises
    ------
    ArtifactError
        If the model is too large to be read again, or does not fit its settings.
    """
    return _write(folder, artifact, before.revision + 1, before)


def _write(
    folder: Path, artifact: Artifact, revision: int, before: ModelEntry | None = None
) -> ModelEntry:
    path = folder / model_file_name(artifact.machine_type, artifact.section, revision=revision)
    tree = give_model(artifact.model, artifact.view_config)
    with replacing(path) as temporary:
        dump_plain(tree, temporary)
        content = read_bounded(temporary, _LIMITS.n_bytes)
        parse_plain(content, _LIMITS, where=path)  # what is written can be read
    model = artifact.model
    n_clips, clips_sha256 = _write_clips(folder, artifact, before, revision)
    return ModelEntry(
        **shared_fields(artifact, ModelEntry),
        sha256=hashlib.sha256(content).hexdigest(),
        n_bytes=len(content),
        threshold=model.threshold,
        peakiness=model.fusion.peakiness,
        group_weights=model.fusion.group_weights,
        held_out=model.alarms,
        is_for_new_sessions=model.clips.is_for_new,
        schema=SCHEMA,
        versions=versions_now(),
        revision=revision,
        date=utc_now(),
        history=() if before is None else (*before.history, before.step()),
        n_clips=n_clips,
        clips_sha256=clips_sha256,
        foreign=foreign_parts(artifact.config),
    )


def _write_clips(
    folder: Path, artifact: Artifact, before: ModelEntry | None, revision: int
) -> tuple[int, str]:
    """Write what names the clips of a model; how many there are and the hash of the file."""
    if artifact.learned is not None:
        from dcase_classic.io.learned_clips import write_learned_clips  # to load it is not needed

        name = clips_file_name(artifact.machine_type, artifact.section, revision=revision)
        return len(artifact.learned.clips), write_learned_clips(folder / name, artifact.learned)
    if before is not None:
        return before.n_clips, before.clips_sha256
    return artifact.training.n_recordings or len(artifact.model.held_out_scores), ""


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
    with locked(folder):
        try:
            return read_manifest(folder)  # another run may have made a new one
        except ArtifactError:
            (folder / MANIFEST).unlink(missing_ok=True)
            return {}


def checked_content(folder: Path, entry: ModelEntry) -> bytes:
    """The content of a model's file, which is read once: what is checked is what is used.

    Raises
    ------
    ArtifactError
        If the file is missing, or its size or hash is not what its entry says.
    """
    path = folder / entry.file_name
    if not path.exists() and not path.is_symlink():
        raise ArtifactError(
            "the manifest names this file and it is missing", path=path, advice="fit it again"
        )
    content = read_bounded(path, _LIMITS.n_bytes)
    if len(content) != entry.n_bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise ArtifactError(
            "its content is not what the manifest says (size, SHA-256)",
            path=path,
            advice="it was altered, damaged, or fitted again meanwhile: try again, or fit it again",
        )
    return content


def copy_files(folder: Path, entry: ModelEntry, renamed: ModelEntry) -> None:
    """Give the files of a model the names of another one, beside those that they have.

    Raises
    ------
    ArtifactError
        If a file is missing.
    """
    for old, new in zip(sorted(entry.file_names), sorted(renamed.file_names), strict=True):
        if (folder / old).exists():
            with replacing(folder / new) as temporary:
                shutil.copyfile(folder / old, temporary)
    checked_content(folder, renamed)


def load_model(
    folder: Path,
    machine_type: str,
    section: str,
    *,
    verify_key: Path | None = None,
    allow_parts: Collection[str] = (),
) -> Artifact:
    """A fitted machine and section, after every check.

    Parameters
    ----------
    folder, machine_type, section : where and which.
    verify_key : as of `read_manifest`.
    allow_parts : names of parts of other packages whose code may run.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version, or the model is not in it, or its
        file is missing, altered or not a model.
    """

    def read() -> Artifact:
        entries = read_manifest(folder, verify_key=verify_key)
        entry = entry_of(folder, entries, (machine_type, section))
        return load_entry(folder, entry, allow_parts=allow_parts)

    return while_unchanged(folder, read)


def load_entry(folder: Path, entry: ModelEntry, *, allow_parts: Collection[str] = ()) -> Artifact:
    """The model of an entry of a manifest that has been read; see `load_model`.

    Raises
    ------
    ArtifactError
        If its file is missing, altered or not a model.
    """
    content, path = checked_content(folder, entry), folder / entry.file_name
    try:
        admit_parts(entry.config, entry.foreign, allow_parts)
        tree = upgraded_tree(parse_plain(content, _LIMITS, where=path), entry.schema)
        model = take_model(tree, settings_of_views(entry.config, entry.siblings))
    except (ConfigError, ArtifactError) as error:
        if isinstance(error, ArtifactError) and error.path is not None:
            raise
        if isinstance(error, ArtifactError) and error.advice:
            raise error.at(path) from error
        problem = one_line(error)[:500]  # forged files quote themselves
        raise ArtifactError(problem, path=path, advice="fit it again") from error
    _check_agreement(entry, model, path)
    return Artifact(**shared_fields(entry, Artifact), model=model)


def settings_of_views(config: Config, siblings: tuple[str, ...]) -> Config:
    """The settings of the views that a model has."""
    return config if siblings else config.alone()


def entry_of(folder: Path, entries: Mapping[SectionKey, ModelEntry], key: SectionKey) -> ModelEntry:
    """The entry of a model in a manifest that has been read; an ArtifactError if it has none."""
    if key not in entries:
        known = ", ".join(title_of(entry.key, entry.held_out) for entry in entries.values())
        raise ArtifactError(
            f"no model of {key[0]} section {key[1]}, there is {known or 'none'}",
            path=folder,
            advice="fit it first",
        )
    return entries[key]


def _check_agreement(entry: ModelEntry, model: MachineModel, path: Path) -> None:
    """What manifest and model both say must be the same."""
    pairs: dict[str, tuple[object, object]] = {
        "threshold": (entry.threshold, model.threshold),
        "peakiness": (entry.peakiness, model.fusion.peakiness),
        "group_weights": (entry.group_weights, model.fusion.group_weights),
        "held_out": (entry.held_out, model.alarms),
    }
    if entry.training.files and entry.action != RECALIBRATED:
        pairs["number of clips"] = len(entry.training.files), len(model.held_out_scores)
    for what, (in_manifest, in_model) in pairs.items():
        if in_manifest != in_model:
            problem = f"holds another {what} than the manifest says"
            raise ArtifactError(problem, path=path, advice="fit it again")
    n_files = len(entry.training.files)
    if n_files and model.normal is not None and model.normal.clips[-1] >= n_files:
        problem = f"names clips beyond the {n_files} that the manifest knows"
        raise ArtifactError(problem, path=path, advice="fit it again")
