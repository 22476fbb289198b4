"""The checks of the doctor: each looks at the recordings and gives its findings."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.config import AudioConfig
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.attributes import (
    attribute_file,
    pairs_of_tail,
    read_attributes,
)
from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.io.recordings.inspect import Inspection, content_digest
from dcase_classic.outcomes import CountRow
from dcase_classic.records import Clip, Finding, Severity, Split
from dcase_classic.sound.clip_format import ClipFormat, check_format, majority_format

Inspected = list[tuple[Clip, Inspection]]


def make_finding(severity: Severity, kind: str, path: Path, problem: str, advice: str) -> Finding:
    """A finding, from its parts in the order in which people read them."""
    return Finding(severity=severity, kind=kind, path=path, problem=problem, advice=advice)


def bad_files(inspected: Inspected) -> Iterator[Finding]:
    """Files that cannot be used, and sounds that are odd."""
    for clip, inspection in inspected:
        if inspection.error is not None:
            yield Finding.from_error(inspection.error, kind="bad file")
        for flag in inspection.flags:
            yield make_finding(Severity.WARNING, "odd sound", clip.path, flag, "listen to it")


def odd_formats(inspected: Inspected) -> Iterator[Finding]:
    """Recordings unlike most of their machine."""
    by_machine: dict[str, list[tuple[Clip, ClipFormat]]] = {}
    for clip, inspection in inspected:
        if inspection.format is not None:
            by_machine.setdefault(clip.machine_type, []).append((clip, inspection.format))
    for rows in by_machine.values():
        usual = majority_format([clip_format for _, clip_format in rows])
        for clip, clip_format in rows:
            yield from _format_findings(clip, clip_format, usual, AudioConfig().sample_rate_hz)


def _format_findings(
    clip: Clip, clip_format: ClipFormat, usual: ClipFormat, wanted_rate_hz: int
) -> Iterator[Finding]:
    check = check_format(clip_format, usual, wanted_rate_hz=wanted_rate_hz)
    if check.refusal is not None:
        yield Finding.from_error(check.refusal.at(clip.path), kind="format")
        return
    for flag in check.flags:
        yield make_finding(
            Severity.WARNING, "format", clip.path, flag, "scores of unlike recordings compare badly"
        )


def duplicates(inspected: Inspected, *, is_deep: bool) -> Iterator[Finding]:
    """Recordings of equal content; between training and test they make results too good."""
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
            confirmed.setdefault(digest, []).append(clip)
        for first, *others in confirmed.values():
            for other in others:
                yield _duplicate(first, other)


def _duplicate(first: Clip, other: Clip) -> Finding:
    problem = f"has the content of {first.path}"
    if first.split is not other.split:
        advice = "a test clip must not be a training clip; remove one"
        return make_finding(Severity.ERROR, "leak", other.path, problem, advice)
    return make_finding(Severity.WARNING, "duplicate", other.path, problem, "remove one")


def other_files(clips: Iterable[Clip]) -> Iterator[Finding]:
    """Files named like clips in folders of clips that nothing will read."""
    known = {clip.path for clip in clips}
    for folder in sorted({path.parent for path in known}):
        others = [
            path
            for path in sorted(folder.iterdir())
            if path.is_file()
            and path not in known
            and not path.name.startswith(".")
            and parse_name(path.stem) is not None
        ]
        for path in others:
            problem = f"named like a clip, but {path.suffix or 'without extension'} is not read"
            yield make_finding(Severity.WARNING, "name", path, problem, "convert it to wav or flac")


def count_findings(data: Path, counts: Sequence[CountRow]) -> Iterator[Finding]:
    """Counts unlike those that the year promises, and sections that cannot be fitted."""
    for row in counts:
        if row.n_expected is not None and row.n_clips != row.n_expected:
            where = f"{row.machine_type} section {row.section}"
            kind = " ".join(filter(None, (row.split, row.domain, row.label)))
            yield make_finding(
                Severity.WARNING,
                "count",
                data,
                f"{where}: {row.n_clips} {kind} clips, the year promises {row.n_expected}",
                "download or unpack the rest",
            )
    no_training = {(row.machine_type, row.section) for row in counts} - {
        (row.machine_type, row.section)
        for row in counts
        if row.split == Split.TRAIN and row.n_clips
    }
    for machine_type, section in sorted(no_training):
        problem = f"{machine_type} section {section}: no training clip"
        yield make_finding(
            Severity.WARNING, "count", data, problem, "it cannot be fitted, only scored"
        )


def attribute_findings(clips: Sequence[Clip]) -> Iterator[Finding]:
    """Attribute files that are damaged, incomplete, or contradict the names of clips."""
    by_file: dict[Path, dict[str, Clip]] = {}
    for clip in clips:
        path, name = attribute_file(clip), parse_name(clip.path.name)
        if name is not None and path.is_file():
            by_file.setdefault(path, {})[name.key] = clip
    for path, by_key in sorted(by_file.items()):
        try:
            rows = read_attributes(path)
        except DataError as error:
            error.advice = error.advice or "mend or remove it"
            yield Finding.from_error(error, kind="attributes")
            continue
        n_absent = len(rows.keys() - by_key.keys())
        if n_absent:
            problem = f"lists {n_absent} clips that are not here"
            yield make_finding(Severity.WARNING, "attributes", path, problem, "unpack the rest")
        unlisted = [
            clip for key, clip in by_key.items() if key not in rows and clip.split is Split.TRAIN
        ]
        if unlisted:
            problem = f"lacks {len(unlisted)} training clips such as {unlisted[0].name}"
            yield make_finding(
                Severity.WARNING, "attributes", path, problem, "take the official file"
            )
        for key in rows.keys() & by_key.keys():
            in_name = pairs_of_tail(by_key[key].attributes)
            if not set(in_name) <= set(rows[key]) and _contradict(dict(in_name), dict(rows[key])):
                problem = f"says {dict(rows[key])} where the name says {dict(in_name)}"
                yield make_finding(
                    Severity.ERROR, "attributes", by_key[key].path, problem, f"compare {path.name}"
                )


def _contradict(first: dict[str, str], second: dict[str, str]) -> bool:
    return any(second.get(key, value) != value for key, value in first.items())


def model_findings(inspected: Inspected, models: Path) -> Iterator[Finding]:
    """Test sections without a model, damaged models, and clips that do not fit theirs."""
    keys = read_manifest(models)
    formats = {clip: inspection.format for clip, inspection in inspected}
    test = [clip for clip, _ in inspected if clip.split is Split.TEST]
    for (machine_type, section), clips in by_section(test).items():
        where = f"{machine_type} section {section}"
        if (machine_type, section) not in keys:
            problem = f"no model of {where}"
            yield make_finding(Severity.ERROR, "model", models, problem, "fit it before you score")
            continue
        try:
            artifact = load_model(models, machine_type, section)
        except ArtifactError as error:
            yield Finding.from_error(error, kind="model")
            continue
        for clip in clips:
            clip_format, usual = formats[clip], artifact.recordings
            if clip_format is not None and usual is not None:
                rate_hz = artifact.config.audio.sample_rate_hz
                yield from _format_findings(clip, clip_format, usual, rate_hz)
