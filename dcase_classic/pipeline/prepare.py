"""The classic data preparation: clips cut into segments, with a mel spectrogram for each."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from os import PathLike
from os.path import realpath
from pathlib import Path

from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import to_plain
from dcase_classic.errors import N_LISTED, DataError, listed
from dcase_classic.given_files import given_names, given_path, is_plain_name
from dcase_classic.grouping import grouped
from dcase_classic.io.files import check_writable
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.folders import INDEX, SETTINGS, is_prepared
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.recordings.prepared import (
    UNKNOWN,
    SegmentRow,
    check_settings,
    forget,
    problems,
    read_index,
    write_index,
)
from dcase_classic.io.recordings.segment_files import (
    make_folders,
    read_exact,
    remove_stale,
    size_and_time_ns,
    write_segment,
)
from dcase_classic.outcomes.prepared import Prepared
from dcase_classic.outcomes.recordings import SkippedClip
from dcase_classic.parallel.processes import choose_jobs, map_ordered, workers
from dcase_classic.pipeline.eager import eager, telling_lazily
from dcase_classic.records import Clip, Waveform
from dcase_classic.run import Run
from dcase_classic.sound.front_end import log_mel_of
from dcase_classic.wording import counted

INDEX_SCHEMA = 1

_Group = tuple[str, str]  # machine type, split


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareSettings:
    """What decides the content of a prepared folder; ``segment_s`` is the length in seconds."""

    segment_s: float = 1.0
    audio: AudioConfig = field(default_factory=AudioConfig)
    spectrum: SpectrumConfig = field(default_factory=SpectrumConfig)

    def __post_init__(self) -> None:
        """Check that a segment holds a frame."""
        shortest_s = self.spectrum.n_fft / self.audio.sample_rate_hz
        if not shortest_s <= self.segment_s < float("inf"):
            raise ValueError(
                f"segment_s: got {self.segment_s}, expected at least one frame ({shortest_s} s)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """The segments of one clip, or what is wrong with it."""

    rows: tuple[SegmentRow, ...] = ()
    dropped_s: float = 0.0
    is_kept: bool = False
    error: DataError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One clip to be cut; ``known`` are its rows of an earlier run."""

    clip: Clip
    index: int
    source: str
    known: tuple[SegmentRow, ...]


@telling_lazily
def iter_prepare(
    data: str | PathLike[str],
    out: str | PathLike[str],
    settings: PrepareSettings = PrepareSettings(),
    *,
    machines: Iterable[str] = (),
    is_forced: bool = False,
    run: Run = Run(),
) -> Iterator[Prepared]:
    """Cut the clips below ``data`` into segments below ``out``, machine by machine.

    A clip that was prepared already is kept if its source has the same size and time, and both
    files of each segment have the content that was written; anything else is made again.

    ``prepare`` does so when it is called and returns a list; ``iter_prepare`` gives one result
    after the other, as soon as it is written, and does nothing before it is asked.

    Parameters
    ----------
    data : a data set in any layout that ``fit`` reads.
    out : the folder to write; see ``io.recordings.prepared``.
    settings : length of the segments, channel, rate and spectrogram.
    machines : only these; all where empty.
    is_forced : replace a folder of other settings, with all that is in it.
    run : how the work is done; by itself it leaves out recordings that cannot be used.

    Raises
    ------
    DataError
        If there is no clip, ``data`` is a prepared folder, ``out`` holds the recordings or is of
        other settings, also of machines that are not asked for; if none of a machine and split can
        be used, after all others; if one cannot be used and the run stops at it.
    """
    root, out = given_path(data).absolute(), given_path(out).absolute()  # workers may be elsewhere
    if is_prepared(root):
        advice = "give the recordings that it was made of"
        raise DataError("a prepared folder already", path=data, advice=advice)
    machines = given_names(machines)
    clips = find_clips(data, machines=machines)
    _check_apart(root, out, clips)
    check_writable(out)
    if is_forced:
        _forget_others(out, settings, frozenset(machines))
    check_settings(out, _plain(settings))
    rows_before = read_index(out) if is_prepared(out) else []
    index = grouped(((row.machine_type, row.split), row) for row in rows_before)
    cut = partial(_cut_clip, out=out, settings=settings)
    lost: list[DataError] = []
    with workers(run):
        n_jobs = choose_jobs(run.n_jobs, len(clips))
        for group, members in _groups(clips).items():
            known = index.get(group, [])
            make_folders(out, *group)
            jobs = _jobs(root, members, known)
            results = list(map_ordered(cut, jobs, n_jobs=n_jobs, description=" ".join(group)))
            errors = [result.error for result in results if result.error]
            if errors and run.stops(by_default=False):
                raise DataError.from_many(errors)
            rows = [row for result in results for row in result.rows]
            if rows != known:
                write_index(out, *group, rows)
            remove_stale(out, *group, rows)
            if rows:
                yield _summary(group, members, results)
            else:
                lost += errors
    if lost:
        raise DataError.from_many(lost)


