"""Files that cannot be used, odd sounds, unlike formats, copies, names that nothing reads."""

from collections.abc import Iterable, Iterator

from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.grouping import grouped
from dcase_classic.io.recordings.dataset import labelled_anomalies
from dcase_classic.io.recordings.inspect import Inspection, unread_files
from dcase_classic.io.training_digest import content_digest
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip, Finding, Split
from dcase_classic.sound.clip_format import FormatCheck, check_format, majority_format, odd_length

Inspected = list[tuple[Clip, Inspection]]
_FRAME_S = SpectrumConfig().n_fft / AudioConfig().sample_rate_hz


def bad_files(inspected: Inspected) -> Iterator[Finding]:
    """Files that cannot be used, and sounds that are odd."""
    for clip, inspection in inspected:
        if inspection.error is not None:
            yield Finding.from_error(inspection.error, kind="bad file")
        if inspection.format is not None and inspection.format.duration_s < _FRAME_S:
            lengths = f"{inspection.format.duration_s:.3f} s long, a frame has {_FRAME_S} s"
            advice = "record it again, or remove it"
            yield Finding.error(clip.path, f"too short, {lengths}", advice=advice, kind="bad file")
        for flag in inspection.flags:
            yield Finding.warning(clip.path, flag, advice="listen to it", kind="odd sound")


def training_anomalies(clips: Iterable[Clip]) -> Iterator[Finding]:
    """Clips that lie among those for training and are labelled as anomalies."""
    for error in labelled_anomalies(clip for clip in clips if clip.split is Split.TRAIN):
        yield Finding.from_error(error, kind="label")


def odd_formats(inspected: Inspected) -> Iterator[Finding]:
    """Recordings unlike most of their machine."""
    by_machine = grouped(
        (clip.machine_type, (clip, inspection.format))
        for clip, inspection in inspected
        if inspection.format is not None
    )
    for rows in by_machine.values():
        usual = majority_format([clip_format for _, clip_format in rows])
        for clip, clip_format in rows:
            check = check_format(clip_format, usual, AudioConfig())
            flags = check.flags + odd_length(clip_format, usual)
            yield from check_findings(clip, FormatCheck(refusal=check.refusal, flags=flags))


def duplicates(inspected: Inspected, *, is_deep: bool) -> Iterator[Finding]:
    """Every recording whose content an earlier one has; ``is_deep`` if fingerprints prove it.

    Between training and test they make results too good.
    """
    usable = [(look.fingerprint, clip) for clip, look in inspected if look.error is None]
    for candidates in grouped(usable).values():
        if len(candidates) > 1:
            digests = [b"" if is_deep else content_digest(clip.path) for clip in candidates]
            pairs = zip(digests, candidates, strict=True)
            # one without a digest has vanished since it was looked at
            there = ((digest, clip) for digest, clip in pairs if digest or is_deep)
            for first, *others in grouped(there).values():
                yield from (_duplicate(first, other) for other in others)


def _duplicate(first: Clip, other: Clip) -> Finding:
    problem = f"has the content of {first.path}"
    if first.split is other.split:
        return Finding.warning(other.path, problem, advice="remove one", kind="duplicate")
    advice = "a test clip must not be a training clip; remove one"
    return Finding.error(other.path, problem, advice=advice, kind="leak")


def check_findings(clip: Clip, check: FormatCheck) -> Iterator[Finding]:
    """What a check of one recording says."""
    if check.refusal is not None:
        yield Finding.from_error(check.refusal.at(clip.path), kind="format")
        return
    advice = "scores of unlike recordings compare badly"
    for flag in check.flags:
        yield Finding.warning(clip.path, flag, advice=advice, kind="format")


def unread_names(clips: Iterable[Clip]) -> Iterator[Finding]:
    """Files named like clips in folders of clips that nothing will read."""
    for path in unread_files(clips):
        problem = f"named like a clip, but {path.suffix or 'without extension'} is not read"
        yield Finding.warning(path, problem, advice="convert it to wav or flac", kind="name")


def unplaced_recordings(left_out: LeftOut) -> Iterator[Finding]:
    """Recordings that lie where no layout has them, and folders that cannot be read."""
    for error in left_out.unreadable:
        yield Finding.from_error(error, kind="folder")
    advice = "move it into train or test, or give its folder to 'predict'"
    for path in left_out.unplaced:
        yield Finding.warning(
            path, "not directly in a folder train or test", advice=advice, kind="place"
        )
