"""The manifest of a folder of models: what each is, as records that are read strictly."""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dcase_classic._version import __version__
from dcase_classic.config import Config, parse_record, to_plain
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.files import write_text
from dcase_classic.io.plain_text import to_json
from dcase_classic.outcomes import DomainAlarms
from dcase_classic.records import SectionKey
from dcase_classic.sound.clip_format import ClipFormat

SCHEMA = 4
MANIFEST = "manifest.json"

_REFIT = "fit the models again with this version, or use the version that made them"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """What the manifest says of the model of a machine and section.

    Attributes
    ----------
    sha256 : of the bytes of its file.
    config : the settings that made it.
    training_digest : stands for the clips that it was fitted on.
    recordings : the format of most of them, None where it is not known.
    threshold, peakiness, group_weights : as of the model.
    held_out : the false alarms among its held-out clips, by domain.
    """

    machine_type: str
    section: str
    sha256: str
    config: Config
    training_digest: str
    recordings: ClipFormat | None
    threshold: float
    peakiness: float | None
    group_weights: dict[str, float]
    held_out: tuple[DomainAlarms, ...]

    @property
    def key(self) -> SectionKey:
        """Machine type and section."""
        return self.machine_type, self.section

    @property
    def file_name(self) -> str:
        """The name of the model's file."""
        return model_file_name(*self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    """What stands in the file."""

    schema: int
    versions: dict[str, str]
    models: dict[str, ModelEntry]


def read_manifest(folder: Path) -> dict[SectionKey, ModelEntry]:
    """The entries of all models by machine and section.

    Raises
    ------
    ArtifactError
        If the manifest is missing or of another version, or a key is missing, unknown or wrong.
    """
    return {entry.key: entry for entry in _read(folder).models.values()}


def add_entry(folder: Path, entry: ModelEntry) -> None:
    """Enter a model, or replace its entry.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    models = _read(folder).models if (folder / MANIFEST).exists() else {}
    models = dict(sorted({**models, entry.file_name: entry}.items()))
    manifest = _Manifest(schema=SCHEMA, versions=_versions(), models=models)
    write_text(folder / MANIFEST, to_json(to_plain(manifest)))


def model_file_name(machine_type: str, section: str) -> str:
    """``<machine>_section_<NN>.joblib``.

    Raises
    ------
    ArtifactError
        If the machine's name would leave the folder.
    """
    if not re.fullmatch(r"[\w.\- ]+", machine_type) or machine_type.startswith("."):
        raise ArtifactError(
            f"machine {machine_type!r}: cannot be a file name",
            advice="expected letters, digits, _ - . only",
        )
    return f"{machine_type}_section_{section}.joblib"


def _read(folder: Path) -> _Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(
            f"no {MANIFEST} in it", path=folder, advice="expected a folder that fit has written"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        _check_versions(content, path)
        manifest: _Manifest = parse_record(_Manifest, content, where="manifest")
    except (ValueError, ConfigError) as error:
        raise _damaged(path, f"{error}") from error
    for name, entry in manifest.models.items():
        if name != entry.file_name:
            raise _damaged(path, f"models: {name}: is the entry of {entry.file_name}")
        if to_plain(entry.config) != content["models"][name]["config"]:
            raise _damaged(path, f"models: {name}: config: some keys are missing")
    return manifest


def _damaged(path: Path, problem: str) -> ArtifactError:
    return ArtifactError(f"damaged ({problem})", path=path, advice="fit the models again")


def _check_versions(content: object, path: Path) -> None:
    """Refuse another version before anything else is looked at: its keys may differ."""
    plain = content if isinstance(content, Mapping) else {}
    schema, versions = plain.get("schema"), plain.get("versions")
    if schema != SCHEMA:
        raise ArtifactError(f"got schema {schema!r}, expected {SCHEMA}", path=path, advice=_REFIT)
    made_with = versions if isinstance(versions, Mapping) else {}
    version = str(made_with.get("dcase_classic"))
    if version.split(".")[:2] != __version__.split(".")[:2]:
        problem = f"made with dcase_classic {version}, here is {__version__}"
        raise ArtifactError(problem, path=path, advice=_REFIT)


def _versions() -> dict[str, str]:
    from importlib.metadata import version  # slow, and not needed to start

    packages = ("numpy", "scipy", "scikit-learn", "joblib")
    versions = {package: version(package) for package in packages}
    return {"dcase_classic": __version__, "python": platform.python_version(), **versions}
