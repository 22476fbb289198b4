"""Score any recordings with the models that fit them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import load_model, read_manifest
from dcase_classic.outcomes import Prediction
from dcase_classic.pipeline.extract import OnError, extract
from dcase_classic.records import Clip

ModelKey = tuple[str, str]  # machine type, section


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
            f"no model of {machine_type!r}, there is {_machines(keys)}",
            path=models,
            advice="fit it first",
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
