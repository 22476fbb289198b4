"""Signatures of files: who has made a model folder, said by a key and not by its sender.

Ed25519 of the package ``cryptography``, with keys as ``openssl genpkey -algorithm ed25519`` and
``ssh-keygen -t ed25519`` write them. The manifest holds the hash of every model, so that its
signature stands for the folder.
"""

import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.given_files import read_given_bytes
from dcase_classic.io.files import read_bounded, write_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX = ".sig"

_LARGEST_BYTES = 64 * 2**10  # of keys and signatures
# A signature of the same key for another purpose is none of a manifest.
_PURPOSE = b"dcase_classic manifest\n"


def read_signing_key(path: Path) -> "Ed25519PrivateKey":
    """The private key in a file.

    Raises
    ------
    ConfigError
        If it cannot be read or holds no Ed25519 private key without a passphrase, or the extra
        ``sign`` is missing.
    """
    _check_installed()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    loaders = (serialization.load_pem_private_key, serialization.load_ssh_private_key)
    key = _read_key(path, [partial(load, password=None) for load in loaders])
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            "no Ed25519 private key without a passphrase",
            path=path,
            advice="openssl genpkey -algorithm ed25519 makes one",
        )
    return key


def write_signature(path: Path, content: bytes, key: "Ed25519PrivateKey") -> Path:
    """Write the signature of what was read of a file beside it; the path of the signature."""
    signature = signature_path(path)
    write_text(signature, base64.b64encode(key.sign(_PURPOSE + content)).decode() + "\n")
    return signature


def signature_path(path: Path) -> Path:
    """Where the signature of a file stands."""
    return path.with_name(path.name + SUFFIX)


def check_signature(path: Path, content: bytes, key_path: Path) -> None:
    """Check that the signature beside ``path`` is that of ``content`` by a key.

    Parameters
    ----------
    path : the signed file.
    content : what was read of it.
    key_path : the public key.

    Raises
    ------
    ConfigError
        If there is no Ed25519 public key in ``key_path``, or the extra ``sign`` is missing.
    ArtifactError
        If there is no signature, or it is one of other content or by another key.
    """
    _check_installed()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    loaders = (serialization.load_pem_public_key, serialization.load_ssh_public_key)
    key = _read_key(key_path, loaders)
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(
            "no Ed25519 public key",
            path=key_path,
            advice="openssl pkey -in KEY -pubout writes that of a private key",
        )
    signature = signature_path(path)
    if not signature.exists() and not signature.is_symlink():
        raise ArtifactError(
            "is not signed, and only signed models are admitted here",
            path=path,
            advice="its maker signs it with: dcase-classic models sign",
        )
    text = read_bounded(signature, _LARGEST_BYTES).strip()
    try:
        key.verify(base64.b64decode(text, validate=True), _PURPOSE + content)
    except (ValueError, InvalidSignature) as error:
        raise ArtifactError(
            f"is no signature of {path.name} by the key {key_path}",
            path=signature,
            advice="the folder was changed after it was signed, or somebody else signed it",
        ) from error


def _read_key(path: Path, loaders: Iterable[Callable[[bytes], object]]) -> object:
    """What the first loader that understands the file makes of it; None if none does."""
    content = read_given_bytes(path, error=ConfigError, max_bytes=_LARGEST_BYTES)
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm

    for load in loaders:
        # a TypeError says that it needs a passphrase
        with suppress(ValueError, TypeError, UnsupportedAlgorithm, InternalError):
            return load(content)
    return None


def _check_installed() -> None:
    if find_spec("cryptography") is None:
        raise ConfigError(
            "signatures need the package cryptography", advice="pip install 'dcase_classic[sign]'"
        )
