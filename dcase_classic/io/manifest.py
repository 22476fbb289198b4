"""The manifest of a folder of models: what each is, as records that are read strictly.

It comes by mail like the models it tells of, and nothing in it is believed: its size is bounded,
then its schema is looked at, then every key and value. Models depend on no version of numpy, joblib
or scikit-learn; who changes what a feature or a score of the same settings is, or what a model
holds, gives ``SCHEMA`` a new number.
"""

import hashlib
import json
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from dcase_classic._version import __version__
from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.files import read_bounded, write_text
from dcase_classic.io.locks import locked
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.recordings.dataset import OWN_SECTION
from dcase_classic.io.signatures import check_signature, sign_file
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.outcomes import DomainAlarms, Misfit
from dcase_classic.plain_settings import parse_record, to_plain
from dcase_classic.records import SectionKey
from dcase_classic.sound.clip_format import ClipFormat

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SCHEMA = 6
MANIFEST = "manifest.json"

_LARGEST_BYTES = 32 * 2**20
# JSON of many small values needs twenty times its size in memory.
_MOST_BRACKETS = 500_000
_MOST_COMMAS = 2_000_000
_NAME = r"(?!\.)[\w.\- ]{1,100}"
_REFIT = "fit the models again with this version, or use the version that made them"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """What the manifest says of the model of a machine and section.

    Attributes
    ----------
    sha256, n_bytes : of its file.
    config : the settings that made it.
    training_digest : stands for the clips that it was fitted on.
    training : where they lay.
    recordings : the format of most of them, None where it is not known.
    threshold, peakiness, group_weights : as of the model.
    held_out : the false alarms among its held-out clips, by domain.
    misfits : the least typical of its training clips, those first that fit least.
    siblings : the sections and machines that it was told from.
    session_source : what tells the sessions of the clips; empty where nothing does.
    is_for_new_sessions : whether the threshold is made for sessions that nobody has heard.
    """

    machine_type: str
    section: str
    sha256: str
    n_bytes: int
    config: Config
    training_digest: str
    training: TrainingFiles
    recordings: ClipFormat | None
    threshold: float
    peakiness: float | None
    group_weights: dict[str, float]
    held_out: tuple[DomainAlarms, ...]
    misfits: tuple[Misfit, ...]
    siblings: tuple[str, ...]
    session_source: str
    is_for_new_sessions: bool

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check_range(re.fullmatch("[0-9a-f]{64}", self.sha256), "sha256", self.sha256)
        _check_range(self.n_bytes > 0, "n_bytes", self.n_bytes)
        _check_range(isfinite(self.threshold), "threshold", self.threshold)
        _check_range(isfinite(self.peakiness or 0), "peakiness", self.peakiness)
        weights = self.group_weights
        _check_range(all(0 <= weight <= 1 for weight in weights.values()), "group_weights", weights)
        for alarms in self.held_out:
            _check_range(0 <= alarms.n_alarms <= alarms.n_clips > 0, "held_out", alarms)
        usual = self.recordings
        if usual is not None:
            numbers = (usual.sample_rate_hz, usual.n_channels, usual.n_samples)
            _check_range(all(0 < number < 2**40 for number in numbers), "recordings", usual)

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


def read_manifest(folder: Path, *, verify_key: Path | None = None) -> dict[SectionKey, ModelEntry]:
    """The entries of all models by machine and section.

    Parameters
    ----------
    folder : of the models.
    verify_key : the public key that must have signed them; None admits unsigned ones.

    Raises
    ------
    ArtifactError
        If the manifest is missing or of another version, or a key is missing, unknown or wrong, or
        the signature is.
    """
    return {entry.key: entry for entry in _read(folder, verify_key).models.values()}


def sign_manifest(folder: Path, key: "Ed25519PrivateKey") -> Path:
    """Sign a folder of models as it is now; the path of the signature.

    Raises
    ------
    ArtifactError
        If there is no manifest, or it cannot be read.
    """
    with locked(folder):
        _read(folder)  # nothing is signed that nobody could read
        return sign_file(folder / MANIFEST, key, max_bytes=_LARGEST_BYTES)


