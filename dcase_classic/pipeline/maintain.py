"""A model's life after fit: more normals, a service, and the way back."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from dcase_classic.errors import ArtifactError, DataError, listed
from dcase_classic.given_files import composed, given_path, is_file
from dcase_classic.io.artifacts import (
    Artifact,
    checked_content,
    copy_files,
    load_entry,
    write_change,
)
from dcase_classic.io.files import check_writable
from dcase_classic.io.learned_clips import LearnedClip, LearnedClips, read_learned_clips
from dcase_classic.io.manifest import changing_models, read_manifest
from dcase_classic.io.model_entry import ADDED, RECALIBRATED, ModelEntry, title_of
from dcase_classic.io.recordings.own_clips import (
    OwnSource,
    find_own_clips,
    normal_clips,
    with_own_names,
)
from dcase_classic.io.recordings.sessions import with_more_sessions
from dcase_classic.io.recordings.training_sections import TrainingSection
from dcase_classic.io.training_digest import file_digests
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.model.foreign_parts import admit_parts
from dcase_classic.model.rates import at_rate
from dcase_classic.outcomes.fits import Fitted, Recalibrated
from dcase_classic.parallel.processes import workers
from dcase_classic.pipeline.after_service import after_service
from dcase_classic.pipeline.fit import fit_section, fitted_of
from dcase_classic.pipeline.model_choice import named_keys, single_key
from dcase_classic.records import Clip, SectionKey
from dcase_classic.run import Run
from dcase_classic.wording import Loss, counted


def add_normals(
    recordings: OwnSource,
    models: str | PathLike[str],
    *,
    machine_type: str | None = None,
    drop_misfits: bool = False,
    run: Run = Run(),
) -> Fitted:
    """Fit a model again on the recordings it was fitted on and on new normal ones.

    Settings, recordings and what it is told from are those that the folder of the model names. The
    model that was stays in the folder (`undo`).

    Parameters
    ----------
    recordings : the new ones, as of ``predict``.
    models : a folder that ``fit`` has written.
    machine_type : whose model; it may be left out where there is one.
    drop_misfits : leave out recordings that do not fit the others, from now on.
    run : how the work is done; by itself it stops at a new recording that cannot be used.

    Raises
    ------
    DataError
        If nothing is new, or a recording cannot be used and the run stops at it.
    ArtifactError
        If there is no such model, or it does not tell what it was fitted on.
    """
    folder = given_path(models).absolute()
    entry = choose_entry(folder, machine_type, run)
    check_writable(folder)
    admit_parts(entry.config, entry.foreign, run.allow_parts)
    learned = read_learned_clips(folder, entry)
    kept, notes = _still_there(learned.clips)
    clips = [clip.clip for clip in learned.clips]
    if not kept:
        problem = f"none of the {counted(len(clips), 'recording')} is there that it was fitted on"
        raise DataError(problem, path=folder, advice="bring them back, or fit the new ones anew")
    if entry.action == RECALIBRATED:
        notes.append("recalibrated before: threshold and scales are those of all recordings again")
    new = _new_clips(recordings, entry.key, learned=clips, known=kept)
    siblings, about_siblings = _still_there(learned.contrast)
    section = _section(entry, kept, new, siblings)
    config = entry.config
    if drop_misfits:
        config = replace(config, misfits=replace(config.misfits, drop=True))
    with workers(run):
        fitted_again = fit_section(section, config=config, run=run)
    fitted = fitted_again.told(_enter(folder, entry, fitted_again.artifact, ADDED))
    count = f"{counted(len(new), 'new recording')} beside {len(kept)} known"
    notes += _come_back(entry, kept, fitted_again.artifact.training)
    return replace(fitted, notes=(count, *notes, *about_siblings, *fitted.notes))


def recalibrate(
    recordings: OwnSource,
    models: str | PathLike[str],
    *,
    machine_type: str | None = None,
    false_alarms: float | None = None,
    run: Run = Run(),
) -> Recalibrated:
    """Give a model the threshold and scales of new normal recordings; what it has learned stays.

    For the first normals after a service: the machine sounds a little different, and a model that
    is fitted again would take weeks of recordings. The model that was stays in the folder (`undo`).

    Parameters
    ----------
    recordings : ten or more that nobody has trained with, as of ``predict``; none changes only the
        rate, by the recordings that the threshold was made of.
    models : a folder that ``fit`` has written.
    machine_type : whose model; it may be left out where there is one.
    false_alarms : the rate that is wanted from now on; None for that of the model.
    run : how the work is done; by itself it leaves out recordings that cannot be used.

    Raises
    ------
    DataError
        If there are too few recordings, or some are those that it was fitted on.
    ArtifactError
        If there is no such model, or it is damaged.
    """
    folder = given_path(models).absolute()
    entry = choose_entry(folder, machine_type, run)
    check_writable(folder)
    title = title_of(entry.key, entry.held_out)
    artifact = load_entry(folder, entry, allow_parts=run.allow_parts)
    if false_alarms is not None:
        artifact = replace(artifact, config=at_rate(artifact.config, false_alarms))
    clips = [] if _is_none(recordings) else _unheard(recordings, folder, entry)
    try:
        if clips:
            changed, extraction = after_service(artifact, clips, run)
        elif false_alarms is not None:
            model = artifact.model.recalibrated(artifact.view_config)
            changed, extraction = replace(artifact, model=model), None
        else:
            raise DataError("nothing to do", advice="give new normal recordings, or a rate")
    except ValueError as error:
        raise DataError(f"{title}: {error}", path=folder) from error
    written = _enter(folder, entry, changed, RECALIBRATED)
    return Recalibrated(
        title=title,
        threshold_before=entry.threshold,
        fitted=fitted_of(written, is_new=True),
        skipped=() if extraction is None else extraction.skipped,
        flagged=() if extraction is None else extraction.flagged,
        notes=() if extraction is None else extraction.notes,
    )


def undo(
    models: str | PathLike[str], *, machine_type: str | None = None, run: Run = Run()
) -> Recalibrated:
    """Take back the last change of a model: recalibrated, or fitted with more recordings.

    Raises
    ------
    ArtifactError
        If there is no such model, nothing was changed, or what was is missing or damaged.
    """
    folder = given_path(models).absolute()
    entry = choose_entry(folder, machine_type, run)
    before = entry.undone()
    with changing_models(folder) as entries:
        _check_same(entries, entry, folder)
        entries[entry.key] = before
        checked_content(folder, before)
    return Recalibrated(
        title=title_of(entry.key, entry.held_out),
        threshold_before=entry.threshold,
        fitted=fitted_of(before, is_new=False),
    )


def rename_machine(
    models: str | PathLike[str], machine_type: str, name: str, *, run: Run = Run()
) -> int:
    """Call the models of a machine by another name; how many there are.

    Raises
    ------
    ArtifactError
        If there are none, the name cannot be a file name, or there are models of this name.
    """
    folder = given_path(models).absolute()
    chosen = _entries_named(folder, machine_type, run)
    with changing_models(folder) as entries:
        for entry in chosen:
            _check_same(entries, entry, folder)
            renamed = replace(entry, machine_type=composed(name))
            if renamed.key == entry.key:
                raise ArtifactError(f"its model is called {name} already", path=folder)
            if renamed.key in entries:
                problem = f"holds a model of {name} already"
                raise ArtifactError(problem, path=folder, advice="remove it, or choose another")
            copy_files(folder, entry, renamed)
            del entries[entry.key]
            entries[renamed.key] = renamed
    return len(chosen)


def remove_models(models: str | PathLike[str], machine_type: str, *, run: Run = Run()) -> int:
    """Remove the models of a machine, or that of ``MACHINE/SECTION``; how many there were.

    Raises
    ------
    ArtifactError
        If there are none.
    """
    folder = given_path(models).absolute()
    chosen = _entries_named(folder, machine_type, run)
    with changing_models(folder) as entries:
        for entry in chosen:
            _check_same(entries, entry, folder)
            del entries[entry.key]
    return len(chosen)


def choose_entry(folder: Path, machine_type: str | None, run: Run) -> ModelEntry:
    """The model of a machine, or the only one; ``MACHINE/SECTION`` names one of several.

    Raises
    ------
    ArtifactError
        If there is none, or there are several.
    """
    entries = read_manifest(folder, verify_key=run.verify_key_file)
    return entries[single_key(entries, machine_type or "", folder)]


def _entries_named(folder: Path, machine_type: str, run: Run) -> list[ModelEntry]:
    """The models of ``MACHINE``, or of ``MACHINE/SECTION``."""
    entries = read_manifest(folder, verify_key=run.verify_key_file)
    return [entries[key] for key in named_keys(entries, machine_type, folder)]


def _still_there(clips: Iterable[LearnedClip]) -> tuple[list[Clip], list[str]]:
    """The clips whose files are there, and what is said of the others and of changed ones."""
    kept, missing, changed = [], [], []
    for learned in clips:
        clip = learned.clip
        if not all(map(is_file, clip.files)):
            missing.append(str(clip.path))
            continue
        kept.append(clip)
        if learned.digests and file_digests([clip], None) != [learned.digests]:
            changed.append(str(clip.path))
    notes: list[str] = []
    if missing:
        were = counted(len(missing), "recording is", "recordings are")
        notes.append(Loss(f"{were} gone and left out: {listed(missing)}"))
    if changed:
        notes.append(
            f"{counted(len(changed), 'recording has', 'recordings have')} "
            f"changed since: {listed(changed)}"
        )
    return kept, notes


def _come_back(entry: ModelEntry, known: Iterable[Clip], training: TrainingFiles) -> Iterator[str]:
    """What is said of misfits that were left out before and, beside new clips, fit."""
    paths = {clip.path for clip in known}
    positions = range(len(training.files))
    places = [
        training.place(position) for position in positions if training.path(position) in paths
    ]
    back = [
        misfit.name
        for misfit in entry.fitted_step().misfits
        if misfit.is_dropped and any(place.endswith(f"/{misfit.name}") for place in places)
    ]
    if back:
        were = counted(len(back), "misfit that was", "misfits that were")
        verb = "is" if len(back) == 1 else "are"
        yield f"{were} left out {verb} learned from now: {listed(back)}; listen to what was added"


def _new_clips(
    recordings: OwnSource, key: SectionKey, *, learned: Sequence[Clip], known: Iterable[Clip]
) -> list[Clip]:
    """Normal clips of a machine and section that are not known yet.

    Names tell their domain where those of the clips that the model has learned did.

    Raises
    ------
    DataError
        If none is new, or one is said to be an anomaly.
    """
    clips = find_own_clips(recordings)
    if all(clip.is_own for clip in learned):
        clips = with_own_names(clips)
    given = [replace(clip, machine_type=key[0], section=key[1]) for clip in clips]
    places = {os.path.realpath(clip.path) for clip in known}
    new = [clip for clip in normal_clips(given, key[0]) if _place(clip) not in places]
    if not new:
        raise DataError("none of these recordings is new", advice="the model has them already")
    return new


def _place(clip: Clip) -> str:
    return os.path.realpath(clip.path)


def _section(
    entry: ModelEntry, kept: Sequence[Clip], new: Sequence[Clip], contrast: list[Clip]
) -> TrainingSection:
    """All clips with their sessions.

    Raises
    ------
    DataError
        If a new clip is one of those that the model is told from.
    """
    _check_no_others(new, contrast)
    clips, source, note = with_more_sessions(kept, new, entry.fitted_step().session_source)
    return TrainingSection(
        key=entry.key,
        clips=clips,
        contrast=contrast,
        session_source=source,
        notes=tuple(filter(None, [note])),
    )


def _check_no_others(new: Iterable[Clip], contrast: Iterable[Clip]) -> None:
    """Check that no clip is one of those that a model is told from."""
    others = {_place(clip): clip.section for clip in contrast}
    for clip in new:
        if _place(clip) in others:
            problem = f"is a recording of {others[_place(clip)]}, which the model is told from"
            raise DataError(problem, path=clip.path, advice="give recordings of the machine only")


def _unheard(recordings: OwnSource, folder: Path, entry: ModelEntry) -> list[Clip]:
    """Clips that the model was not fitted on: the scores of others would promise too much."""
    all_clips = LearnedClips(clips=(), contrast=())
    if entry.clips_sha256:
        all_clips = read_learned_clips(folder, entry)
    learned = all_clips.clips
    clips = _new_clips(recordings, entry.key, learned=[clip.clip for clip in learned], known=())
    _check_no_others(clips, [clip.clip for clip in all_clips.contrast])
    files_heard = {files for clip in learned for files in clip.digests}
    heard = [
        str(clip.path)
        for clip, files in zip(clips, file_digests(clips, None), strict=True)
        if not files_heard.isdisjoint(files)
    ]
    if heard:
        problem = f"it was fitted on {len(heard)} of these recordings: {listed(heard)}"
        raise DataError(problem, advice="give new ones; their scores would promise too much")
    return clips


def _enter(folder: Path, before: ModelEntry, artifact: Artifact, action: str) -> ModelEntry:
    """Write a changed model and its entry, if nobody has changed it meanwhile."""
    with changing_models(folder) as entries:
        _check_same(entries, before, folder)
        entries[before.key] = write_change(folder, replace(artifact, action=action), before)
    return entries[before.key]


def _check_same(entries: dict[SectionKey, ModelEntry], before: ModelEntry, folder: Path) -> None:
    if entries.get(before.key) != before:
        title = title_of(before.key, before.held_out)
        problem = f"{title} was changed by another run meanwhile"
        raise ArtifactError(problem, path=folder, advice="try again")


def _is_none(recordings: OwnSource) -> bool:
    return not isinstance(recordings, str | PathLike) and not recordings
