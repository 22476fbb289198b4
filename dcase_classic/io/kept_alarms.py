"""The sound of every alarm in a folder, with what is known of it, for who wants to listen."""

import hashlib
import json
import re
from pathlib import Path

from dcase_classic.alarms.messages import AlarmMessage, json_ready, said_at
from dcase_classic.io.files import replacing, write_text
from dcase_classic.io.recordings.audio import write_samples
from dcase_classic.records import Rows


def kept_stem(message: AlarmMessage) -> str:
    """The name of the files of an incident, without ending: when it began, its machine and number.

    Machines whose names look alike in it, as ``a.b`` and ``a b``, have names that differ.
    """
    stamp = re.sub(r"\W+", "", said_at(round(message.begin_s)).split(".", 1)[0])
    name = f"{message.machine}-{message.section}".rstrip("-")
    machine = re.sub(r"[^\w-]+", "_", name)
    if machine != name:
        machine += f"-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"
    return f"{stamp}Z-{machine}-{message.number}"


def keep_sound(folder: Path, message: AlarmMessage, samples: Rows, sample_rate_hz: int) -> Path:
    """Write the sound of the peak, (n_samples, n_channels); the path of the file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = folder / f"{kept_stem(message)}.wav"
    write_samples(path, samples, sample_rate_hz)
    return path


def keep_picture(folder: Path, message: AlarmMessage, png: bytes) -> None:
    """Write the picture of the peak.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with replacing(folder / f"{kept_stem(message)}.png") as temporary:
        temporary.write_bytes(png)


def keep_message(folder: Path, message: AlarmMessage) -> None:
    """Write what is known of an incident; its end replaces its beginning.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = folder / f"{kept_stem(message)}.json"
    write_text(path, json.dumps(json_ready(message), indent=2) + "\n")
