"""A model after a service: what it has learned stays, threshold and scales are new."""

from dataclasses import replace

import numpy as np

from dcase_classic.errors import DataError, listed
from dcase_classic.io.artifacts import Artifact
from dcase_classic.io.recordings.sessions import with_sessions
from dcase_classic.model.calibration import ClipGroups
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.outcomes.recordings import SkippedClip
from dcase_classic.pipeline.clean import without_copies
from dcase_classic.pipeline.expected import Expected
from dcase_classic.pipeline.extract import Extraction, extract
from dcase_classic.pipeline.training_clips import by_recording, learning_intake, with_ranges
from dcase_classic.records import Clip, with_span
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd
from dcase_classic.wording import counted

FEWEST_AFTER_SERVICE = 10  # fewer say nothing about a rate of 1 in 10


def after_service(artifact: Artifact, clips: list[Clip], run: Run) -> tuple[Artifact, Extraction]:
    """The model with threshold, scales and levels of clips that it was not fitted on.

    Raises
    ------
    DataError
        If there are too few clips that can be used, or one cannot and the run stops at it.
    ValueError
        If they are too few for the rate.
    """
    model, config = artifact.model, artifact.view_config
    clips, source = with_sessions(clips, before=artifact.session_source)
    expected = replace(Expected.from_artifact(artifact), levels=None)  # they may be others now
    front_end = FrontEnd(audio=config.audio, features=model.features)
    extraction = extract(
        clips,
        learning_intake(front_end, config, usual=artifact.recordings),
        run=run,
        description=f"{artifact.machine_type} after service",
    )
    extraction, source = by_recording(extraction, source)
    extraction = _with_usual_lengths(extraction, expected)
    if run.stops(by_default=False):
        extraction.check_none_skipped()
    extraction, about_copies = without_copies(extraction)
    n_clips = len(extraction.clips)
    if n_clips < FEWEST_AFTER_SERVICE:
        wanted = f"expected {FEWEST_AFTER_SERVICE} or more"
        problem = f"{artifact.machine_type}: got {counted(n_clips, extraction.unit)}, {wanted}"
        left_out = [
            *(skipped.error for skipped in extraction.skipped),
            *map(DataError, about_copies),
        ]
        raise DataError.from_many([*left_out, DataError(problem)])
    changed = MachineFitter.from_config(config).after_service(
        model,
        extraction.tables,
        _groups(extraction, config.calibration.sessions),
        length_shares=extraction.length_shares(expected),
    )
    changed = replace(with_ranges(changed, extraction, config), lengths=model.lengths)
    notes = extraction.notes + about_copies + _above(changed, extraction)
    extraction = replace(extraction, notes=notes)
    return replace(artifact, model=changed, session_source=source), extraction


def _with_usual_lengths(extraction: Extraction, expected: Expected) -> Extraction:
    """The clips that are scored as those of training are; a threshold of others is another one."""
    kept, skipped = [], []
    pairs = zip(extraction.clips, extraction.measures, strict=True)
    for position, (clip, measure) in enumerate(pairs):
        try:
            expected.check_length(measure.duration_s)
            kept.append(position)
        except DataError as error:
            skipped.append(SkippedClip(clip=clip, error=error.at(clip.path)))
    if not skipped:
        return extraction
    chosen = extraction.choose(np.array(kept, np.intp))
    return replace(chosen, skipped=(*extraction.skipped, *skipped))


def _above(model: MachineModel, extraction: Extraction) -> tuple[str, ...]:
    """What is said of the clips that raise an alarm in spite of what they have changed."""
    scores, clips = model.held_out_scores, extraction.clips
    severities = model.standing(scores).severities
    order = np.argsort(-scores, kind="stable")[: np.count_nonzero(model.decide(scores))]
    if not len(order):
        return ()
    names = [
        f"{with_span(str(clips[position].path), clips[position].span)} "
        f"(severity {severities[position]:.0f})"
        for position in order
    ]
    what = f"{len(order)} of {counted(len(clips), extraction.unit)}"
    verb, them = ("lies", "it") if len(order) == 1 else ("lie", "them")
    return (f"{what} {verb} above the new threshold: {listed(names)}; listen to {them}",)


def _groups(extraction: Extraction, wanted: str) -> ClipGroups:
    clips = extraction.clips
    sessions = [clip.session for clip in clips]
    return ClipGroups.from_clips([clip.domain for clip in clips], sessions, wanted=wanted)
