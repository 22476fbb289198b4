"""What stands for the content of clips: whether a model was fitted on these or on others."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from dcase_classic.io.feature_store import FeatureStore
from dcase_classic.io.recordings.memory import samples_digest
from dcase_classic.records import Clip

FileDigests = tuple[str, ...]  # of the files of a clip


def digest_clips(clips: Iterable[Clip], store: FeatureStore | None) -> str:
    """A hash of the names and sessions of clips and of all bytes of their files; see below."""
    clips = list(clips)
    return combined_digest(clips, file_digests(clips, store))


def file_digests(clips: Sequence[Clip], store: FeatureStore | None) -> list[FileDigests]:
    """The hashes of the files of clips; what the store knows of unchanged files is not read."""
    files = [path for clip in clips if clip.samples is None for path in clip.files]
    known = {} if store is None else store.digests(files)
    return [
        tuple(known.get(path) or content_digest(path).hex() for path in clip.files)
        if clip.samples is None
        else (samples_digest(clip.samples),)
        for clip in clips
    ]


def combined_digest(clips: Sequence[Clip], digests: Sequence[FileDigests]) -> str:
    """The hash of clips whose files have these hashes."""
    digest = hashlib.sha256()
    for clip, parts in zip(clips, digests, strict=True):
        line = f"{clip.name}\t{clip.session}\t{' '.join(parts)}\n"
        digest.update(line.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def is_replaced(path: Path, learned: str) -> bool:
    """Whether a file holds something else than what has this hash.

    False where the hash is empty, or the file cannot be read: nobody knows.
    """
    return bool(learned) and content_digest(path).hex() not in {"", learned}


def content_digest(path: Path) -> bytes:
    """The SHA-256 of all bytes of a file; empty for one that cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""