prepare = eager(iter_prepare)


def _check_apart(root: Path, out: Path, clips: Iterable[Clip]) -> None:
    """Check that segments do not come among the recordings, whose place the index would take.

    Raises
    ------
    DataError
        If they would.
    """
    place = realpath(out)
    folders = {path.parent for clip in clips for path in clip.files}
    is_below = Path(place).is_relative_to(realpath(root))
    if is_below and any(Path(realpath(folder)).is_relative_to(place) for folder in folders):
        raise DataError("holds the recordings themselves", path=out, advice="name another folder")


def _forget_others(out: Path, settings: PrepareSettings, machines: frozenset[str]) -> None:
    """Forget what was prepared with other settings, or is named by an index that is damaged.

    Raises
    ------
    DataError
        If machines are among it that are not prepared again: these are all where ``machines`` is
        empty.
    """
    rows: list[SegmentRow] = []
    try:
        rows = read_index(out) if is_prepared(out) else []
        check_settings(out, _plain(settings))
    except DataError as error:
        others = sorted({row.machine_type for row in rows} - machines) if machines else []
        if others:
            problem = f"holds {listed(others)} of other settings, too"
            advice = "prepare all machines, or name another folder"
            raise DataError(problem, path=out, advice=advice) from error
        forget(out)


def prepared_before(out: Path, clips: Iterable[Clip]) -> list[str]:
    """The machines and splits of a prepared folder that are none of those of the clips."""
    rows = read_index(out) if is_prepared(out) else []
    others = {(row.machine_type, row.split) for row in rows} - _groups(clips).keys()
    return [f"{machine} {split}" for machine, split in sorted(others)]


def verify(out: str | PathLike[str]) -> int:
    """Check every file of a prepared folder against the index; the number of segments.

    Raises
    ------
    DataError
        If the folder is none, or files are missing or altered.
    """
    out = given_path(out)
    if not is_prepared(out):
        raise DataError(
            f"no {INDEX} and {SETTINGS} in it", path=out, advice="expected a prepared folder"
        )
    rows = read_index(out)
    lost = problems(out, rows)
    if lost:
        problem = (
            f"{counted(len(lost), 'file is', 'files are')} missing "
            "or altered, prepare the data again to mend it"
        )
        raise DataError.from_many(lost[:N_LISTED], problem, path=out)
    return len(rows)


def _groups(clips: Iterable[Clip]) -> dict[_Group, list[Clip]]:
    """The clips of every machine and split by name, as the index numbers them."""
    ordered = sorted(clips, key=lambda clip: (clip.machine_type, clip.split, clip.name))
    return grouped(((clip.machine_type, clip.split.value), clip) for clip in ordered)


def _plain(settings: PrepareSettings) -> dict[str, object]:
    plain: dict[str, object] = to_plain(settings)
    return {"schema": INDEX_SCHEMA} | plain


