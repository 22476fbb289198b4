"""Fit one model for every machine and section from its normal clips."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import (
    MANIFEST,
    Artifact,
    check_model,
    enter_model,
    held_out_alarms,
    read_manifest,
    write_model,
)
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.model.contrast import Contrast, draw_contrast
from dcase_classic.model.machine import MachineFitter, MachineModel
from dcase_classic.outcomes import Fitted, FlaggedClip, SkippedClip
from dcase_classic.parallel import map_ordered, plan_jobs
from dcase_classic.pipeline.extract import Extraction, OnError, extract
from dcase_classic.records import Clip, Label, Split
from dcase_classic.sound.clip_format import ClipFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The training clips of one machine and section, and those that it is told from."""

    clips: list[Clip]
    contrast: list[Clip]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The manifest's entry of a new model, and what was said of the clips."""

    entry: dict[str, Any]
    skipped: tuple[SkippedClip, ...] = ()
    flagged: tuple[FlaggedClip, ...] = ()
    notes: tuple[str, ...] = ()


def fit(  # noqa: PLR0913 - one parameter for each option of the verb
    data: Path,
    models: Path,
    config: Config,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    is_forced: bool = False,
    on_error: OnError = OnError.FAIL,
    cache: Path | None = None,
) -> Iterator[Fitted]:
    """Fit and save a model for every machine and section below ``data``, one after the other.

    A model that was fitted with the same settings on the same clips is kept.

    Parameters
    ----------
    data : a folder in the DCASE layout, that of MIMII, or one that ``prepare`` has written.
    models : the folder of the models; made if missing.
    config : the settings.
    machines : only these; all where empty.
    n_jobs : number of processes; None lets the amount of work decide.
    is_forced : replace models of other settings, other clips or another version.
    on_error : stop at a recording that cannot be used, or leave it out.
    cache : the folder where feature rows are kept for the next time; None for not at all.

    Raises
    ------
    ConfigError
        If a part that the settings name cannot be built.
    DataError
        If clips are missing, unreadable or labelled as anomalies.
    ArtifactError
        If a model of other settings or clips is there and ``is_forced`` is False.
    """
    yield from fit_clips(
        find_clips(data, split=Split.TRAIN, machines=machines),
        models,
        config,
        n_jobs=n_jobs,
        is_forced=is_forced,
        on_error=on_error,
        cache=cache,
        others=find_clips(data, split=Split.TRAIN) if config.has_contrast else (),
    )


def fit_clips(  # noqa: PLR0913 - one parameter for each option of the verb
    clips: Sequence[Clip],
    models: Path,
    config: Config,
    *,
    n_jobs: int | None = None,
    is_forced: bool = False,
    on_error: OnError = OnError.FAIL,
    cache: Path | None = None,
    others: Sequence[Clip] = (),
) -> Iterator[Fitted]:
    """Fit and save a model for every machine and section of ``clips``; see `fit`.

    ``others`` are training clips of machines that views with a contrast may be told from; they may
    hold ``clips`` too.

    Raises
    ------
    ConfigError, DataError, ArtifactError
        As `fit`.
    """
    models, cache = models.absolute(), cache and cache.absolute()  # workers may be elsewhere
    fitter = MachineFitter.from_config(config)
    sections = by_section(clips)
    contrasts = _draw_contrasts(others, sections, config)
    digests = {key: _training_digest([*of, *contrasts[key]]) for key, of in sections.items()}
    if is_forced:
        (models / MANIFEST).unlink(missing_ok=True) if not _is_usable(models) else None
    kept = {} if is_forced else _kept_models(models, digests, config)
    new = [
        _Task(clips=of, contrast=contrasts[key]) for key, of in sections.items() if key not in kept
    ]
    jobs = plan_jobs(n_jobs, n_sections=len(new), n_clips=sum(len(task.clips) for task in new))
    fit_one = partial(
        _fit_and_write,
        models=models,
        fitter=fitter,
        n_jobs=jobs.within_section,
        on_error=on_error,
        cache=cache,
    )
    written = map_ordered(fit_one, new, n_jobs=jobs.of_sections, description="fit", largest_chunk=1)
    for key in sections:
        is_new = key not in kept
        of_key = next(written) if is_new else _Written(entry=kept[key])
        if is_new:
            enter_model(models, of_key.entry)
        yield _fitted(of_key, is_new=is_new)


def _fitted(written: _Written, *, is_new: bool) -> Fitted:
    entry = written.entry
    return Fitted(
        machine_type=entry["machine_type"],
        section=entry["section"],
        threshold=entry["threshold"],
        alarms=held_out_alarms(entry),
        peakiness=entry["peakiness"],
        group_weights=entry["group_weights"],
        is_new=is_new,
        skipped=written.skipped,
        flagged=written.flagged,
        notes=written.notes,
    )


