"""Make the page of recordings: what is said of them, why, and what is seen and heard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from os import PathLike
from pathlib import Path

from dcase_classic.config import Config
from dcase_classic.errors import DataError
from dcase_classic.given_files import given_path, is_file
from dcase_classic.io.files import write_text
from dcase_classic.io.learned_clips import digests_by_file, known_clips
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.io.recordings.sessions import days_in_name
from dcase_classic.io.recordings.windows import read_span
from dcase_classic.io.training_digest import is_replaced
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.parallel.processes import map_ordered
from dcase_classic.pipeline.explain import explain_rows
from dcase_classic.pipeline.model_choice import choose_model
from dcase_classic.pipeline.predict import Inquiry
from dcase_classic.records import Clip, SectionKey, Span, Split, Waveform
from dcase_classic.report.page.document import Page, page_html
from dcase_classic.report.page.models import model_plain
from dcase_classic.report.page.pictures import Picture
from dcase_classic.report.page.recordings import Day, Portrayal, ShownRecording, recordings_plain
from dcase_classic.report.page.sounds import EncodedSound, SoundCoding, common_gain, encode
from dcase_classic.report.predictions import alarms_text, severity_of
from dcase_classic.run import Run
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.front_end import log_mel_of

_AUDIBLE_S = 60.0  # of a longer recording, before its worst window and after its start


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What stands in a page.

    Attributes
    ----------
    n_audio : so many of the worst recordings can be heard.
    n_pictures : so many are explained and seen.
    sound : how sound is encoded.
    """

    n_audio: int = 10
    n_pictures: int = 200
    sound: SoundCoding = SoundCoding.OGG


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How a model hears recordings, and the hashes of the files that it has learned from."""

    config: Config
    digests: Mapping[Path, str] = field(default_factory=dict)


def write_page(path: str | PathLike[str], page: Page) -> None:
    """Write a page; a file at its final name is whole."""
    write_text(given_path(path), page_html(page))


def write_recordings_page(
    path: str | PathLike[str],
    inquiry: Inquiry,
    rows: Sequence[Sequence[Prediction]],
    settings: PageSettings = PageSettings(),
    *,
    complete: Callable[[Page], Page] = lambda page: page,
) -> list[list[Prediction]]:
    """Write the page of what is said of clips; the rows with explanations of the worst.

    Parameters
    ----------
    path : where the page is written.
    inquiry : clips and models.
    rows : what the models say of each clip.
    settings : what stands in the page.
    complete : adds what else the page shows.

    Raises
    ------
    ArtifactError
        If a model is damaged or of another version.
    """
    wanted = set(_worst(rows, settings).values())
    explained = explain_rows(inquiry, rows, is_wanted=wanted.__contains__)
    write_page(path, complete(recordings_page(inquiry, explained, settings)))
    return explained


def recordings_page(
    inquiry: Inquiry, rows: Sequence[Sequence[Prediction]], settings: PageSettings = PageSettings()
) -> Page:
    """The page of recordings and the models that scored them.

    Parameters
    ----------
    inquiry : clips and models.
    rows : what is said of each clip.
    settings : what stands in the page.

    Raises
    ------
    ArtifactError
        If the manifest is damaged or of another version.
    """
    clips, entries = inquiry.clips, inquiry.entries()
    keys = sorted(entries)

    @cache
    def hearing(key: SectionKey) -> Hearing:
        digests = digests_by_file(known_clips(inquiry.models, entries[key]))
        return Hearing(config=entries[key].config, digests=digests)

    def hearing_of(clip: Clip) -> Hearing | DataError:
        key = choose_model(clip, keys)
        return key if isinstance(key, DataError) else hearing(key)

    shown = [
        replace(recording, rows=inquiry.named(recording.rows), day=None)  # a stream has no date
        if clip.path in inquiry.streams
        else recording
        for clip, recording in zip(
            clips,
            shown_recordings(clips, rows, hearing_of, settings=settings, run=inquiry.run),
            strict=True,
        )
    ]
    worst = [recording.worst for recording in shown]
    return Page(
        title="Report on recordings",
        overview=overview(worst),
        recordings=recordings_plain(shown),
        models=[model_plain(entry, inquiry.false_alarms) for entry in inquiry.used().values()],
    )


def shown_recordings(
    clips: Sequence[Clip],
    rows: Sequence[Sequence[Prediction]],
    hearing_of: Callable[[Clip], Hearing | DataError],
    *,
    settings: PageSettings,
    run: Run,
) -> list[ShownRecording]:
    """Every recording with what is said of it; the worst can be seen, and some of them heard.

    Parameters
    ----------
    clips : the recordings.
    rows : what is said of each.
    hearing_of : how a recording is read and drawn, or why it cannot be.
    settings : how many are seen and heard.
    run : how the work is done.
    """
    hearings = [hearing_of(clip) for clip in clips]
    items = _items(clips, rows, hearings, settings)
    portrayed = map_ordered(_portray, [*items.values()], n_jobs=run.n_jobs, description="page")
    portrayals: dict[int, Portrayal | DataError] = {
        position: hearing
        for position, hearing in enumerate(hearings)
        if isinstance(hearing, DataError)
    }
    portrayals |= zip(items, portrayed, strict=True)
    return [
        _shown(own, portrayals.get(position), day_of(clip))
        for position, (clip, own) in enumerate(zip(clips, rows, strict=True))
    ]


def _shown(
    rows: Sequence[Prediction], portrayal: Portrayal | DataError | None, day: Day | None
) -> ShownRecording:
    if isinstance(portrayal, DataError):
        return ShownRecording(rows=rows, portrayal=None, day=day, problem=portrayal.problem)
    return ShownRecording(rows=rows, portrayal=portrayal, day=day)


def overview(worst: Sequence[Prediction]) -> str:
    """How many recordings raise an alarm, and how many have no score; of each its worst row."""
    n_alarms = sum(row.decision == 1 for row in worst)
    n_lost = sum(row.decision is None for row in worst)
    lost = f", {n_lost} could not be scored" if n_lost else ""
    return f"{alarms_text(n_alarms, len(worst))}{lost}."


def _worst(rows: Sequence[Sequence[Prediction]], settings: PageSettings) -> dict[int, Prediction]:
    """The worst row of each of the worst recordings that have a score, by position, worst first."""
    worst = [max(own, key=severity_of) for own in rows]
    order = sorted(range(len(worst)), key=lambda position: -severity_of(worst[position]))
    chosen = order[: settings.n_pictures]
    return {
        position: worst[position] for position in chosen if worst[position].severity is not None
    }


def _items(
    clips: Sequence[Clip],
    rows: Sequence[Sequence[Prediction]],
    hearings: Sequence[Hearing | DataError],
    settings: PageSettings,
) -> "dict[int, _Item]":
    """The recordings that are portrayed, by position, the worst first."""
    items: dict[int, _Item] = {}
    for position, row in _worst(rows, settings).items():
        hearing = hearings[position]
        if isinstance(hearing, Hearing):
            nearest = row.explanation and row.explanation.nearest_normal.path
            items[position] = _Item(
                clip=clips[position],
                row=row,
                config=hearing.config,
                nearest_digest=hearing.digests.get(nearest, "") if nearest else "",
                sound=settings.sound if len(items) < settings.n_audio else None,
            )
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A recording with its worst row, which is portrayed.

    ``nearest_digest`` is the hash that the file of its nearest normal had when it was learned from;
    ``sound`` is None for silence.
    """

    clip: Clip
    row: Prediction
    config: Config
    nearest_digest: str
    sound: SoundCoding | None


