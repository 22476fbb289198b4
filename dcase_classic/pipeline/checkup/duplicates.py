"""Recordings of equal content; between training and test they make results too good."""

from collections.abc import Iterator

from dcase_classic.io.recordings.inspect import content_digest
from dcase_classic.pipeline.checkup.recordings import Inspected
from dcase_classic.records import Clip, Finding


def duplicates(inspected: Inspected, *, is_deep: bool) -> Iterator[Finding]:
    """Every recording whose content an earlier one has; ``is_deep`` if fingerprints prove it."""
    groups: dict[bytes, list[Clip]] = {}
    for clip, inspection in inspected:
        if inspection.error is None:
            groups.setdefault(inspection.fingerprint, []).append(clip)
    for candidates in groups.values():
        if len(candidates) == 1:
            continue
        confirmed: dict[bytes, list[Clip]] = {}
        for clip in candidates:
            digest = b"" if is_deep else content_digest(clip.path)
            if not (digest or is_deep):  # vanished since it was looked at
                continue
            confirmed.setdefault(digest, []).append(clip)
        for first, *others in confirmed.values():
            yield from (_duplicate(first, other) for other in others)


def _duplicate(first: Clip, other: Clip) -> Finding:
    problem = f"has the content of {first.path}"
    if first.split is other.split:
        return Finding.warning(other.path, problem, advice="remove one", kind="duplicate")
    advice = "a test clip must not be a training clip; remove one"
    return Finding.error(other.path, problem, advice=advice, kind="leak")
