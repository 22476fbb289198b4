"""Recordings in their order, and watches of them."""

import io
import json
import os
import wave

import numpy as np
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.alarms.settings import AlarmRule, AlarmSettings, LimitSettings
from dcase_classic.io.listening.folder import FolderSettings
from dcase_classic.io.sinks.choice import SinkChoice
from dcase_classic.pipeline.listen import listen
from dcase_classic.pipeline.posts import ListeningSettings
from dcase_classic.pipeline.watch_setup import ListenSettings, SourceSettings

LIMIT = LimitSettings(false_alarms=0.1)  # of a dozen training clips
ALARMS = AlarmSettings(severe=AlarmRule(level=200, seconds=1, within_s=3), limit=LIMIT)
ONCE = FolderSettings(poll_s=0.05, is_once=True)


def write_recordings(folder):
    """Ten recordings in their order, the seventh with a fault; the folder."""
    rng = np.random.default_rng(5)
    for number in range(10):
        sound = machine_sound(rng, is_anomaly=number == 6)
        path = write_wav(folder / f"{number}.wav", sound)
        os.utime(path, (1_000_000 + 10 * number, 1_000_000 + 10 * number))
    return folder


def settings_of(models, said, **more):
    usual = {"listening": ListeningSettings(alarms=ALARMS), "machine": "pump"}
    return ListenSettings(models=models, say=said.append, **usual | more)


def watched(source, settings, **choice):
    """How a watch ended, and its lines."""
    lines = io.StringIO()
    ended = listen(source, settings, SinkChoice(**choice), lines)
    return ended, [json.loads(line) for line in lines.getvalue().splitlines()]


def source_of(path, **more):
    return SourceSettings(source=str(path), folder=ONCE, **more)


def alarms_of(lines):
    return [line for line in lines if line["type"] == "alarm"]


def wav_of(folder, path, n_files=10):
    """All recordings of a folder as one long wav file."""
    sounds = [soundfile.read(folder / f"{n}.wav", dtype="int16")[0] for n in range(n_files)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.concatenate(sounds).astype("<i2").tobytes())
    return path
