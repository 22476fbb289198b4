"""Say why recordings have the scores that they have."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.given_files import is_file
from dcase_classic.io.artifacts import Artifact, load_model
from dcase_classic.io.recordings.audio import Recording
from dcase_classic.io.recordings.memory import recording_of
from dcase_classic.io.recordings.windows import iter_window_recordings
from dcase_classic.model.explain import Explainer
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import Explanation, NearestNormal
from dcase_classic.parallel.blas_threads import one_blas_thread
from dcase_classic.parallel.processes import batches, map_ordered, workers
from dcase_classic.pipeline.clip_features import scored_waveform
from dcase_classic.pipeline.expected import Expected
from dcase_classic.pipeline.inference import infer_in_memory
from dcase_classic.pipeline.model_choice import choose_model
from dcase_classic.pipeline.predict import Inquiry, by_clip, predict_clips
from dcase_classic.records import Clip, SectionKey
from dcase_classic.report.predictions import severity_of
from dcase_classic.run import Run
from dcase_classic.sound.level import level_db

_CLIPS_PER_LOAD = 25  # a model is loaded once for so many


def explain(inquiry: Inquiry) -> list[list[Prediction]]:
    """What `predict_clips` says of every clip, and why: `Prediction.explanation`."""
    return explain_rows(inquiry, predict_clips(inquiry))


def explain_rows(
    inquiry: Inquiry,
    rows: Sequence[Sequence[Prediction]],
    *,
    is_wanted: Callable[[Prediction], bool] = lambda _: True,
) -> list[list[Prediction]]:
    """The rows of every clip with explanations; rows without a score stay as they are.

    Parameters
    ----------
    inquiry : clips and models.
    rows : what the models say of each clip.
    is_wanted : whether a row is to be explained.

    Raises
    ------
    ArtifactError
        If a model is damaged or of another version.
    """
    keys = sorted(inquiry.entries())
    by_key: dict[SectionKey, list[_Item]] = {}
    for position, (clip, rows_of_clip) in enumerate(zip(inquiry.clips, rows, strict=True)):
        wanted = [
            number
            for number, row in enumerate(rows_of_clip)
            if row.anomaly_score is not None and is_wanted(row)
        ]
        key = choose_model(clip, keys) if wanted else None
        if isinstance(key, tuple):
            starts = tuple(rows_of_clip[number].start_s for number in wanted)
            item = _Item(clip=clip, starts_s=starts, position=position, numbers=tuple(wanted))
            by_key.setdefault(key, []).append(item)
    run = inquiry.run
    parts = [
        (key, batch) for key, items in by_key.items() for batch in batches(items, _CLIPS_PER_LOAD)
    ]
    explain_part = partial(
        _explain_part, models=inquiry.models, out_of_range=inquiry.out_of_range, run=run
    )
    explained = [list(rows_of_clip) for rows_of_clip in rows]
    with workers(run):
        results = map_ordered(explain_part, parts, n_jobs=run.n_jobs, description="explain")
        for (_, batch), explanations in zip(parts, results, strict=True):
            for item, own in zip(batch, explanations, strict=True):
                for number, explanation in zip(item.numbers, own, strict=True):
                    row = explained[item.position][number]
                    explained[item.position][number] = replace(row, explanation=explanation)
    return explained


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A clip, and where its rows ``numbers`` begin in it: None for the whole clip."""

    clip: Clip
    starts_s: tuple[float | None, ...]
    position: int
    numbers: tuple[int, ...]


def explain_in_memory(clips: Sequence[Clip], artifact: Artifact, *, run: Run) -> list[Explanation]:
    """Why the model that is loaded gives every clip its score; of a long one its worst window.

    Raises
    ------
    DataError
        If a clip cannot be used.
    """
    said = by_clip(infer_in_memory(clips, artifact, run=run), artifact.key)
    worst = [max(said[clip], key=severity_of) for clip in clips]
    items = [
        _Item(clip=clip, starts_s=(row.start_s,), position=position, numbers=(0,))
        for position, (clip, row) in enumerate(zip(clips, worst, strict=True))
    ]
    with one_blas_thread():  # as where whole models are loaded: the same bits, and less time
        return [explanation for (explanation,) in _explain_items(items, artifact)]


def _explain_part(
    part: tuple[SectionKey, Sequence[_Item]], *, models: Path, out_of_range: str | None, run: Run
) -> list[list[Explanation]]:
    """Why some clips of one model have their scores."""
    key, items = part
    artifact = load_model(models, *key, verify_key=run.verify_key_file, allow_parts=run.allow_parts)
    return _explain_items(items, artifact, out_of_range=out_of_range)


def _explain_items(
    items: Sequence[_Item], artifact: Artifact, *, out_of_range: str | None = None
) -> list[list[Explanation]]:
    expected = Expected.from_artifact(artifact, out_of_range=out_of_range)
    explainer = Explainer.from_config(artifact.model, artifact.view_config)
    return [
        [
            explain_recording(recording, artifact, expected, explainer).later(start_s)
            for recording, start_s in _recordings(item, artifact, expected)
        ]
        for item in items
    ]


def _recordings(
    item: _Item, artifact: Artifact, expected: Expected
) -> Iterator[tuple[Recording, float]]:
    """The clip, or those of its windows that are wanted, and when each begins."""
    clip, audio = item.clip, artifact.config.audio
    if item.starts_s == (None,) or expected.windows is None:
        yield recording_of(clip, audio), 0.0
        return
    windows = iter_window_recordings(
        clip,
        audio,
        window_s=expected.windows.length_s,
        hop_s=expected.windows.hop_s,
        is_wanted=lambda span: span.start_s in item.starts_s,
    )
    for span, recording in islice(windows, len(item.starts_s)):  # what lies behind is not read
        if not isinstance(recording, DataError):
            yield recording, span.start_s


def explain_recording(
    recording: Recording, artifact: Artifact, expected: Expected, explainer: Explainer
) -> Explanation:
    """Why the sound has its score, which is heard and measured as `predict` does."""
    level = level_db(recording.waveform.samples)
    waveform = scored_waveform(recording.waveform, expected.gain_db(level))
    (length_share,) = expected.length_shares([recording.format.duration_s])
    explanation = explainer.explain(waveform, float(length_share))
    return replace(explanation, nearest_normal=_placed(explanation.nearest_normal, artifact))


def _placed(nearest: NearestNormal, artifact: Artifact) -> NearestNormal:
    """With the file, where the model knows it."""
    if not artifact.training.files:
        return nearest
    training, position = artifact.training, nearest.position
    path = training.path(position)
    return replace(
        nearest,
        path=path,
        is_there=is_file(path),
        span=training.span(position),
        name=training.name(position),
    )