def _jobs(root: Path, clips: list[Clip], known: list[SegmentRow]) -> list[_Job]:
    by_name = grouped((row.name, row) for row in known)
    return [
        _Job(
            clip=clip,
            index=index,
            source=Path(os.path.relpath(clip.path, root)).as_posix(),
            known=tuple(by_name.get(clip.name, ())),
        )
        for index, clip in enumerate(clips)
    ]


def _cut_clip(job: _Job, *, out: Path, settings: PrepareSettings) -> _Result:
    try:
        with naming_unusable(job.clip.path):
            _check_names(job.clip)
            if _is_done(job, out):
                return _Result(rows=job.known, is_kept=True)
            recording = read_recording(job.clip.files, settings.audio)
            exact = read_exact(job.clip.path)
            n_samples, rate_hz = len(exact.values), recording.format.sample_rate_hz
            length = min(round(settings.segment_s * rate_hz), n_samples)
            waveforms = _slices(recording.waveform, length, rate_hz, n_samples)
            segments = [
                (_row(job, number, length, rate_hz), log_mel_of(waveform, settings.spectrum))
                for number, waveform in enumerate(waveforms)
            ]
    except DataError as error:
        return _Result(error=error)
    # a full disk is no fault of the recording
    rows = tuple(write_segment(out, row, exact, frames) for row, frames in segments)
    return _Result(rows=rows, dropped_s=(n_samples - len(rows) * length) / rate_hz)


def _check_names(clip: Clip) -> None:
    """Check that the index can be read again that names the clip.

    Raises
    ------
    DataError
        If it cannot.
    """
    if not is_plain_name(clip.machine_type) or not is_plain_name(clip.name):
        problem = "its name, or that of its machine, holds characters that are not shown"
        raise DataError(problem, path=clip.path, advice="rename it")


def _is_done(job: _Job, out: Path) -> bool:
    state = size_and_time_ns(job.clip.path)
    return bool(job.known) and (
        all(
            (row.source_bytes, row.source_mtime_ns) == state
            and (row.index, row.source) == (job.index, job.source)
            for row in job.known
        )
        and not problems(out, job.known)
    )


def _slices(waveform: Waveform, length: int, rate_hz: int, n_samples: int) -> Iterator[Waveform]:
    """The waveform of every segment; ``length`` and ``n_samples`` count at the recorded rate."""
    scale = waveform.sample_rate_hz / rate_hz
    for start in range(0, n_samples - length + 1, length):
        part = slice(round(start * scale), round((start + length) * scale))
        yield waveform.changed(itemgetter(part))


def _row(job: _Job, segment_id: int, length: int, rate_hz: int) -> SegmentRow:
    clip = job.clip
    source_bytes, source_mtime_ns = size_and_time_ns(clip.path)
    return SegmentRow(
        machine_type=clip.machine_type,
        section=clip.section,
        split=clip.split.value,
        index=job.index,
        segment_id=segment_id,
        start_sample=segment_id * length,
        n_samples=length,
        sample_rate_hz=rate_hz,
        domain=clip.domain.value if clip.domain else UNKNOWN,
        label=clip.label.value if clip.label else UNKNOWN,
        attributes=clip.attributes,
        name=clip.name,
        source=job.source,
        source_bytes=source_bytes,
        source_mtime_ns=source_mtime_ns,
        segment_sha256="",
        spectrogram_sha256="",
    )


def _summary(group: _Group, clips: list[Clip], results: list[_Result]) -> Prepared:
    return Prepared(
        machine_type=group[0],
        split=group[1],
        n_clips=len(clips),
        n_kept=sum(result.is_kept for result in results),
        n_segments=sum(len(result.rows) for result in results),
        n_cut=sum(result.dropped_s > 0 for result in results),
        dropped_s=sum(result.dropped_s for result in results),
        skipped=tuple(
            SkippedClip(clip=clip, error=result.error)
            for clip, result in zip(clips, results, strict=True)
            if result.error
        ),
    )