def day_of(clip: Clip) -> Day | None:
    """When a recording was made: the day in its name, else that of its file, if there is one."""
    for day in days_in_name(clip.name):
        return Day(date=day.isoformat(), source="its name")
    try:
        time_s = clip.path.stat().st_mtime
    except OSError:
        return None
    return Day(date=datetime.fromtimestamp(time_s, UTC).date().isoformat(), source="its file")


def _portray(item: _Item) -> Portrayal | DataError:
    """What is seen and heard, or why the file cannot be read any more."""
    try:
        with naming_unusable(item.clip.path):
            waveform, span = _heard(item)
    except DataError as error:
        return error
    spectrum, rate_hz = item.config.spectrum, waveform.sample_rate_hz
    axes = Axes(spectrum=spectrum, sample_rate_hz=rate_hz)
    start_s = item.row.start_s or 0.0
    first = round((start_s - span.start_s) * rate_hz)
    behind = len(waveform.samples)
    if item.row.end_s is not None:
        behind = round((item.row.end_s - span.start_s) * rate_hz)
    seen = waveform.changed(itemgetter(slice(first, behind)))
    if len(seen.samples) < spectrum.n_fft:
        return DataError("too short to be seen", path=item.clip.path)
    frames = log_mel_of(seen, spectrum)
    duration_s = len(seen.samples) / rate_hz
    nearest = _nearest(item)
    sound, nearest_sound = _sounds(item, waveform, span.start_s, nearest)
    return Portrayal(
        picture=Picture.from_frames(frames, axes, start_s=start_s, duration_s=duration_s),
        axes=axes,
        n_bands=frames.shape[1],
        start_s=start_s,
        duration_s=duration_s,
        sound=sound,
        nearest_sound=nearest_sound,
        nearest_problem=nearest.problem if isinstance(nearest, DataError) else "",
    )


