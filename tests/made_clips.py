"""Training clips without files."""

from pathlib import Path

from dcase_classic.records import Clip, Label, Split


def clips(machine_type, section="00", n_clips=60, attributes=""):
    return [
        Clip(
            path=Path(f"{machine_type}/train/{section}_{index:04d}.wav"),
            machine_type=machine_type,
            section=section,
            split=Split.TRAIN,
            label=Label.NORMAL,
            attributes=attributes,
        )
        for index in range(n_clips)
    ]
