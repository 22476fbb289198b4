"""What stands for the content of clips: whether a model was fitted on these or on others."""

import hashlib
from collections.abc import Iterable

from dcase_classic.io.feature_store import FeatureStore
from dcase_classic.io.recordings.inspect import content_digest
from dcase_classic.io.recordings.memory import samples_digest
from dcase_classic.records import Clip


def digest_clips(clips: Iterable[Clip], store: FeatureStore | None) -> str:
    """A hash of the names and sessions of clips and of all bytes of their files.

    What the store knows of unchanged files is not read again.
    """
    clips = list(clips)
    files = [path for clip in clips if clip.samples is None for path in clip.files]
    known = {} if store is None else store.digests(files)
    digest = hashlib.sha256()
    for clip in clips:
        if clip.samples is None:
            parts = " ".join(known.get(path) or content_digest(path).hex() for path in clip.files)
        else:
            parts = samples_digest(clip.samples)
        digest.update(f"{clip.name}\t{clip.session}\t{parts}\n".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