def add_entry(folder: Path, entry: ModelEntry) -> None:
    """Enter a model, or replace its entry; several processes may do so at once.

    Where another run has replaced the file of the model meanwhile, the entry is for that run.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    with locked(folder):
        if not _is_of_file(entry, folder):
            return
        models = _read(folder).models if (folder / MANIFEST).exists() else {}
        models = dict(sorted({**models, entry.file_name: entry}.items()))
        manifest = _Manifest(schema=SCHEMA, versions=_versions(), models=models)
        write_text(folder / MANIFEST, to_json(to_plain(manifest)))


def model_file_name(machine_type: str, section: str) -> str:
    """``<machine>_section_<NN>.joblib``.

    Raises
    ------
    ArtifactError
        If a name would leave the folder.
    """
    for what, name in (("machine", machine_type), ("section", section)):
        if not re.fullmatch(_NAME, name):
            raise ArtifactError(
                f"{what} {name[:80]!r}: cannot be a file name",
                advice="expected letters, digits, _ - . only",
            )
    return f"{machine_type}_section_{section}.joblib"


def title_of(key: SectionKey, alarms: Iterable[DomainAlarms]) -> str:
    """What messages call a model: its machine, and its section where names have told one."""
    is_own = key[1] == OWN_SECTION and all(domain.domain is None for domain in alarms)
    return key[0] if is_own else f"{key[0]} section {key[1]}"


def parse_manifest(content: bytes, *, where: Path) -> dict[SectionKey, ModelEntry]:
    """The entries in the content of a manifest; see `read_manifest`.

    Raises
    ------
    ArtifactError
        If it is not the content of a manifest; it names ``where``.
    """
    return {entry.key: entry for entry in _parse(content, where).models.values()}


def _is_of_file(entry: ModelEntry, folder: Path) -> bool:
    content = read_bounded(folder / entry.file_name, entry.n_bytes)
    return hashlib.sha256(content).hexdigest() == entry.sha256


def _read(folder: Path, verify_key: Path | None = None) -> _Manifest:
    path = folder / MANIFEST
    if not path.exists() and not path.is_symlink():
        raise ArtifactError(
            f"no {MANIFEST} in it", path=folder, advice="expected a folder that fit has written"
        )
    content = read_bounded(path, _LARGEST_BYTES)
    if verify_key is not None:
        check_signature(path, content, verify_key)
    return _parse(content, path)


def _parse(content: bytes, path: Path) -> _Manifest:
    try:
        table = _parse_json(content)
        _check_schema(table, path)
        manifest: _Manifest = parse_record(_Manifest, table, where="manifest")
        for name, entry in manifest.models.items():
            _check_entry(name, entry, table["models"][name])
    except (ValueError, RecursionError, ConfigError) as error:
        problem = " ".join(f"damaged ({error})".split())
        problem = problem if len(problem) < 500 else f"{problem[:500]}...)"
        raise ArtifactError(problem, path=path, advice="fit the models again") from error
    return manifest


def _check_entry(name: str, entry: ModelEntry, table: dict[str, object]) -> None:
    try:
        expected = entry.file_name
    except ArtifactError as error:
        raise ValueError(f"models: {error}") from error
    if name != expected:
        raise ValueError(f"models: {name}: is the entry of {expected}")
    if to_plain(entry.config) != table["config"]:
        raise ValueError(f"models: {name}: config: some keys are missing")


def _check_schema(table: Any, path: Path) -> None:
    """Refuse another schema before anything else is looked at: its keys may differ."""
    schema = table.get("schema") if isinstance(table, dict) else None
    if type(schema) is not int or schema != SCHEMA:
        problem = f"got schema {str(schema)[:40]!r}, expected {SCHEMA}"
        raise ArtifactError(problem, path=path, advice=_REFIT)


def _parse_json(content: bytes) -> Any:
    """JSON without constants that it has not, without a key twice, and of bounded size."""
    n_brackets = content.count(b"[") + content.count(b"{")
    if n_brackets > _MOST_BRACKETS or content.count(b",") > _MOST_COMMAS:
        raise ValueError("more values than models have")
    return json.loads(
        content.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys
    )


def _check_range(is_right: object, key: str, value: object) -> None:
    if not is_right:
        raise ValueError(f"{key}: got {value!r}, which no model has")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"got {name}, expected a finite number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return table


def _versions() -> dict[str, str]:
    """What models were made with, for people; nothing depends on it."""
    from importlib.metadata import version  # slow, and not needed to start

    packages = ("numpy", "scipy", "scikit-learn", "joblib")
    versions = {package: version(package) for package in packages}
    return {"dcase_classic": __version__, "python": platform.python_version(), **versions}
