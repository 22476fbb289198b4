"""The manifest of a folder of models: what each is, as records that are read strictly.

It comes by mail like the models it tells of, and nothing in it is believed: its size is bounded,
then its schema is looked at, then every key and value. Models depend on no version of numpy, joblib
or scikit-learn; who changes what a feature or a score of the same settings is, or what a model
holds, gives ``SCHEMA`` a new number.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dcase_classic.config.specs import parse_record, to_plain
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.files import read_bounded, write_text
from dcase_classic.io.locks import locked
from dcase_classic.io.model_entry import ModelEntry, versions_now
from dcase_classic.io.old_manifests import OLDEST_SCHEMA, upgraded
from dcase_classic.io.plain_text import to_json
from dcase_classic.io.signatures import check_signature, signature_path, write_signature
from dcase_classic.io.strict_json import parse_json
from dcase_classic.records import SectionKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_Read = TypeVar("_Read")

SCHEMA = 10
MANIFEST = "manifest.json"

_LARGEST_BYTES = 32 * 2**20
_MOST_READINGS = 10
_MOST_BRACKETS = 500_000
_MOST_COMMAS = 2_000_000
_REFIT = "fit the models again with this version, or use the version that made them"


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
    path, content = folder / MANIFEST, _content(folder)
    if verify_key is not None:
        check_signature(path, content, verify_key)
    return parse_manifest(content, where=path)


def while_unchanged(folder: Path, read: Callable[[], _Read]) -> _Read:
    """What ``read`` gives of a folder of models; it reads again where they were changed meanwhile.

    The files of a model that is replaced are removed after the manifest names others.
    """
    for _ in range(_MOST_READINGS):
        before = _version_of(folder)
        try:
            return read()
        except ArtifactError:
            if _version_of(folder) == before:
                raise
    return read()


def sign_manifest(folder: Path, key: "Ed25519PrivateKey") -> Path:
    """Sign a folder of models as it is now; the path of the signature.

    Raises
    ------
    ArtifactError
        If there is no manifest, or it cannot be read.
    """
    with locked(folder):
        path, content = folder / MANIFEST, _content(folder)
        parse_manifest(content, where=path)  # nothing is signed that nobody could read
        return write_signature(path, content, key)


def is_signed(folder: Path) -> bool:
    """Whether there is a signature of a folder of models, of whatever worth."""
    return signature_path(folder / MANIFEST).exists()


def add_entry(folder: Path, entry: ModelEntry) -> ModelEntry | None:
    """Enter a model, or replace its entry, which is returned; several processes may do so at once.

    Where another run has replaced the file of the model meanwhile, the entry is for that run. The
    files of the model that the entry does not need are removed.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    with changing_models(folder, may_be_new=True) as models:
        before = models.get(entry.key)
        if _is_of_file(entry, folder):
            models[entry.key] = entry
    return before


@contextmanager
def changing_models(
    folder: Path, *, may_be_new: bool = False
) -> Iterator[dict[SectionKey, ModelEntry]]:
    """The entries of a folder that nobody else changes meanwhile; they are written afterwards.

    Files that no entry needs any more are removed last: killed at any moment, the folder holds
    what it held before or what it holds now.

    Raises
    ------
    ArtifactError
        If the folder holds a manifest that cannot be read or of another version.
    """
    with locked(folder):
        is_new = may_be_new and not (folder / MANIFEST).exists()
        before = {} if is_new else read_manifest(folder)
        models = dict(before)
        yield models
        if models == before:
            return
        tables = {entry.file_name: entry for _, entry in sorted(models.items())}
        if len(tables) < len(models):
            raise ArtifactError("two models would have one file", path=folder)
        manifest = _Manifest(schema=SCHEMA, versions=versions_now(), models=tables)
        write_text(folder / MANIFEST, to_json(to_plain(manifest)))
        needed = {name for entry in models.values() for name in entry.file_names}
        for name in {name for entry in before.values() for name in entry.file_names} - needed:
            (folder / name).unlink(missing_ok=True)


def parse_manifest(content: bytes, *, where: Path) -> dict[SectionKey, ModelEntry]:
    """The entries in the content of a manifest; see `read_manifest`.

    Raises
    ------
    ArtifactError
        If it is not the content of a manifest; it names ``where``.
    """
    try:
        given = parse_json(content, most_brackets=_MOST_BRACKETS, most_commas=_MOST_COMMAS)
        table = upgraded(_checked_schema(given, where), SCHEMA)
        manifest = parse_record(_Manifest, table, where="manifest")
        for name, entry in manifest.models.items():
            _check_entry(name, entry, table["models"][name])
    except (ValueError, RecursionError, ConfigError) as error:
        problem = " ".join(f"damaged ({error})".split())
        problem = problem if len(problem) < 500 else f"{problem[:500]}...)"
        raise ArtifactError(problem, path=where, advice="fit the models again") from error
    return {entry.key: entry for entry in manifest.models.values()}


def _is_of_file(entry: ModelEntry, folder: Path) -> bool:
    try:
        content = read_bounded(folder / entry.file_name, entry.n_bytes)
    except ArtifactError:  # larger, or gone
        return False
    return hashlib.sha256(content).hexdigest() == entry.sha256


def _version_of(folder: Path) -> tuple[int, ...]:
    """Stands for what a manifest holds; nothing where it cannot be looked at."""
    try:
        status = (folder / MANIFEST).stat()
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _content(folder: Path) -> bytes:
    path = folder / MANIFEST
    if not path.exists() and not path.is_symlink():
        if not folder.exists():
            raise ArtifactError("no such folder", path=folder, advice="fit models into it first")
        raise ArtifactError(
            f"no {MANIFEST} in it", path=folder, advice="expected a folder that fit has written"
        )
    return read_bounded(path, _LARGEST_BYTES)


def _check_entry(name: str, entry: ModelEntry, table: dict[str, object]) -> None:
    try:
        expected = entry.file_name
    except ArtifactError as error:
        raise ValueError(f"models: {error}") from error
    if name != expected:
        raise ValueError(f"models: {name}: is the entry of {expected}")
    if to_plain(entry.config) != table["config"]:
        raise ValueError(f"models: {name}: config: some keys are missing")


def _checked_schema(table: Any, path: Path) -> dict[str, Any]:
    """Refuse another schema before anything else is looked at: its keys may differ."""
    schema = table.get("schema") if isinstance(table, dict) else None
    if type(schema) is not int or not OLDEST_SCHEMA <= schema <= SCHEMA:
        problem = f"got schema {str(schema)[:40]!r}, expected {OLDEST_SCHEMA} to {SCHEMA}"
        raise ArtifactError(problem, path=path, advice=_REFIT)
    checked: dict[str, Any] = table
    return checked
