"""Make the page of models: what their training clips look and sound like, misfits first."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError
from dcase_classic.io.artifacts import Artifact, load_entry
from dcase_classic.io.learned_clips import LearnedClip, digests_by_file, known_clips
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.model_entry import RECALIBRATED, ModelEntry, title_of
from dcase_classic.io.recordings.sessions import BY_RECORDING
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.pipeline.inference import clip_scores
from dcase_classic.pipeline.page import Hearing, PageSettings, file_problem, shown_recordings
from dcase_classic.pipeline.predict import prediction_of
from dcase_classic.records import Clip, Split
from dcase_classic.report.page.document import Page
from dcase_classic.report.page.models import model_plain
from dcase_classic.report.page.recordings import lost_text, recordings_plain
from dcase_classic.run import Run
from dcase_classic.wording import beside, counted

_WHAT = (
    "Misfits, and the most typical recording of every session, with held-out scores as the models "
    "were when they were fitted."
)
_MOST_SESSIONS = 30  # of a model; of more the first ones are shown


def models_page(models: Path, settings: PageSettings = PageSettings(), *, run: Run = Run()) -> Page:
    """The page of the models in a folder: their misfits, and the medoid of every session.

    Scores and severities are those of held-out clips: of the folds that did not see the clip. Of a
    model that was recalibrated they are those from before: later ones are of other clips.

    Raises
    ------
    ArtifactError
        If a model is damaged or of another version.
    """
    models = models.absolute()  # workers may be elsewhere
    clips: list[Clip] = []
    rows: list[list[Prediction]] = []
    cards, hearings, said = [], {}, [_WHAT]
    for entry in read_manifest(models, verify_key=run.verify_key_file).values():
        fitted = _as_fitted(entry)
        artifact = load_entry(models, fitted, allow_parts=run.allow_parts)
        learned = known_clips(models, fitted)
        names = _session_names(learned, artifact)
        if artifact.action != RECALIBRATED:
            own = _held_out(artifact, names)
            clips += [clip for clip, _ in own]
            rows += [[row] for _, row in own]
            said.append(_cut_text(artifact, title_of(entry.key, entry.held_out)))
        cards.append(model_plain(fitted, now=entry))
        hearings[entry.key] = Hearing(config=entry.config, digests=digests_by_file(learned))
    problem_of = cache(file_problem)  # several windows have one file

    def hearing_of(clip: Clip) -> Hearing | DataError:
        hearing = hearings[clip.machine_type, clip.section]
        problem = problem_of(clip.path, hearing.digests.get(clip.path, ""))
        return DataError(problem, path=clip.path) if problem else hearing

    shown = shown_recordings(clips, rows, hearing_of, settings=settings, run=run)
    return Page(
        title="What the models were fitted on",
        overview=" ".join(filter(None, (*said, lost_text(shown)))),
        recordings=recordings_plain(shown),
        models=cards,
    )


def _as_fitted(entry: ModelEntry) -> ModelEntry:
    """The model whose held-out scores are those of its training clips, if it is there still."""
    while entry.action == RECALIBRATED and entry.history:
        entry = entry.undone()
    return entry


def _session_names(learned: Sequence[LearnedClip], artifact: Artifact) -> dict[Path, str]:
    """The name of the session of every training file, where the model tells it."""
    if artifact.session_source == BY_RECORDING:
        paths = map(artifact.training.path, range(len(artifact.training.files)))
        return {path: path.name for path in paths}
    return {Path(clip.path): f"session {clip.session}" for clip in learned if clip.session}


def _held_out(artifact: Artifact, names: Mapping[Path, str]) -> list[tuple[Clip, Prediction]]:
    """The training clips that are shown, and what their held-out scores say."""
    machine_type, section = artifact.key
    shown = _shown(artifact, names)
    clips = [
        Clip(
            path=artifact.training.path(position),
            span=artifact.training.span(position),
            machine_type=machine_type,
            section=section,
            split=Split.TRAIN,
        )
        for position in shown
    ]
    scores = clip_scores(clips, artifact.model.held_out_scores[[*shown]], artifact.model)
    return [
        (clip, prediction_of(clip, machine_type, score, reason=reason))
        for clip, reason, score in zip(clips, shown.values(), scores, strict=True)
    ]


def _shown(artifact: Artifact, names: Mapping[Path, str]) -> dict[int, str]:
    """Why training clips are shown, by their positions."""
    reasons: dict[int, str] = {}
    for misfit in artifact.misfits:
        position = artifact.training.position(misfit.name)
        if position is not None and not misfit.is_dropped:
            fit = "does not fit the others" if misfit.is_named else "one of the least typical"
            times = beside(misfit.excess, 1.0)
            reasons[position] = f"{fit}: {times} times the limit, rank {misfit.rank}"
    if artifact.model.normal is not None and artifact.training.files:
        for position, words, number in _medoids(artifact, artifact.model.normal):
            session = names.get(artifact.training.path(position), number)
            typical = f"{words} of {session}" if session else words
            earlier = reasons.get(position)
            reasons[position] = typical if earlier is None else f"{earlier}; {typical}"
    return reasons


def _medoids(artifact: Artifact, normal: NormalSound) -> Iterator[tuple[int, str, str]]:
    """The clip of every session that is nearest to its mean, and the number of what is told."""
    sessions, numbers = _sessions(artifact, normal)
    for number in range(min(len(sessions), _MOST_SESSIONS)):
        members = np.flatnonzero(numbers == number)
        clips = counted(len(members), artifact.training.unit)
        session = f"session {number + 1}" if sessions[number, 1] >= 0 else ""
        yield normal.most_typical(members), f"the most typical of {clips}", session


def _sessions(artifact: Artifact, normal: NormalSound) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Domain and session, in order, and the place there of every clip of the normal sound."""
    groups = artifact.model.clips
    pairs = np.column_stack((groups.domains, groups.sessions))[normal.clips]
    sessions, numbers = np.unique(pairs, axis=0, return_inverse=True)
    return sessions, numbers.ravel()


def _cut_text(artifact: Artifact, title: str) -> str:
    """How many of the sessions are shown; empty for all of them."""
    normal = artifact.model.normal if artifact.training.files else None
    n_sessions = 0 if normal is None else len(_sessions(artifact, normal)[0])
    if n_sessions <= _MOST_SESSIONS:
        return ""
    return f"The first {_MOST_SESSIONS} of {n_sessions} sessions of {title} are shown."
