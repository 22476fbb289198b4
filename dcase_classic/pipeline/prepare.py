"""The classic data preparation: clips cut into segments, with a mel spectrogram for each."""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from dcase_classic.config import AudioConfig, SpectrumConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import open_audio, read_recording
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.layout import INDEX
from dcase_classic.io.recordings.prepared import (
    SEGMENTS,
    SETTINGS,
    SPECTROGRAMS,
    UNKNOWN,
    SegmentRow,
    check_settings,
    is_prepared,
    problems,
    read_index,
    write_index,
    write_unsynced,
)
from dcase_classic.outcomes import Prepared, SkippedClip
from dcase_classic.parallel import choose_jobs, map_ordered
from dcase_classic.pipeline.extract import OnError
from dcase_classic.records import Clip, Waveform
from dcase_classic.sound.front_end import log_mel_of

SCHEMA = 1

# Sample formats that a wav segment keeps; the value is the type that carries the samples exactly.
_KEPT = {
    "PCM_U8": "int32",
    "PCM_16": "int32",
    "PCM_24": "int32",
    "PCM_32": "int32",
    "FLOAT": "float32",
    "DOUBLE": "float64",
}
# Signed bytes do not exist in wav, u-law and A-law expand to 16 bit; all others decode to floats.
_REPLACED = {"PCM_S8": "PCM_U8", "ULAW": "PCM_16", "ALAW": "PCM_16"}

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


def prepare(  # noqa: PLR0913 - one parameter for each option of the verb
    data: Path,
    out: Path,
    settings: PrepareSettings,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    is_forced: bool = False,
    on_error: OnError = OnError.SKIP,
) -> Iterator[Prepared]:
    """Cut the clips below ``data`` into segments below ``out``, machine by machine.

    A clip that was prepared already is kept if its source has the same size and time, and both
    files of each segment have the content that was written; anything else is made again.

    Parameters
    ----------
    data : a data set in any layout that ``fit`` reads.
    out : the folder to write; see ``io.recordings.prepared``.
    settings : length of the segments, channel, rate and spectrogram.
    machines : only these; all where empty.
    n_jobs : number of processes; None lets the amount of work decide.
    is_forced : replace a folder of other settings.
    on_error : stop at a recording that cannot be used, or leave it out.

    Raises
    ------
    DataError
        If there is no clip, the folder is of other settings, or a recording cannot be used and
        ``on_error`` is FAIL.
    """
    clips = find_clips(data, machines=machines)
    if is_forced:
        for name in (INDEX, SETTINGS):
            (out / name).unlink(missing_ok=True)
    check_settings(out, _plain(settings))
    rows_of: dict[_Group, list[SegmentRow]] = {}
    for row in read_index(out) if is_prepared(out) else ():
        rows_of.setdefault((row.machine_type, row.split), []).append(row)
    groups: dict[_Group, list[Clip]] = {}
    for clip in clips:
        groups.setdefault((clip.machine_type, clip.split), []).append(clip)
    n_jobs = choose_jobs(n_jobs, len(clips))
    for group, of_group in groups.items():
        known = rows_of.get(group, [])
        jobs = _jobs(data, of_group, known)
        for folder in (SEGMENTS, SPECTROGRAMS):
            (out / folder).joinpath(*group).mkdir(parents=True, exist_ok=True)
        cut = partial(_cut_clip, out=out, settings=settings)
        results = list(map_ordered(cut, jobs, n_jobs=n_jobs, description=f"{group[0]} {group[1]}"))
        _stop_at(results, on_error)
        rows = [row for result in results for row in result.rows]
        if rows != known or not is_prepared(out):
            rows_of[group] = rows
            write_index(out, chain.from_iterable(rows_of.values()))
        _remove_stale(out, group, rows)
        yield _summary(group, of_group, results)


def verify(out: Path) -> int:
    """Check every file of a prepared folder against the index; the number of segments.

    Raises
    ------
    DataError
        If the folder is none, or files are missing or altered.
    """
    if not is_prepared(out):
        raise DataError(
            f"no {INDEX} and {SETTINGS} in it", path=out, advice="expected a prepared folder"
        )
    rows = read_index(out)
    found = problems(out, rows)
    if found:
        more = f"\nand {len(found) - 5} more" if len(found) > 5 else ""
        raise DataError("\n".join(found[:5]) + more + "\nprepare the data again to mend it")
    return len(rows)


def _plain(settings: PrepareSettings) -> dict[str, object]:
    plain: dict[str, object] = json.loads(json.dumps(asdict(settings)))
    return {"schema": SCHEMA} | plain


def _jobs(data: Path, clips: list[Clip], known: list[SegmentRow]) -> list[_Job]:
    by_name: dict[str, list[SegmentRow]] = {}
    for row in known:
        by_name.setdefault(row.name, []).append(row)
    root = data.resolve()
    return [
        _Job(
            clip=clip,
            index=index,
            source=clip.path.resolve().relative_to(root).as_posix(),
            known=tuple(by_name.get(clip.name, ())),
        )
        for index, clip in enumerate(sorted(clips, key=lambda clip: clip.name))
    ]


