"""Test sections without a model, damaged models, and clips that do not fit theirs."""

from collections.abc import Iterator
from pathlib import Path

from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.pipeline.checkup.recordings import Inspected, check_findings
from dcase_classic.pipeline.expected import Expected
from dcase_classic.records import Finding, Split


def model_findings(
    inspected: Inspected, models: Path, verify_key: Path | None = None
) -> Iterator[Finding]:
    """Every finding about the models that the test clips need.

    Raises
    ------
    ArtifactError
        If ``models`` holds no models of this version, or none that ``verify_key`` has signed.
    """
    manifest = read_manifest(models, verify_key=verify_key)
    inspections = dict(inspected)
    test = [clip for clip, _ in inspected if clip.split is Split.TEST]
    for (machine_type, section), clips in by_section(test).items():
        if (machine_type, section) not in manifest:
            problem = f"no model of {machine_type} section {section}"
            yield Finding.error(models, problem, advice="fit it before you score", kind="model")
            continue
        try:
            artifact = load_model(models, machine_type, section, verify_key=verify_key)
        except ArtifactError as error:
            yield Finding.from_error(error, kind="model")
            continue
        expected, audio = Expected.from_artifact(artifact), artifact.config.audio
        for clip in clips:
            seen = inspections[clip]
            if seen.format is not None:
                level_db = seen.level_db if audio.channel == 0 else None
                rate_hz = audio.sample_rate_hz
                check = expected.check(seen.format, level_db, wanted_rate_hz=rate_hz)
                yield from check_findings(clip, check)
