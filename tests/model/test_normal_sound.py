import numpy as np
import pytest
from made_rows import noisy_frames

from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.sound.portrait import Portrait, PortraitColumns


def portraits(n_clips, seed=0, gain=None):
    frames = noisy_frames(n_segments=n_clips, n_frames=64, n_mels=30, seed=seed)
    frames += np.linspace(0, 20, 30, dtype=np.float32)
    if gain is not None:
        frames += np.asarray(gain, np.float32)[:, np.newaxis, np.newaxis]
    return Portrait().extract(frames)


def fitted(rows):
    return NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(len(rows))), seed=0)


def test_a_gain_is_no_difference():
    normal = fitted(portraits(50))
    quiet, loud = (normal.reaches(normal.aligned(portraits(1, 1, [gain])[0])) for gain in (-30, 12))
    np.testing.assert_allclose(quiet, loud, atol=1e-3)


@pytest.mark.parametrize("gain", [-1.0, 0.0, 1.0])
def test_a_loss_of_more_than_half_of_the_bands_makes_the_others_no_louder(gain):
    frames = noisy_frames(n_segments=31, n_frames=640, n_mels=30, seed=1)
    normal = fitted(Portrait().extract(frames[1:]))
    frames = frames[:1] + np.float32(gain)
    frames[..., 12:] -= 12  # a covered microphone
    aligned = normal.aligned(Portrait().extract(frames)[0])
    beyond, _ = normal.beyond_nearest(aligned)
    for reaches in (PortraitColumns.from_row(normal.reaches(aligned)).mean[:30], beyond[:30]):
        assert np.all(np.abs(reaches[:12]) < 1)
        assert np.all(reaches[12:] < -2)


def test_gains_of_training_clips_widen_nothing():
    rng = np.random.default_rng(0)
    plain, varied = fitted(portraits(50)), fitted(portraits(50, gain=rng.uniform(-20, 20, 50)))
    np.testing.assert_allclose(varied.high, plain.high, rtol=0.2, atol=0.3)


def test_new_normal_clips_stay_mostly_within_reach():
    normal = fitted(portraits(200))
    reaches = np.array([normal.reaches(normal.aligned(row)) for row in portraits(50, seed=1)])
    assert (np.abs(reaches) > 1).mean() < 0.01


def test_what_no_clip_has_is_beyond_reach_above_and_below():
    normal = fitted(portraits(50))
    row = portraits(1, seed=1)[0]
    row[3] += 25
    row[7] -= 25
    reaches = PortraitColumns.from_row(normal.reaches(normal.aligned(row))).mean
    assert (int(reaches.argmax()), int(reaches.argmin())) == (3, 7)
    assert reaches[3] > 3
    assert reaches[7] < -3


def test_the_nearest_clip_of_a_training_clip_is_another_one_and_it_is_compared_with_others():
    rows = portraits(50)
    rows[17] = rows[3]
    rows[17, 0] += 1
    normal = fitted(rows)
    assert [normal.nearest(normal.aligned(rows[i])) for i in (3, 17)] == [17, 3]
    least = [np.abs(normal.beyond_nearest(normal.aligned(row))[1]).max() for row in rows]
    assert min(least) > 0.1


def test_a_fault_in_some_bands_leaves_the_nearest_clip():
    rows = portraits(50)
    normal = fitted(rows)
    faulty = rows[17].copy()
    faulty[:4] += 40
    assert normal.nearest(normal.aligned(faulty)) == 17


@pytest.mark.parametrize(("n_clips", "n_kept"), [(1000, 1000), (1001, 1000)])
def test_of_many_clips_some_are_kept_and_known_by_their_place(n_clips, n_kept):
    rows = portraits(20)
    many = np.tile(rows, (n_clips // 20 + 1, 1))[:n_clips]
    normal = fitted(many)
    assert len(normal.clips) == len(normal.rows) == n_kept
    assert normal.clips[normal.clips == normal.nearest(normal.aligned(many[-1]))].size == 1
    assert (np.diff(normal.clips) > 0).all()


@pytest.mark.parametrize("typical", [0, 5, 8])
def test_the_most_typical_clip_of_some_is_the_nearest_to_their_mean(typical):
    rows = portraits(30)
    rows[20 + typical] = rows[20:29].mean(axis=0)
    assert fitted(rows).most_typical(np.arange(20, 29)) == 20 + typical


def test_a_single_clip_is_compared_with_itself():
    normal = fitted(portraits(1))
    excess_db = normal.beyond_nearest(normal.aligned(portraits(1)[0]))[1]
    np.testing.assert_allclose(excess_db, 0, atol=0.05)  # of half precision
