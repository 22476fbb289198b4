"""Sections without a model, damaged models, and clips unlike those that theirs was fitted on."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from dcase_classic.config import Config
from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import ArtifactError, DataError
from dcase_classic.io.artifacts import load_entry
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.parallel.processes import map_ordered
from dcase_classic.pipeline.checkup.recordings import Inspected, check_findings
from dcase_classic.pipeline.expected import Expected
from dcase_classic.records import Clip, Finding, Split
from dcase_classic.run import Run
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.level import level_db


def model_findings(inspected: Inspected, models: Path, run: Run = Run()) -> Iterator[Finding]:
    """Every finding about the models that the test clips need; the clips are read for their levels.

    Raises
    ------
    ArtifactError
        If ``models`` holds no models of this version, or none that the key of the run has signed.
    """
    manifest = read_manifest(models, verify_key=run.verify_key_file)
    inspections = dict(inspected)
    test = [clip for clip, _ in inspected if clip.split is Split.TEST]
    for (machine_type, section), clips in by_section(test).items():
        if (machine_type, section) not in manifest:
            problem = f"no model of {machine_type} section {section}"
            yield Finding.error(models, problem, advice="fit it before you score", kind="model")
            continue
        try:
            entry = manifest[machine_type, section]
            artifact = load_entry(models, entry, allow_parts=run.allow_parts)
        except ArtifactError as error:
            yield Finding.from_error(error, kind="model")
            continue
        seen = [(clip, inspections[clip].format) for clip in clips]
        known = [(clip, form) for clip, form in seen if form is not None]
        yield from _clip_findings(known, Expected.from_artifact(artifact), artifact.config, run)


def _clip_findings(
    clips: Sequence[tuple[Clip, ClipFormat]], expected: Expected, config: Config, run: Run
) -> Iterator[Finding]:
    """What is odd about test clips; of one that is scored in windows, each has its own level."""
    audio = config.audio
    read = [clip for clip, form in clips if not expected.is_long(form.duration_s)]
    levels = map_ordered(
        partial(_level_db, audio=audio), read, n_jobs=run.n_jobs, description="doctor"
    )
    levels_db = dict(zip(read, levels, strict=True))
    for clip, form in clips:
        check = expected.check(form, levels_db.get(clip), audio)
        yield from check_findings(clip, check)


def _level_db(clip: Clip, audio: AudioConfig) -> float | None:
    """How loud a clip is; None where it cannot be read, which is found elsewhere."""
    try:
        with naming_unusable(clip.path):
            return level_db(read_recording(clip.files, audio, raw=clip.raw).waveform.samples)
    except DataError:
        return None
