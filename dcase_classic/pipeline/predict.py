"""Score any recordings with the models that fit them."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import load_model, read_manifest
from dcase_classic.io.recordings.names import parse_name
from dcase_classic.pipeline.extract import OnError, extract
from dcase_classic.records import Clip

ModelKey = tuple[str, str]  # machine type, section


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is said of one recording.

    Attributes
    ----------
    machine_type : of the model; None where no model was found.
    anomaly_score : higher = more anomalous; None for a recording that was not scored.
    p_value : the share of held-out normal recordings that score at least as high, in (0, 1].
    decision : 1 for an anomaly, 0 for a normal recording.
    reason : why there is no score; for a scored recording what is odd about it, or None.
    """

    path: Path
    machine_type: str | None
    anomaly_score: float | None = None
    p_value: float | None = None
    decision: int | None = None
    reason: str | None = None


def predict(
    clips: Sequence[Clip],
    models: Path,
    *,
    machine_type: str | None = None,
    n_jobs: int | None = None,
    on_error: OnError = OnError.SKIP,
) -> list[Prediction]:
    """What the models say of every clip, in the order of ``clips``.

    The model is that of the clip's machine and section where they are known; else the only model
    there is; else that of the machine that the folders above the file name.

    Parameters
    ----------
    clips : recordings; machine and section are empty where they are not known.
    models : a folder that ``fit`` has written.
    machine_type : of all clips that do not tell theirs.
    n_jobs : number of processes that read clips; None lets the amount of work decide.
    on_error : stop at a recording that cannot be scored, or leave it without a score.

    Raises
    ------
    DataError
        If a recording cannot be scored and ``on_error`` is FAIL.
    ArtifactError
        If there is no such machine, or a model is damaged or of another version.
    """
    keys = sorted(read_manifest(models))
    if machine_type is not None and machine_type not in {machine for machine, _ in keys}:
        raise ArtifactError(
            f"{models}: no model of {machine_type!r}, there is {_machines(keys)}; fit it first"
        )
    chosen = [_choose_model(_with_machine(clip, machine_type), keys) for clip in clips]
    predictions: dict[int, Prediction] = {
        position: Prediction(
            path=clip.path, machine_type=clip.machine_type or machine_type, reason=choice
        )
        for position, (clip, choice) in enumerate(zip(clips, chosen, strict=True))
        if isinstance(choice, str)
    }
    for key in keys:
        positions = [position for position, choice in enumerate(chosen) if choice == key]
        of_key = [clips[position] for position in positions]
        if of_key:
            scored = _predict_section(of_key, models, key, n_jobs=n_jobs)
            predictions |= dict(zip(positions, scored, strict=True))
    ordered = [predictions[position] for position in range(len(clips))]
    lost = [f"{of.path}: {of.reason}" for of in ordered if of.decision is None]
    if lost and on_error is OnError.FAIL:
        raise DataError("\n".join(lost))
    return ordered


def predictions_json(predictions: Iterable[Prediction]) -> str:
    """A list of objects with one key for each attribute of `Prediction`."""
    return json.dumps([_plain(of) for of in predictions], indent=1) + "\n"


def predictions_csv(predictions: Iterable[Prediction]) -> str:
    """A header and one row per recording; empty where there is no value."""
    text = io.StringIO()
    writer = csv.DictWriter(text, Prediction.__slots__, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(of) for of in predictions)
    return text.getvalue()


def _plain(of: Prediction) -> dict[str, str | float | int | None]:
    return {name: getattr(of, name) for name in Prediction.__slots__} | {"path": str(of.path)}


def _with_machine(clip: Clip, machine_type: str | None) -> Clip:
    return replace(clip, machine_type=clip.machine_type or machine_type or "")


def _choose_model(clip: Clip, keys: Sequence[ModelKey]) -> ModelKey | str:
    """The model of a clip, or why there is none."""
    machines = {machine for machine, _ in keys}
    if clip.machine_type:
        machine = clip.machine_type
        if machine not in machines:
            return f"no model of {machine!r}, there is {_machines(keys)}"
    elif len(machines) == 1:
        machine = keys[0][0]
    else:
        above = [folder for folder in reversed(clip.path.parts[:-1]) if folder in machines]
        if not above:
            return f"no folder of its path is one of the machines {_machines(keys)}; use --machine"
        machine = above[0]
    sections = [section for of, section in keys if of == machine]
    name = parse_name(clip.path.stem)
    wanted = clip.section or (name.section if name else "")
    if wanted in sections:
        return machine, wanted
    if len(sections) == 1 and not clip.section:
        return machine, sections[0]
    return (
        f"section {wanted or 'unknown'}, {machine} has models of {', '.join(sections)}; give a "
        "list with a column section"
    )


def _predict_section(
    clips: Sequence[Clip], models: Path, key: ModelKey, *, n_jobs: int | None
) -> list[Prediction]:
    artifact = load_model(models, *key)
    name = f"{artifact.machine_type} section {artifact.section}"
    extraction = extract(
        clips, artifact.config, n_jobs=n_jobs, description=name, usual=artifact.recordings
    )
    flags = {of.clip: "; ".join(of.flags) for of in extraction.flagged}
    found = {
        of.clip: Prediction(
            path=of.clip.path,
            machine_type=artifact.machine_type,
            reason=of.reason.removeprefix(f"{of.clip.path}: "),
        )
        for of in extraction.skipped
    }
    if extraction.clips:
        scores = artifact.model.score(extraction.tables)
        p_values = artifact.model.p_values(scores)
        decisions = artifact.model.decide(scores)
        rows = zip(extraction.clips, scores, p_values, decisions, strict=True)
        for clip, anomaly_score, p_value, is_anomaly in rows:
            found[clip] = Prediction(
                path=clip.path,
                machine_type=artifact.machine_type,
                anomaly_score=float(anomaly_score),
                p_value=float(p_value),
                decision=int(is_anomaly),
                reason=flags.get(clip),
            )
    return [found[clip] for clip in clips]


def _machines(keys: Sequence[ModelKey]) -> str:
    return ", ".join(sorted({machine for machine, _ in keys})) or "none"
