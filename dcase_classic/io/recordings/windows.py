"""Windows of a long recording: a fixed length, in order, in constant memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import Decoded, Recording, as_recording, in_full_scale
from dcase_classic.io.recordings.decoding import Block, iter_scaled, open_sound
from dcase_classic.io.recordings.limits import check_alike
from dcase_classic.io.recordings.memory import decoded_samples
from dcase_classic.records import Clip, Span
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.window_cutter import Window, WindowCutter


def iter_window_recordings(
    clip: Clip,
    audio: AudioConfig,
    *,
    window_s: float,
    hop_s: float,
    with_rest: bool = True,
    is_wanted: Callable[[Span], bool] = lambda _: True,
) -> Iterator[tuple[Span, Recording | DataError]]:
    """The windows of a clip, each checked, centred and resampled like a clip of its length.

    With each comes the recording that it is, or what is wrong with it.

    Parameters
    ----------
    clip : its files follow each other.
    audio : channel and rate.
    window_s, hop_s : length and distance of the windows in seconds.
    with_rest : whether what lies behind the last of them is heard in another one that ends with the
        clip, and overlaps the one before.
    is_wanted : whether a window is taken; of others nothing is computed.

    Raises
    ------
    DataError
        If a file is missing, empty, not decodable or truncated.
    """
    sound_format, notes, blocks = _opened(clip)
    rate_hz = sound_format.sample_rate_hz
    n_window = max(1, round(window_s * rate_hz))
    n_hop = min(n_window, max(1, round(hop_s * rate_hz)))
    cutter = WindowCutter(n_window=n_window, n_hop=n_hop)
    for window in _windows(blocks, cutter, with_rest=with_rest):
        n_samples = len(window.samples)
        start, end = window.start, window.start + n_samples
        span = Span(start_s=start / rate_hz, end_s=end / rate_hz)
        if not is_wanted(span):
            continue
        decoded = Decoded(
            values=window.samples, format=replace(sound_format, n_samples=n_samples), notes=notes
        )
        yield span, _recording(decoded, audio, clip)


def read_span(clip: Clip, span: Span, audio: AudioConfig) -> tuple[Recording, Span]:
    """A stretch of a clip, checked, centred and resampled like a clip of its length.

    The second is what there is of the stretch.

    Raises
    ------
    DataError
        If a file is missing or not decodable, or nothing of the stretch is there.
    """
    sound_format, notes, blocks = _opened(clip)
    rate_hz = sound_format.sample_rate_hz
    first, behind = round(span.start_s * rate_hz), round(span.end_s * rate_hz)
    n_before, parts = 0, []
    for block in blocks:
        parts.append(block[max(0, first - n_before) : max(0, behind - n_before)])
        n_before += len(block)
        if n_before >= behind:
            break
    values = np.concatenate(parts)
    if not len(values):
        problem = f"has nothing {span}, it is {n_before / rate_hz:.1f} s long"
        raise DataError(problem, path=clip.path)
    sound_format = replace(sound_format, n_samples=len(values))
    decoded = Decoded(values=values, format=sound_format, notes=notes)
    there = Span(start_s=first / rate_hz, end_s=(first + len(values)) / rate_hz)
    return as_recording(decoded, audio, clip.path), there


def _recording(decoded: Decoded, audio: AudioConfig, clip: Clip) -> Recording | DataError:
    try:
        return as_recording(decoded, audio, clip.path)
    except DataError as error:
        return error


def _windows(blocks: Iterable[Block], cutter: WindowCutter, *, with_rest: bool) -> Iterator[Window]:
    for block in blocks:
        yield from cutter.feed(block)
    for window in cutter.finish():
        if with_rest or not window.start:  # the only one begins with the clip
            yield window


def _opened(clip: Clip) -> tuple[ClipFormat, tuple[str, ...], Iterable[Block]]:
    """The format of a clip, what is odd about it, and its samples block by block.

    Raises
    ------
    DataError
        If it has no samples, or its files differ.
    """
    if clip.samples is not None:
        decoded = decoded_samples(clip.path, clip.samples)
        return decoded.format, decoded.notes, [in_full_scale(decoded.values)]
    formats: list[ClipFormat] = []
    notes: list[str] = []
    for path in clip.files:
        with open_sound(path, raw=clip.raw) as sound:
            formats.append(sound.format)
            notes += sound.notes
    check_alike(clip.path, formats)
    blocks = (block for path in clip.files for block in iter_scaled(path, raw=clip.raw))
    return formats[0], tuple(dict.fromkeys(notes)), blocks
