"""What the recorder adds to the sound, an offset, never changes a score."""

import numpy as np
import pytest
import soundfile
from conftest import write_wav

from dcase_classic.io.recordings.own_clips import find_own_clips
from dcase_classic.pipeline.predict import predict


def scores_of(folder, models):
    rows = predict(find_own_clips([folder]), models, machine_type="pump")
    return np.array([row.anomaly_score for row in rows]), [row.decision for row in rows]


@pytest.mark.uncounted
@pytest.mark.parametrize("offset", [0.001, 0.01, 0.1])
def test_an_offset_changes_no_score(data, fitted, tmp_path, offset):
    for path in (data / "dev_data" / "raw" / "pump" / "test").iterdir():
        samples, rate_hz = soundfile.read(path, dtype="int16")
        samples //= 2  # with room for the offset
        moved = samples + np.int16(round(offset * 32768))
        write_wav(tmp_path / "clean" / path.name, samples, rate_hz)
        write_wav(tmp_path / "moved" / path.name, moved, rate_hz)
    clean, decisions = scores_of(tmp_path / "clean", fitted)
    moved, moved_decisions = scores_of(tmp_path / "moved", fitted)
    assert len(clean) == 12
    # float32 rounds them differently; a score of 1 is a spread of held-out scores
    np.testing.assert_allclose(moved, clean, rtol=1e-4, atol=1e-4)
    assert moved_decisions == decisions
