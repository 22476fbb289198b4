"""Model folders: one joblib file per machine and section, and a manifest that says what they are.

A file is checked before anything in it is unpickled: the manifest's schema, then the versions of
the packages, then the SHA-256 of the file; and the loader admits only the types that a model is
made of, so that a forged file cannot run code.
"""

import hashlib
import json
import platform
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dcase_classic._version import __version__
from dcase_classic.config import Config, from_plain, to_plain
from dcase_classic.errors import ArtifactError
from dcase_classic.io.files import replacing, write_text
from dcase_classic.io.restricted import dump, load
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.thresholds import clopper_pearson, smallest_p_value
from dcase_classic.outcomes import DomainAlarms
from dcase_classic.records import Domain
from dcase_classic.sound.clip_format import ClipFormat

SCHEMA = 3
MANIFEST = "manifest.json"

_ENTRY_KEYS = {
    "machine_type",
    "section",
    "sha256",
    "config",
    "config_fingerprint",
    "training_digest",
    "threshold",
    "held_out",
}
_REFIT = "fit the models again with this version, or use the version that made them"


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


def save_model(folder: Path, artifact: Artifact) -> Path:
    """Write ``<machine>_section_<NN>.joblib`` and enter it in the manifest; the path of the file.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    entry = write_model(folder, artifact)
    enter_model(folder, entry)
    return folder / _file_name(artifact.machine_type, artifact.section)


def write_model(folder: Path, artifact: Artifact) -> dict[str, Any]:
    """Write the file of a model; its entry for the manifest.

    Apart from `enter_model`, so that several processes can write models and one the manifest.
    """
    path = folder / _file_name(artifact.machine_type, artifact.section)
    with replacing(path) as temporary:
        dump(artifact.model, temporary)
    return _entry(artifact, path)


def enter_model(folder: Path, entry: dict[str, Any]) -> None:
    """Enter what `write_model` has written in the manifest.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    manifest = _read_manifest(folder) if (folder / MANIFEST).exists() else _new_manifest()
    manifest["models"][_file_name(entry["machine_type"], entry["section"])] = entry
    manifest["models"] = dict(sorted(manifest["models"].items()))
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")


def read_manifest(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The manifest's entries by machine and section.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version.
    """
    models = _read_manifest(folder)["models"]
    return {(entry["machine_type"], entry["section"]): entry for entry in models.values()}


def check_model(folder: Path, machine_type: str, section: str) -> tuple[dict[str, Any], Path]:
    """The manifest's entry and the file of a model, checked before anything is unpickled.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version, or the model is not in it, or its
        file is missing or altered.
    """
    entries = read_manifest(folder)
    if (machine_type, section) not in entries:
        known = ", ".join(f"{machine} section {number}" for machine, number in entries)
        raise ArtifactError(
            f"no model of {machine_type} section {section}, there is {known or 'none'}",
            path=folder,
            advice="fit it first",
        )
    entry = entries[machine_type, section]
    path = folder / _file_name(machine_type, section)
    if not path.is_file():
        raise ArtifactError(
            "the manifest names this file and it is missing", path=path, advice="fit it again"
        )
    if _sha256(path) != entry["sha256"]:
        raise ArtifactError(
            "its content is not what the manifest says (SHA-256)",
            path=path,
            advice="it was altered or damaged, fit it again",
        )
    return entry, path


def load_model(folder: Path, machine_type: str, section: str) -> Artifact:
    """A fitted machine and section, after every check.

    Raises
    ------
    ArtifactError
        If the manifest is missing, damaged or of another version, or the model is not in it, or its
        file is missing, altered or not a model.
    """
    entry, path = check_model(folder, machine_type, section)
    model = load(path)
    if not isinstance(model, MachineModel):
        raise ArtifactError(
            f"holds {type(model).__name__}, expected a model", path=path, advice="fit it again"
        )
    return Artifact(
        machine_type=machine_type,
        section=section,
        config=from_plain(entry["config"], where=f"{folder / MANIFEST}: config"),
        model=model,
        training_digest=entry["training_digest"],
        recordings=_read_format(entry.get("recordings"), where=folder / MANIFEST),
    )


def held_out_alarms(entry: dict[str, Any]) -> tuple[DomainAlarms, ...]:
    """The false alarms among held-out clips that a manifest's entry tells of."""
    return tuple(
        DomainAlarms(
            domain=None if of["domain"] is None else Domain(of["domain"]),
            n_clips=of["n_clips"],
            n_alarms=of["n_alarms"],
        )
        for of in entry["held_out"]
    )


def _file_name(machine_type: str, section: str) -> str:
    if not re.fullmatch(r"[\w.\- ]+", machine_type) or machine_type.startswith("."):
        raise ArtifactError(
            f"machine {machine_type!r}: cannot be a file name",
            advice="expected letters, digits, _ - . only",
        )
    return f"{machine_type}_section_{section}.joblib"


def _entry(artifact: Artifact, path: Path) -> dict[str, Any]:
    model = artifact.model
    return {
        "machine_type": artifact.machine_type,
        "section": artifact.section,
        "sha256": _sha256(path),
        "config": to_plain(artifact.config),
        "config_fingerprint": artifact.config.fingerprint,
        "training_digest": artifact.training_digest,
        "recordings": None if artifact.recordings is None else asdict(artifact.recordings),
        "threshold": model.threshold,
        "peakiness": model.fusion.peakiness,
        "group_weights": model.fusion.group_weights,
        "held_out": [
            {
                "domain": alarms.domain,
                "n_clips": alarms.n_clips,
                "n_alarms": alarms.n_alarms,
                "false_alarm_rate": alarms.false_alarm_rate,
                "false_alarm_rate_ci95": clopper_pearson(alarms.n_alarms, alarms.n_clips),
                "smallest_supported_rate": smallest_p_value(alarms.n_clips),
            }
            for alarms in model.alarms
        ],
    }


def _read_format(entry: dict[str, Any] | None, *, where: Path) -> ClipFormat | None:
    try:
        return None if entry is None else ClipFormat(**entry)
    except TypeError as error:
        raise ArtifactError(
            f"recordings: damaged ({error})", path=where, advice="fit it again"
        ) from error


def _new_manifest() -> dict[str, Any]:
    return {"schema": SCHEMA, "versions": _versions(), "models": {}}


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(
            f"no {MANIFEST} in it", path=folder, advice="expected a folder that fit has written"
        )
    try:
        manifest = json.loads(path.read_text("utf-8"))
        schema, versions = manifest["schema"], manifest["versions"]
        is_complete = all(entry.keys() >= _ENTRY_KEYS for entry in manifest["models"].values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"damaged ({error})", path=path, advice="fit the models again"
        ) from error
    if schema != SCHEMA:
        raise ArtifactError(
            f"got schema {schema!r}, expected {SCHEMA}", path=path, advice=f"{_REFIT}"
        )
    if not is_complete:
        raise ArtifactError(
            "damaged (an entry lacks keys)", path=path, advice="fit the models again"
        )
    for package, version in _versions().items():
        found = versions.get(package)
        if package in _BINDING and _minor(str(found)) != _minor(version):
            raise ArtifactError(
                f"made with {package} {found}, here is {version}", path=path, advice=f"{_REFIT}"
            )
    return dict(manifest)


# Pickled estimators promise nothing across minor versions of these.
_BINDING = ("dcase_classic", "scikit-learn")


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    packages = ("numpy", "scipy", "scikit-learn", "joblib")
    found = {package: version(package) for package in packages}
    return {"dcase_classic": __version__, "python": platform.python_version(), **found}


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