def _heard(item: _Item) -> tuple[Waveform, Span]:
    """A recording, or what lies around the worst window of a long one."""
    clip, span, audio = item.clip, item.row.span, item.config.audio
    if span is None:
        waveform = recording_of(clip, audio).waveform
        return waveform, Span(start_s=0.0, end_s=len(waveform.samples) / waveform.sample_rate_hz)
    around = Span(start_s=max(0.0, span.start_s - _AUDIBLE_S), end_s=span.end_s + _AUDIBLE_S)
    recording, there = read_span(clip, around, audio)
    return recording.waveform, there


def _sounds(
    item: _Item, waveform: Waveform, start_s: float, nearest: Waveform | DataError | None
) -> tuple[EncodedSound | None, EncodedSound | None]:
    """The recording and its nearest normal, with one gain for both."""
    if item.sound is None:
        return None, None
    other = nearest if isinstance(nearest, Waveform) else None
    gain = common_gain(waveform, *([] if other is None else [other]))
    own = encode(waveform, gain=gain, start_s=start_s, wanted=item.sound)
    return own, None if other is None else encode(other, gain=gain, wanted=item.sound)


def _nearest(item: _Item) -> Waveform | DataError | None:
    """The sound of the nearest normal, or why it cannot be heard; None where nothing is."""
    nearest = None if item.row.explanation is None else item.row.explanation.nearest_normal
    if item.sound is None or nearest is None or nearest.path is None:
        return None
    path, span, audio = nearest.path, nearest.span, item.config.audio
    problem = file_problem(path, item.nearest_digest)
    if problem:
        return DataError(problem, path=path)
    try:
        with naming_unusable(path):
            if span is None:
                return read_recording((path,), audio).waveform
            clip = Clip(path=path, machine_type="", section="", split=Split.TRAIN)
            return read_span(clip, span, audio)[0].waveform
    except DataError as error:
        return error


def file_problem(path: Path, learned: str = "") -> str:
    """Why a file is not what a page is to show; empty for none.

    Parameters
    ----------
    path : the file.
    learned : the hash of what the model has learned from; empty where it is not known.
    """
    if not is_file(path):
        return "not there any more"
    return "replaced since `fit`" if is_replaced(path, learned) else ""
