"""Test sections without a model, damaged models, and clips that do not fit theirs."""

from collections.abc import Iterator
from pathlib import Path

from dcase_classic.errors import ArtifactError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.recordings.dataset import by_section
from dcase_classic.pipeline.checkup.recordings import Inspected, format_findings
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
    formats = {clip: inspection.format for clip, inspection in inspected}
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
        for clip in clips:
            clip_format, usual = formats[clip], artifact.recordings
            if clip_format is not None and usual is not None:
                rate_hz = artifact.config.audio.sample_rate_hz
                yield from format_findings(clip, clip_format, usual, rate_hz)
