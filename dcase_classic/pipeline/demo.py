"""The synthetic recordings of the demo, as files in the official layout."""

import csv
import io
from functools import partial
from pathlib import Path

import soundfile

from dcase_classic.io.files import replacing, write_text
from dcase_classic.parallel import map_ordered
from dcase_classic.records import Split
from dcase_classic.sound.synth import DEMO_SECTION, DemoClip, demo_clips, synthesise


def write_demo_data(folder: Path) -> int:
    """Write the demo's recordings below ``folder`` where they are missing; their number.

    16-bit wav files in ``<folder>/<machine>/{train,test}`` and ``attributes_00.csv`` beside them.
    """
    clips = demo_clips()
    missing = [clip for clip in clips if not _path(folder, clip).exists()]
    for _ in map_ordered(partial(_write_clip, folder), missing, description="synthesis"):
        pass
    for machine_type in sorted({clip.machine_type for clip in clips}):
        of_machine = [clip for clip in clips if clip.machine_type == machine_type]
        path = folder / machine_type / f"attributes_{DEMO_SECTION}.csv"
        write_text(path, _attributes(of_machine))
    return len(clips)


def _path(folder: Path, clip: DemoClip) -> Path:
    return folder / clip.machine_type / clip.split / clip.name


def _write_clip(folder: Path, clip: DemoClip) -> None:
    waveform = synthesise(clip)
    with replacing(_path(folder, clip)) as temporary:
        soundfile.write(
            temporary, waveform.samples, waveform.sample_rate_hz, format="WAV", subtype="PCM_16"
        )


def _attributes(clips: list[DemoClip]) -> str:
    """The training clips with their parameters and values, as the official attribute files."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    n_parameters = len(clips[0].condition.attributes)
    pairs = [f"d{number}{kind}" for number in range(1, n_parameters + 1) for kind in "pv"]
    writer.writerow(["file_name", *pairs])
    for clip in clips:
        if clip.split is Split.TRAIN:
            values = [word for pair in clip.condition.attributes for word in pair]
            writer.writerow([f"{clip.machine_type}/{clip.split}/{clip.name}", *values])
    return text.getvalue()
