"""Score any recordings with the models that fit them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.errors import DataError, DcaseClassicError
from dcase_classic.given_files import given_name, given_path
from dcase_classic.io.manifest import read_manifest, while_unchanged
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.recordings.own_clips import OwnSource, find_own_clips
from dcase_classic.log import LOGGER
from dcase_classic.outcomes.predictions import ClipScore, Prediction
from dcase_classic.outcomes.tables import Results
from dcase_classic.parallel.processes import workers
from dcase_classic.pipeline.inference import Inference, infer
from dcase_classic.pipeline.model_choice import choose_model, foreign_section, no_model
from dcase_classic.records import Clip, SectionKey, Span, shared_fields
from dcase_classic.run import Run

if TYPE_CHECKING:
    from dcase_classic.outcomes.scores import Scored


def predict(
    recordings: OwnSource,
    models: str | PathLike[str],
    *,
    machine_type: str | None = None,
    false_alarms: float | None = None,
    out_of_range: str | None = None,
    run: Run = Run(),
) -> Results[Prediction]:
    """What the models say of every recording, in the order of ``recordings``.

    A recording that is longer than those of training has a row for each of its windows.

    The model is that of the clip's machine and section where they are known; else the only model
    there is; else that of the machine that the folders above the file name.

    Parameters
    ----------
    recordings : a file, a folder with all below it, or several of both; or clips, whose machine and
        section are empty where they are not known.
    models : a folder that ``fit`` has written.
    machine_type : of all clips that do not tell theirs.
    false_alarms : the rate that decisions are made for, in (0, 1); None for that of the models.
    out_of_range : ``flag``, ``adjust`` or ``refuse`` recordings that are louder or softer than
        those of training; None for what the settings of the model say.
    run : how the work is done; by itself it leaves recordings that cannot be scored without score.

    Raises
    ------
    DataError
        If a recording cannot be scored and the run stops at it.
    ArtifactError
        If there is no such machine, or a model is damaged or of another version.
    """
    inquiry = Inquiry(
        clips=own_clips(find_own_clips(recordings), machine_type),
        models=given_path(models).absolute(),
        machine_type=machine_type,
        false_alarms=false_alarms,
        out_of_range=out_of_range,
        run=run,
    )
    return Results(chain.from_iterable(predict_clips(inquiry)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inquiry:
    """Clips, and the models that are asked about them.

    Attributes
    ----------
    clips : whose machine and section are empty where they are not known.
    models : their folder, an absolute path: workers may be elsewhere.
    machine_type, false_alarms, out_of_range, run : as of `predict`.
    streams : the names that streams were given by, for the files that they were put into.
    """

    clips: Sequence[Clip]
    models: Path
    machine_type: str | None = None
    false_alarms: float | None = None
    out_of_range: str | None = None
    run: Run = Run()
    streams: Mapping[Path, Path] = field(default_factory=dict)

    def named(self, rows: Iterable[Prediction]) -> list[Prediction]:
        """Rows by the names that people gave."""
        return [replace(row, path=self.streams.get(row.path, row.path)) for row in rows]

    def entries(self) -> dict[SectionKey, ModelEntry]:
        """What the manifest says of the models."""
        return read_manifest(self.models, verify_key=self.run.verify_key_file)

    def used(self) -> dict[SectionKey, ModelEntry]:
        """The models that the clips have: others may lie beside them."""
        entries = self.entries()
        keys = sorted(entries)
        chosen = {choose_model(clip, keys) for clip in self.clips}
        return {key: entry for key, entry in entries.items() if key in chosen}


def own_clips(clips: Iterable[Clip], machine_type: str | None) -> list[Clip]:
    """Clips of a machine where they do not tell theirs."""
    return [replace(clip, machine_type=clip.machine_type or machine_type or "") for clip in clips]


def predict_clips(inquiry: Inquiry) -> list[list[Prediction]]:
    """The rows of every clip; see `predict`."""
    return while_unchanged(inquiry.models, partial(_rows_of_clips, inquiry))


def _rows_of_clips(inquiry: Inquiry) -> list[list[Prediction]]:
    clips, run = inquiry.clips, inquiry.run
    entries = inquiry.entries()
    keys = sorted(entries)
    machine_type = given_name(inquiry.machine_type)
    if not keys or machine_type not in {None, *(machine for machine, _ in keys)}:
        raise no_model(machine_type or "", keys, inquiry.models)
    choices = [choose_model(clip, keys) for clip in clips]
    lost = [choice for choice in choices if isinstance(choice, DataError)]
    if lost and run.stops(by_default=False):
        raise DataError.from_many(lost)
    predictions = [
        [_not_scored(clip, choice)] if isinstance(choice, DataError) else []
        for clip, choice in zip(clips, choices, strict=True)
    ]
    places: dict[SectionKey, list[int]] = {}
    for position, choice in enumerate(choices):
        if not isinstance(choice, DataError):
            path = clips[position].path
            LOGGER.debug("%s: scored by the model of %s section %s", path, *choice)
            places.setdefault(choice, []).append(position)
    with workers(run):
        for key, positions in sorted(places.items()):
            inference = infer(
                [clips[position] for position in positions],
                inquiry.models,
                entries[key],
                false_alarms=inquiry.false_alarms,
                out_of_range=inquiry.out_of_range,
                run=run,
            )
            predicted = _with_doubts(by_clip(inference, key), entries[key])
            for position in positions:
                predictions[position] = predicted[clips[position]]
    return predictions


def _with_doubts(
    predicted: dict[Clip, list[Prediction]], entry: ModelEntry
) -> dict[Clip, list[Prediction]]:
    """The rows of clips; those of another section, and of training, say so."""
    trained, named = entry.training.among(predicted), {}
    for clip, rows in predicted.items():
        said = [foreign_section(clip, entry.key, entry.held_out)]
        if clip in trained:
            said.append("the model was fitted on it: score and p tell nothing")
        named[clip] = [
            replace(row, reason="; ".join(filter(None, (row.reason, *said))) or None)
            for row in rows
        ]
    return named


def scored_rows(clips: Iterable[Clip], results: "Iterable[Scored]") -> list[list[Prediction]]:
    """The rows of every clip, from results of ``score`` that hold predictions."""
    rows: dict[Clip, Sequence[Prediction]] = {}
    for scored in results:
        rows |= {lost.clip: [_not_scored(lost.clip, lost.error)] for lost in scored.skipped}
        rows |= scored.predictions
    return [list(rows[clip]) for clip in clips]


def by_clip(inference: Inference, key: SectionKey) -> dict[Clip, list[Prediction]]:
    """What is said of every clip of a model: one row, or one of each of its windows in order."""
    predictions = {
        skipped.clip: [_not_scored(replace(skipped.clip, machine_type=key[0]), skipped.error)]
        for skipped in inference.skipped
    }
    for clip, measure, score in zip(
        inference.clips, inference.measures, inference.scores, strict=True
    ):
        prediction = prediction_of(clip, key[0], score, reason="; ".join(measure.flags) or None)
        predictions.setdefault(clip, []).append(_placed(prediction, measure.span))
    for lost in inference.lost:
        prediction = _not_scored(replace(lost.clip, machine_type=key[0]), lost.error)
        predictions[lost.clip].append(_placed(prediction, lost.span))
    return {clip: sorted(rows, key=_start) for clip, rows in predictions.items()}


def prediction_of(
    clip: Clip, machine_type: str, score: ClipScore, *, reason: str | None
) -> Prediction:
    """What is said of a clip that has a score."""
    prediction = Prediction(
        **shared_fields(score, Prediction),
        path=clip.path,
        machine_type=machine_type,
        decision=int(score.is_anomaly),
        reason=reason,
    )
    return _placed(prediction, clip.span)


def _placed(prediction: Prediction, span: Span | None) -> Prediction:
    if span is None:
        return prediction
    return replace(prediction, start_s=span.start_s, end_s=span.end_s)


def _start(prediction: Prediction) -> float:
    return prediction.start_s or 0.0


def _not_scored(clip: Clip, error: DcaseClassicError) -> Prediction:
    """What is said of a recording without score; the path stands in a field of its own."""
    return Prediction(
        path=clip.path,
        machine_type=clip.machine_type or None,
        reason=error.reason_beside(clip.path),
    )
