"""Fit one model for every machine and section from its normal clips."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path

from dcase_classic.config import Config, load_preset
from dcase_classic.errors import ArtifactError, DataError, DcaseClassicError
from dcase_classic.given_files import given_path
from dcase_classic.io.artifacts import Artifact, checked_content, existing_models, write_model
from dcase_classic.io.files import check_writable
from dcase_classic.io.learned_clips import LearnedClip, LearnedClips
from dcase_classic.io.manifest import add_entry
from dcase_classic.io.model_entry import RECALIBRATED, ModelEntry, model_file_name
from dcase_classic.io.recordings.dataset import ClipSource, labelled_anomalies
from dcase_classic.io.recordings.training_sections import TrainingSection, training_sections
from dcase_classic.io.training_digest import (
    FileDigests,
    combined_digest,
    digest_clips,
    file_digests,
)
from dcase_classic.io.training_files import TrainingFiles
from dcase_classic.log import LOGGER, timing
from dcase_classic.model.contrast import Contrast
from dcase_classic.model.foreign_parts import (
    KnownParts,
    foreign_parts,
    know_parts,
    registered_parts,
)
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.machine_fitter import FEWEST_TRAINING_CLIPS, MachineFitter
from dcase_classic.model.rates import rate_of
from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.parallel.processes import map_sections, thread_count
from dcase_classic.pipeline.clean import clean
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.eager import eager, telling_lazily
from dcase_classic.pipeline.extract import Extraction, extract, feature_store
from dcase_classic.pipeline.settings import checked_config
from dcase_classic.pipeline.training_clips import (
    by_recording,
    choose_parted,
    learning_intake,
    recorder_notes,
    training_parts,
    with_length,
    with_ranges,
)
from dcase_classic.records import Clip, SectionKey, shared_fields
from dcase_classic.run import Run
from dcase_classic.sound.front_end import FrontEnd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """A model that is not written yet, and what was said of its clips."""

    artifact: Artifact
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]

    def told(self, entry: ModelEntry) -> Fitted:
        """What people are told of it, once it has an entry."""
        return replace(
            fitted_of(entry, is_new=True),
            skipped=self.skipped,
            flagged=self.flagged,
            notes=self.notes,
        )


@telling_lazily
def iter_fit(
    data: ClipSource,
    models: str | PathLike[str],
    config: Config | str,
    *,
    machines: Iterable[str] = (),
    is_forced: bool = False,
    run: Run = Run(),
) -> Iterator[Fitted]:
    """Fit and save a model for every machine and section below ``data``.

    A model that was fitted with the same settings on the same clips is kept.

    ``fit`` does so when it is called and returns a list; ``iter_fit`` gives one result after
    the other, as soon as it is written, and does nothing before it is asked.

    Parameters
    ----------
    data : a folder in the DCASE layout, that of MIMII, or one that ``prepare`` has written; or the
        clips that `find_clips` found.
    models : the folder of the models; made if missing.
    config : the settings, or the name of a preset.
    machines : only these; all where empty.
    is_forced : replace models of other settings, other clips or another version.
    run : how the work is done; by itself it stops at a recording that cannot be used.

    Raises
    ------
    ConfigError
        If there are no settings, or a part that they name cannot be built.
    DataError
        If clips are missing, unreadable or labelled as anomalies; of a run that skips such clips
        after all other sections.
    ArtifactError
        If a model of other settings or clips is there and ``is_forced`` is False.
    """
    models = given_path(models).absolute()  # workers may be elsewhere
    config = load_preset(config) if isinstance(config, str) else config
    config = checked_config(
        config, expected="settings", advice="load_preset or load_config makes them"
    )
    MachineFitter.from_config(config.at_length(1.0))  # what is wrong with settings is said first
    contrast_seed = config.seed if config.has_contrast else None
    sections = training_sections(data, machines=machines, contrast_seed=contrast_seed)
    entries = existing_models(models, is_forced=is_forced)
    keep = partial(_kept, entries=entries, models=models, config=config, run=run)
    known = [None] * len(sections) if is_forced else list(map(keep, sections))
    pairs = list(zip(sections, known, strict=True))
    for section, fitted in pairs:
        if fitted is not None:
            checked_content(models, entries[section.key])
    new = [section for section, fitted in pairs if fitted is None]
    if new:
        check_writable(models)
    n_clips = sum(len(section.clips) for section in new)
    parts = registered_parts()
    fit_and_write = partial(_try_to_fit, models=models, config=config, parts=parts)
    written = map_sections(fit_and_write, new, run, n_clips=n_clips, description="fit")
    lost: list[DcaseClassicError] = []
    for fitted in known:
        if fitted is not None:
            yield fitted
            continue
        result = next(written)
        if isinstance(result, DcaseClassicError):
            lost.append(result)
            continue
        entry, newly_fitted = result
        if add_entry(models, entry) != entries.get(entry.key):
            note = f"another run has fitted {entry.machine_type} meanwhile; one model is left"
            newly_fitted = replace(newly_fitted, notes=(*newly_fitted.notes, note))
        LOGGER.info("wrote %s, threshold %.4f", models / entry.file_name, entry.threshold)
        yield newly_fitted
    next(written, None)  # an ended run keeps its workers for the next
    if lost:
        raise DataError.from_many(lost)


fit = eager(iter_fit)


def _fitter(section: TrainingSection, config: Config, run: Run) -> MachineFitter:
    """That of a section: views that tell sections apart need another one."""
    fitter = MachineFitter.from_config(config if section.contrast else config.alone())
    n_threads = thread_count(run.n_jobs, n_training_clips=len(section.clips))
    return replace(fitter, n_threads=n_threads)


def _front_end(fitter: MachineFitter) -> FrontEnd:
    """What is computed of the clips."""
    portrait = fitter.portrait
    features = (*fitter.features, portrait)
    return FrontEnd(audio=fitter.config.audio, features=features, whole_only=(portrait,))


def _kept(
    section: TrainingSection,
    *,
    entries: Mapping[SectionKey, ModelEntry],
    models: Path,
    config: Config,
    run: Run,
) -> Fitted | None:
    """What there is of a section that need not be fitted again; None where there is no model."""
    entry = entries.get(section.key)
    if entry is None:
        return None
    settings = entry.config
    if config.training_s is None:
        settings = replace(settings, training_s=None)
        if len(section.clips) == 1:  # a long one is taken in windows whatever the settings say
            settings = replace(settings, windows=config.windows)
    store = feature_store(_front_end(_fitter(section, entry.config, run)), run)
    is_of_these_parts = entry.foreign == foreign_parts(config)
    is_same = settings == config and is_of_these_parts
    if not is_same or entry.training_digest != digest_clips(section.clips, store):
        other = "settings or clips" if is_of_these_parts else "parts of other packages"
        raise ArtifactError(
            f"holds a model of {section.name} that was fitted with other {other}",
            path=models,
            advice="use --force to replace it, or another folder",
        )
    LOGGER.info("%s: kept, it was fitted with these settings on these recordings", section.name)
    notes = []
    if entry.action == RECALIBRATED:
        notes.append("recalibrated since it was fitted, --force fits it again")
    if entry.siblings != section.siblings:
        now = ", ".join(section.siblings) or "nothing"
        notes.append(f"it could be told from {now} now, --force fits it again")
    return replace(fitted_of(entry, is_new=False), notes=tuple(notes))


def _learned(section: TrainingSection, digests: Sequence[FileDigests]) -> LearnedClips:
    """What is kept of the clips: of those that a model is told from no hashes."""
    pairs = zip(section.clips, digests, strict=True)
    return LearnedClips(
        clips=tuple(LearnedClip.from_clip(clip, files) for clip, files in pairs),
        contrast=tuple(LearnedClip.from_clip(clip, ()) for clip in section.contrast),
    )


def _try_to_fit(
    section: TrainingSection, *, models: Path, config: Config, parts: KnownParts, run: Run
) -> tuple[ModelEntry, Fitted] | DcaseClassicError:
    """The model of a section, as its entry for the manifest; a run that skips goes on without."""
    try:
        know_parts(parts)
        model_file_name(*section.key)
        learned = fit_section(section, config=config, run=run)
        entry = write_model(models, learned.artifact)
        return entry, learned.told(entry)
    except DcaseClassicError as error:
        if run.stops(by_default=True):
            raise
        return error


def fit_section(section: TrainingSection, *, config: Config, run: Run) -> Learned:
    """Fit the model of one machine and section."""
    given, config = config, with_length(config, section.clips)
    fitter = _fitter(section, config, run)
    front_end = _front_end(fitter)
    intake = learning_intake(front_end, config)
    extraction, session_source = by_recording(
        _extract_training(section, intake, run), section.session_source
    )
    cleaned = clean(extraction, fitter)
    # of another rate, the rate would be what tells them apart
    intake = learning_intake(front_end, config, usual=extraction.usual)
    others = _extract_contrast(section, intake, run)
    siblings = tuple(dict.fromkeys(clip.section for clip in others.clips)) if others else ()
    digests = file_digests(section.clips, feature_store(front_end, run))
    if others:
        _check_others(others.clips, dict(zip(digests, section.clips, strict=True)))
    with timing("%s: fitting", section.name):
        model = _fit_model(section, cleaned.extraction, fitter, others)
    artifact = Artifact(
        machine_type=section.key[0],
        section=section.key[1],
        config=config,
        model=model,
        training_digest=combined_digest(section.clips, digests),
        training=TrainingFiles.from_clips(cleaned.extraction.clips),
        recordings=extraction.usual,
        session_source=session_source,
        siblings=siblings,
        misfits=cleaned.misfits,
        learned=_learned(section, digests),
    )
    notes = section.notes + extraction.notes + recorder_notes(given, config, extraction)
    notes += cleaned.notes
    is_given = any(clip.is_sibling for clip in section.contrast)  # others are told where they train
    told = [extraction, others] if others and is_given else [extraction]
    return Learned(
        artifact=artifact,
        skipped=tuple(skipped for part in told for skipped in part.skipped),
        flagged=tuple(flagged for part in told for flagged in part.flagged),
        notes=notes,
    )


def fitted_of(entry: ModelEntry, *, is_new: bool) -> Fitted:
    """What the manifest says of a model, as ``fit`` gives it."""
    return Fitted(
        **shared_fields(entry, Fitted),
        alarms=entry.held_out,
        is_new=is_new,
        is_recalibrated=entry.action == RECALIBRATED,
        window_s=entry.config.training_s if entry.training.spans else None,
        false_alarms=rate_of(entry.config),
    )


def _extract_training(section: TrainingSection, intake: Intake, run: Run) -> Extraction:
    for error in labelled_anomalies(section.clips):
        raise error
    intake = replace(intake, with_part=choose_parted(section.clips))
    extraction = extract(section.clips, intake, run=run, description=f"{section.name} train")
    if run.stops(by_default=True) or not extraction.clips:
        extraction.check_none_skipped()
    return extraction


def _extract_contrast(section: TrainingSection, intake: Intake, run: Run) -> Extraction | None:
    """The rows of those others that can be used; None where there are no others.

    What is wrong with another section is told where it trains, and a sibling stops the run that
    stops.
    """
    if not section.contrast:
        return None
    extraction = extract(section.contrast, intake, run=run, description=f"{section.name} contrast")
    if run.stops(by_default=True) and any(clip.is_sibling for clip in section.contrast):
        extraction.check_none_skipped()
    return extraction


def _check_others(others: Sequence[Clip], own: Mapping[FileDigests, Clip]) -> None:
    """Check that siblings are no copies of the clips that are to be told from them.

    Raises
    ------
    DataError
        If one is.
    """
    siblings = list({clip.path: clip for clip in others if clip.is_sibling}.values())
    for clip, files in zip(siblings, file_digests(siblings, None), strict=True):
        if files in own:
            problem = f"of the sibling {clip.section}, but a copy of {own[files].path}"
            raise DataError(problem, path=clip.path, advice="give what the sibling sounds like")


def _fit_model(
    section: TrainingSection,
    extraction: Extraction,
    fitter: MachineFitter,
    others: Extraction | None,
) -> MachineModel:
    clips, contrast = extraction.clips, None
    if others and others.clips:
        contrast = Contrast.from_clips(others.clips, others.tables)
    try:
        model = fitter.fit(
            extraction.tables,
            [clip.domain for clip in clips],
            sessions=[clip.session for clip in clips],
            contrast=contrast,
            parts=training_parts(extraction),
        )
    except ValueError as error:
        folder = clips[0].path.parent if clips[0].samples is None else None
        is_few = len(clips) < FEWEST_TRAINING_CLIPS
        advice = "record more, or --window SECONDS learns shorter pieces" if is_few else ""
        raise DataError(f"{section.name}: {error}", path=folder, advice=advice) from error
    return with_ranges(model, extraction, fitter.config)
