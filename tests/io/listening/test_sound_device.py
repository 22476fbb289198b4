"""A microphone that is a file: ALSA's own file device, opened through PortAudio as any other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ALSA = Path("/usr/share/alsa/alsa.conf")
FILE_DEVICE = """
pcm.filemic {{
    type file
    slave.pcm "null"
    file "/dev/null"
    infile "{infile}"
    format "raw"
}}
"""
RECORD = """
import json
from dcase_classic.io.listening.sound_device import SoundDevice, input_devices
device = SoundDevice("filemic", sample_rate_hz=8000, n_channels=2)
blocks = [device.read(30.0)[0] for _ in range(3)]
print(json.dumps([device.sample_rate_hz, [block.tolist() for block in blocks], [
    item.name for item in input_devices()]]))
device.close()
"""


def has_alsa():
    try:
        import sounddevice  # noqa: F401 - whether it can be imported is the question
    except (ImportError, OSError):
        return False
    return ALSA.exists()


@pytest.mark.skipif(not has_alsa(), reason="needs sounddevice, PortAudio and ALSA")
def test_the_blocks_of_a_device_are_what_its_microphone_hears(tmp_path):
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (8000, 2)).astype("<f4")
    sound.tofile(tmp_path / "mic.raw")
    (tmp_path / "alsa").write_text(FILE_DEVICE.format(infile=tmp_path / "mic.raw"))
    environment = {**os.environ, "ALSA_CONFIG_PATH": f"{ALSA}:{tmp_path / 'alsa'}"}
    ended = subprocess.run(
        [sys.executable, "-c", RECORD], env=environment, capture_output=True, check=True
    )
    rate_hz, blocks, names = json.loads(ended.stdout.splitlines()[-1])
    assert rate_hz == 8000
    assert "filemic" in names
    heard = np.concatenate([np.array(block, np.float32) for block in blocks])
    assert heard.shape == (6000, 2)
    np.testing.assert_array_equal(heard, sound[:6000])
