"""The synthetic recordings of the demo, as files in the official layout."""

from functools import partial
from os import PathLike
from pathlib import Path

from dcase_classic.given_files import given_path
from dcase_classic.io.recordings.attributes import write_attributes
from dcase_classic.io.recordings.audio import write_samples
from dcase_classic.parallel.processes import map_ordered
from dcase_classic.records import Split
from dcase_classic.sound.synth import DEMO_SECTION, DemoClip, demo_clips, synthesise


def write_demo_data(folder: str | PathLike[str]) -> int:
    """Write the demo's recordings below ``folder`` where they are missing; their number.

    16-bit wav files in ``<folder>/<machine>/{train,test}`` and ``attributes_00.csv`` beside them.
    """
    folder, clips = given_path(folder), demo_clips()
    for _ in map_ordered(partial(_write_clip, folder), clips, description="synthesis"):
        pass
    for machine_type in sorted({clip.machine_type for clip in clips}):
        write_attributes(
            folder / machine_type / f"attributes_{DEMO_SECTION}.csv",
            {
                f"{machine_type}/{clip.split}/{clip.name}": clip.condition.attributes
                for clip in clips
                if clip.machine_type == machine_type and clip.split is Split.TRAIN
            },
        )
    return len(clips)


def _write_clip(folder: Path, clip: DemoClip) -> None:
    path = folder / clip.machine_type / clip.split / clip.name
    if not path.exists():
        waveform = synthesise(clip)
        write_samples(path, waveform.samples, waveform.sample_rate_hz)