def _draw_contrasts(
    others: Sequence[Clip], keys: Iterable[tuple[str, str]], config: Config
) -> dict[tuple[str, str], list[Clip]]:
    """What each machine and section is told from; nothing where no view asks for it."""
    at_hand = by_section(others) if config.has_contrast else {}
    return {key: draw_contrast(at_hand, *key, seed=config.seed) for key in keys}


def _fit_and_write(
    task: _Task,
    *,
    models: Path,
    fitter: MachineFitter,
    n_jobs: int,
    on_error: OnError,
    cache: Path | None,
) -> _Written:
    """Fit and write the model of one machine and section."""
    clips, config = task.clips, fitter.config
    extraction = _extract_training(clips, config, n_jobs=n_jobs, on_error=on_error, cache=cache)
    contrast = _extract_contrast(task, config, extraction.usual, n_jobs=n_jobs, cache=cache)
    notes = extraction.notes
    if config.has_contrast and contrast is None:
        notes += ("no other section or machine to tell it from",)
    artifact = Artifact(
        machine_type=clips[0].machine_type,
        section=clips[0].section,
        config=fitter.config,
        model=_fit_section(extraction, fitter, contrast),
        training_digest=_training_digest([*clips, *task.contrast]),
        recordings=extraction.usual,
    )
    return _Written(
        entry=write_model(models, artifact),
        skipped=extraction.skipped,
        flagged=extraction.flagged,
        notes=notes,
    )


def _extract_contrast(
    task: _Task, config: Config, usual: ClipFormat | None, *, n_jobs: int, cache: Path | None
) -> Contrast | None:
    """The rows of those others that can be used; what is wrong is told where they train."""
    if not task.contrast:
        return None
    machine_type, section = task.clips[0].machine_type, task.clips[0].section
    found = extract(
        task.contrast,
        config,
        n_jobs=n_jobs,
        description=f"{machine_type} section {section} contrast",
        usual=usual,  # of another rate, the rate would be what tells them apart
        cache=cache,
    )
    if not found.clips:
        return None
    return Contrast.of_clips(found.clips, found.tables, machine_type=machine_type)


def _extract_training(
    clips: list[Clip], config: Config, *, n_jobs: int, on_error: OnError, cache: Path | None
) -> Extraction:
    name = f"{clips[0].machine_type} section {clips[0].section}"
    for clip in clips:
        if clip.label is Label.ANOMALY:
            raise DataError(
                "a training clip labelled anomaly", path=clip.path, advice="move it to test"
            )
    extraction = extract(clips, config, n_jobs=n_jobs, description=f"{name} train", cache=cache)
    if on_error is OnError.FAIL or not extraction.clips:
        extraction.check_none_skipped()
    return extraction


def _fit_section(
    extraction: Extraction, fitter: MachineFitter, contrast: Contrast | None
) -> MachineModel:
    clips = extraction.clips
    name = f"{clips[0].machine_type} section {clips[0].section}"
    try:
        return fitter.fit(
            extraction.tables,
            [clip.domain for clip in clips],
            name=name,
            attributes=[clip.attributes for clip in clips],
            contrast=contrast,
        )
    except ValueError as error:
        raise DataError(f"{name}: {error}", path=clips[0].path.parent) from error


def _kept_models(
    models: Path, digests: dict[tuple[str, str], str], config: Config
) -> dict[tuple[str, str], dict[str, Any]]:
    """The manifest's entries of the models that need not be fitted again."""
    if not (models / MANIFEST).exists():
        return {}
    kept = {}
    for (machine_type, section), entry in read_manifest(models).items():
        digest = digests.get((machine_type, section))
        if digest is None:
            continue
        if (entry["config_fingerprint"], entry["training_digest"]) != (config.fingerprint, digest):
            raise ArtifactError(
                (
                    f"holds a model of {machine_type} section {section} that was fitted with other "
                    "settings or clips"
                ),
                path=models,
                advice="use --force to replace it, or another folder",
            )
        kept[machine_type, section] = check_model(models, machine_type, section)[0]
    return kept


def _is_usable(models: Path) -> bool:
    try:
        read_manifest(models)
    except ArtifactError:
        return False
    return True


def _training_digest(clips: Iterable[Clip]) -> str:
    """A hash of the names and sizes of the training clips."""
    lines = [f"{clip.name}\t{sum(path.stat().st_size for path in clip.files)}\n" for clip in clips]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
