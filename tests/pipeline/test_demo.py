import csv

import numpy as np
import soundfile

from dcase_classic.pipeline.demo import write_demo_data


def test_recordings_are_16_bit_wav_with_an_attribute_file_and_made_once(demo_data):
    data, n_clips = demo_data.folder, demo_data.n_clips
    paths = sorted(data.rglob("*.wav"))
    assert len(paths) == n_clips
    info = soundfile.info(paths[0])
    assert (info.subtype, info.samplerate, info.channels) == ("PCM_16", 16000, 1)
    with (data / "DemoFan" / "attributes_00.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(list((data / "DemoFan" / "train").iterdir()))
    assert all((data / row["file_name"]).is_file() for row in rows)
    first, _ = soundfile.read(paths[0])
    paths[0].unlink()
    others = {path: path.stat().st_mtime_ns for path in paths[1:]}
    write_demo_data(data)
    np.testing.assert_array_equal(soundfile.read(paths[0])[0], first)
    assert {path: path.stat().st_mtime_ns for path in paths[1:]} == others
