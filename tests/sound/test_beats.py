"""Beats are found where they are, and nowhere else."""

import numpy as np
import pytest

from dcase_classic.sound.beats import UNEVEN_DB, beats_in, intervals_db, unevenness

N_MELS = 16


def frames_with(beats, height_db=30.0, n_frames=300, seed=0):
    """Noise in dB, and beats that die away in six frames."""
    frames = np.random.default_rng(seed).normal(-60, 1.5, (n_frames, N_MELS))
    for beat in beats:
        course = height_db * np.array([1, 0.8, 0.6, 0.4, 0.2, 0.1])[: n_frames - beat]
        frames[beat : beat + 6] += course[:, np.newaxis]
    return frames.astype(np.float32)


EVEN = list(range(20, 300, 40))


@pytest.mark.parametrize("height_db", [12.0, 30.0, 60.0])
def test_beats_are_found_where_they_are(height_db):
    assert beats_in(frames_with(EVEN, height_db)).tolist() == EVEN


def test_a_louder_moment_hides_no_beats():
    frames = frames_with(EVEN)
    frames[110:112] += 55
    assert beats_in(frames).tolist() == sorted([*EVEN, 110])


@pytest.mark.parametrize(("echo_db", "place"), [(28.0, 0), (34.0, 5)])
def test_a_beat_and_its_echo_are_one(echo_db, place):
    echoes = [beat + 5 for beat in EVEN]
    frames = np.maximum(frames_with(EVEN), frames_with(echoes, echo_db))
    assert beats_in(frames).tolist() == [beat + place for beat in EVEN]


@pytest.mark.parametrize("beats", [[], EVEN[:3]])
def test_noise_and_a_few_clicks_are_no_beats(beats):
    frames = frames_with(beats)
    assert not len(beats_in(frames))
    assert unevenness(frames).tolist() == [UNEVEN_DB, UNEVEN_DB]


def test_intervals_are_compared_with_the_median_one():
    longer = intervals_db(np.array([0, 40, 80, 160, 200, 220]))
    np.testing.assert_allclose(longer, [0, 0, 6.02, 0, -6.02], atol=0.01)
    np.testing.assert_allclose(
        unevenness(frames_with([20, 60, 100, 180, 220, 240])), 6.02, atol=0.01
    )