def _cut_clip(job: _Job, *, out: Path, settings: PrepareSettings) -> _Result:
    try:
        if _is_done(job, out):
            return _Result(rows=job.known, is_kept=True)
        recording = read_recording(job.clip.files, settings.audio)
        samples, coding = _exact_samples(job.clip.path)
        rate_hz = recording.format.sample_rate_hz
        length = min(round(settings.segment_s * rate_hz), len(samples))
        waveforms = _slices(recording.waveform, length, rate_hz, len(samples))
        rows = []
        for segment_id, waveform in enumerate(waveforms):
            start = segment_id * length
            row = _row(job, segment_id, start, length, rate_hz)
            rows.append(
                _write_segment(
                    row,
                    out,
                    samples[start : start + length],
                    coding,
                    log_mel_of(waveform, settings.spectrum),
                )
            )
    except DataError as error:
        return _Result(error=error)
    except ValueError as error:
        return _Result(error=DataError(f"too short or unusable ({error})", path=job.clip.path))
    return _Result(rows=tuple(rows), dropped_s=(len(samples) - len(rows) * length) / rate_hz)


def _is_done(job: _Job, out: Path) -> bool:
    state = job.clip.path.stat()
    return bool(job.known) and (
        all(
            (row.source_bytes, row.source_mtime_ns) == (state.st_size, state.st_mtime_ns)
            and (row.index, row.source) == (job.index, job.source)
            for row in job.known
        )
        and not problems(out, job.known)
    )


def _exact_samples(path: Path) -> tuple[NDArray[np.generic], str]:
    """All samples as they are in the file, (n_samples, n_channels), and the coding to keep them."""
    with open_audio(path) as file:
        coding = _REPLACED.get(file.subtype, file.subtype)
        coding = coding if coding in _KEPT else "FLOAT"
        samples: NDArray[np.generic] = file.read(dtype=_KEPT[coding], always_2d=True)
        return samples, coding


def _slices(waveform: Waveform, length: int, rate_hz: int, n_samples: int) -> Iterator[Waveform]:
    """The waveform of every segment; ``length`` and ``n_samples`` count at the recorded rate."""
    scale = waveform.sample_rate_hz / rate_hz
    for start in range(0, n_samples - length + 1, length):
        part = slice(round(start * scale), round((start + length) * scale))
        reference = waveform.reference
        yield Waveform(
            samples=waveform.samples[part],
            sample_rate_hz=waveform.sample_rate_hz,
            reference=None if reference is None else reference[part],
        )


def _row(job: _Job, segment_id: int, start: int, length: int, rate_hz: int) -> SegmentRow:
    clip, state = job.clip, job.clip.path.stat()
    return SegmentRow(
        machine_type=clip.machine_type,
        section=clip.section,
        split=clip.split.value,
        index=job.index,
        segment_id=segment_id,
        start_sample=start,
        n_samples=length,
        sample_rate_hz=rate_hz,
        domain=clip.domain.value if clip.domain else UNKNOWN,
        label=clip.label.value if clip.label else UNKNOWN,
        attributes=clip.attributes,
        name=clip.name,
        source=job.source,
        source_bytes=state.st_size,
        source_mtime_ns=state.st_mtime_ns,
        segment_sha256="",
        spectrogram_sha256="",
    )


def _write_segment(
    row: SegmentRow,
    out: Path,
    samples: NDArray[np.generic],
    coding: str,
    frames: NDArray[np.float32],
) -> SegmentRow:
    """Write both files; the spectrogram as (n_mels, n_frames), as librosa has it."""
    audio, spectrogram = io.BytesIO(), io.BytesIO()
    soundfile.write(audio, samples, row.sample_rate_hz, format="WAV", subtype=coding)
    np.save(spectrogram, np.ascontiguousarray(frames.T))
    return replace(
        row,
        segment_sha256=write_unsynced(row.segment_path(out), audio),
        spectrogram_sha256=write_unsynced(row.spectrogram_path(out), spectrogram),
    )


def _stop_at(results: list[_Result], on_error: OnError) -> None:
    lost = [result.error for result in results if result.error]
    if lost and (on_error is OnError.FAIL or len(lost) == len(results)):
        raise DataError.of_many(lost)


def _remove_stale(out: Path, group: _Group, rows: Iterable[SegmentRow]) -> None:
    """Remove segments of clips that are gone or stand in another row now."""
    stems = {row.stem for row in rows}
    for folder in (SEGMENTS, SPECTROGRAMS):
        for path in (out / folder).joinpath(*group).glob("*index=*__segment_id=*"):
            if path.stem not in stems:
                path.unlink()


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
            for clip, result in zip(sorted(clips, key=lambda of: of.name), results, strict=True)
            if result.error
        ),
    )
