"""Fit one model for every machine and section from its normal clips."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dcase_classic.config import Config
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import MANIFEST, Artifact, load_model, read_manifest, save_model
from dcase_classic.io.dataset import by_section, find_clips
from dcase_classic.machine import MachineFitter, MachineModel
from dcase_classic.pipeline.extract import extract
from dcase_classic.records import Clip, Label, Split


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """One fitted machine and section; ``is_new`` is False for a model that was there already."""

    machine_type: str
    section: str
    model: MachineModel
    is_new: bool


def fit(
    data: Path,
    models: Path,
    config: Config,
    *,
    machines: Iterable[str] = (),
    n_jobs: int | None = None,
    is_forced: bool = False,
) -> Iterator[Fitted]:
    """Fit and save a model for every machine and section below ``data``, one after the other.

    A model that was fitted with the same settings on the same clips is kept.

    Parameters
    ----------
    data : a folder in the DCASE layout.
    models : the folder of the models; made if missing.
    config : the settings.
    machines : only these; all where empty.
    n_jobs : number of processes that read clips; None lets the amount of work decide.
    is_forced : replace models of other settings, other clips or another version.

    Raises
    ------
    ConfigError
        If a part that the settings name cannot be built.
    DataError
        If clips are missing, unreadable or labelled as anomalies.
    ArtifactError
        If a model of other settings or clips is there and ``is_forced`` is False.
    """
    fitter = MachineFitter.from_config(config)
    sections = by_section(find_clips(data, split=Split.TRAIN, machines=machines))
    digests = {key: _training_digest(clips) for key, clips in sections.items()}
    if is_forced:
        (models / MANIFEST).unlink(missing_ok=True) if not _is_usable(models) else None
    kept = {} if is_forced else _kept_models(models, config, digests)
    for (machine_type, section), clips in sections.items():
        model = kept.get((machine_type, section))
        is_new = model is None
        if model is None:
            model = _fit_section(clips, fitter, n_jobs=n_jobs)
            artifact = Artifact(
                machine_type=machine_type,
                section=section,
                config=config,
                model=model,
                training_digest=digests[machine_type, section],
            )
            save_model(models, artifact)
        yield Fitted(machine_type=machine_type, section=section, model=model, is_new=is_new)


def _fit_section(clips: list[Clip], fitter: MachineFitter, *, n_jobs: int | None) -> MachineModel:
    name = f"{clips[0].machine_type} section {clips[0].section}"
    for clip in clips:
        if clip.label is Label.ANOMALY:
            raise DataError(f"{clip.path}: a training clip labelled anomaly; move it to test")
    extraction = extract(clips, fitter.config, n_jobs=n_jobs, description=f"{name} train")
    if extraction.skipped:
        raise DataError("\n".join(skipped.reason for skipped in extraction.skipped))
    try:
        return fitter.fit(
            extraction.tables,
            [clip.domain for clip in clips],
            name=name,
            attributes=[clip.attributes for clip in clips],
        )
    except ValueError as error:
        raise DataError(f"{clips[0].path.parent}: {name}: {error}") from error


def _kept_models(
    models: Path, config: Config, digests: dict[tuple[str, str], str]
) -> dict[tuple[str, str], MachineModel]:
    """The models that need not be fitted again."""
    if not (models / MANIFEST).exists():
        return {}
    kept = {}
    for (machine_type, section), entry in read_manifest(models).items():
        digest = digests.get((machine_type, section))
        if digest is None:
            continue
        if (entry["config_fingerprint"], entry["training_digest"]) != (config.fingerprint, digest):
            raise ArtifactError(
                f"{models}: holds a model of {machine_type} section {section} that was fitted with "
                "other settings or clips; use --force to replace it, or another folder"
            )
        kept[machine_type, section] = load_model(models, machine_type, section).model
    return kept


def _is_usable(models: Path) -> bool:
    try:
        read_manifest(models)
    except ArtifactError:
        return False
    return True


def _training_digest(clips: Iterable[Clip]) -> str:
    """A hash of the names and sizes of the training clips."""
    lines = [f"{clip.name}\t{clip.path.stat().st_size}\n" for clip in clips]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
