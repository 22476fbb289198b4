from dataclasses import replace

import numpy as np
import pytest
from made_rows import noisy_frames
from sounds import RATE_HZ

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.model.beat_faults import BeatFault, Timing
from dcase_classic.model.occlusion import without
from dcase_classic.model.oddity import Filling, Oddity, OddityKind
from dcase_classic.sound.axes import Axes

SLOW = Axes(spectrum=SpectrumConfig(n_mels=40), sample_rate_hz=RATE_HZ)
FAST = Axes(spectrum=SpectrumConfig(n_fft=256, hop_samples=128, n_mels=16), sample_rate_hz=RATE_HZ)
USUAL_DB = np.full(40, -50, np.float32)


def excess(bands, value):
    values = np.zeros(40, np.float32)
    values[slice(*bands)] = value
    return values


LOUD = Oddity(kind=OddityKind.LEVEL, strength=3.0, excess_db=excess((10, 12), 12.0), bands=(10, 12))
KNOCK = Oddity(
    kind=OddityKind.MOMENT,
    strength=3.0,
    excess_db=excess((0, 40), 20.0),
    bands=(0, 40),
    frames=(50, 52),
    is_outlier=True,
)


def take_out(frames, oddity, axes=SLOW):
    return without(frames, axes, oddity, SLOW, USUAL_DB)


@pytest.fixture
def frames():
    return noisy_frames(n_segments=1, n_frames=128)[0]


def test_a_louder_band_is_as_loud_as_usual_and_all_else_stays(frames):
    occluded = take_out(frames, LOUD)
    np.testing.assert_allclose(occluded[:, 10:12], frames[:, 10:12] - 12, atol=1e-4)
    np.testing.assert_array_equal(occluded[:, 12:], frames[:, 12:])


def test_a_band_that_a_tone_has_silenced_moves_as_those_beside_it(frames):
    frames[:, 10:12] = -38
    occluded = take_out(frames, LOUD)[:, 10:12]
    np.testing.assert_allclose(occluded.mean(axis=0), -50, atol=1e-3)
    np.testing.assert_allclose(occluded.std(axis=0), frames[:, [9, 12]].std(axis=0), rtol=1e-4)


def test_a_steady_sound_is_taken_out_where_nothing_is_louder(frames):
    frames[60] += 40  # a click, which covers it
    hiss = replace(LOUD, excess_db=excess((0, 40), 6.0), bands=(0, 40), filling=Filling.SUBTRACTED)
    occluded = take_out(frames, hiss)
    np.testing.assert_allclose(occluded[60], frames[60], atol=0.1)
    loss_db = (frames - occluded)[:60].mean()
    assert 3 < loss_db <= 6
    assert (frames - occluded).max() <= 6 + 1e-4


def test_a_tone_that_comes_and_goes_can_give_way_to_what_is_beside_it(frames):
    frames[::2, 10:12] += 24
    wandering = replace(LOUD, filling=Filling.BESIDE)
    occluded = take_out(frames, wandering)[:, 10:12]
    np.testing.assert_allclose(occluded.std(axis=0), frames[:, [9, 12]].std(axis=0), rtol=1e-4)
    np.testing.assert_allclose(occluded.mean(axis=0), frames[:, 10:12].mean(axis=0) - 12, atol=1e-3)
    np.testing.assert_array_equal(take_out(frames, wandering)[:, 12:], frames[:, 12:])


def test_what_another_spectrogram_hardly_shows_changes_nothing():
    fast = noisy_frames(n_segments=1, n_frames=512, n_mels=16)[0]
    faint = replace(LOUD, excess_db=excess((10, 12), 1e-3))
    np.testing.assert_array_equal(take_out(fast, faint, FAST), fast)


def test_a_knock_gives_way_to_its_neighbours(frames):
    frames[50:52] += 30
    occluded = take_out(frames, KNOCK)
    np.testing.assert_array_equal(occluded[50], frames[49])
    np.testing.assert_array_equal(occluded[51], frames[52])
    np.testing.assert_array_equal(occluded[:50], frames[:50])


@pytest.mark.parametrize(("span", "sources"), [((0, 2), (3, 2)), ((126, 128), (125, 124))])
def test_at_the_ends_of_a_clip_the_one_neighbour_that_there_is_stands_in(frames, span, sources):
    occluded = take_out(frames, replace(KNOCK, frames=span))
    np.testing.assert_array_equal(occluded[slice(*span)], frames[list(sources)])


def test_a_long_stretch_is_lowered_and_not_replaced(frames):
    occluded = take_out(frames, replace(KNOCK, frames=(20, 80)))
    np.testing.assert_allclose(occluded[20:80], frames[20:80] - 20, atol=1e-4)


def test_a_weak_peak_is_raised(frames):
    weak = replace(KNOCK, is_outlier=False, excess_db=excess((0, 40), -6.0))
    occluded = take_out(frames, weak)
    np.testing.assert_allclose(occluded[50:52], frames[50:52] + 6, atol=1e-4)


def test_a_beat_is_as_weak_as_usual_at_its_rate_only(frames):
    beat = 10 * np.sin(2 * np.pi * np.arange(128) * 16 / 128)[:, np.newaxis].astype(np.float32)
    oddity = Oddity(
        kind=OddityKind.RHYTHM,
        strength=3.0,
        excess_db=excess((10, 12), 20.0),
        bands=(10, 12),
        rates=(0.11, 0.14),
    )
    occluded = take_out(frames + beat, oddity)
    power, usual = (
        np.abs(np.fft.rfft(part[:, 10:12], axis=0)) for part in (occluded, frames + beat)
    )
    np.testing.assert_allclose(power[16], usual[16] / 10, rtol=1e-3)
    np.testing.assert_allclose(power[20:], usual[20:], rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(occluded[:, 12:], (frames + beat)[:, 12:], atol=1e-3)


def test_another_spectrogram_loses_the_same_sound():
    fast = noisy_frames(n_segments=1, n_frames=512, n_mels=16)[0]
    difference = fast - take_out(fast, LOUD, FAST)
    low_hz, high_hz = SLOW.band_hz((10, 12))
    centres_hz = FAST.centres_hz()
    loudest = int(difference.mean(axis=0).argmax())
    assert abs(centres_hz[loudest] - (low_hz + high_hz) / 2) < FAST.widths_hz()[loudest]
    assert 0 < difference.max() < 12  # two narrow bands are a part of a wide one
    is_far = np.abs(centres_hz - low_hz) > 1000
    assert not difference[:, is_far].any()


def test_narrow_bands_take_what_the_wide_one_has_that_holds_them():
    wide = Axes(spectrum=SpectrumConfig(n_mels=8), sample_rate_hz=RATE_HZ)
    narrow = Axes(spectrum=SpectrumConfig(n_mels=100), sample_rate_hz=RATE_HZ)
    values = np.zeros(8, np.float32)
    values[3] = 10.0
    oddity = replace(LOUD, excess_db=values, bands=(3, 4))
    fine = noisy_frames(n_segments=1, n_frames=16, n_mels=100)[0]
    difference = fine - without(fine, narrow, oddity, wide, np.full(8, -50, np.float32))
    low_hz, high_hz = wide.band_hz((3, 4))
    is_inside = (narrow.centres_hz() > low_hz) & (narrow.centres_hz() < high_hz)
    np.testing.assert_allclose(difference[:, is_inside].mean(), 10, atol=0.5)


def test_a_beat_out_of_time_is_put_where_it_belongs(frames):
    frames[:] = -60
    for beat in (20, 48, 96, 120):
        frames[beat : beat + 4] = -20
    late = BeatFault(
        timing=Timing.LATE,
        strength=3.0,
        actual=(48, 52),
        expected=((70, 74),),
        model=(20, 24),
        interval=25,
    )
    oddity = replace(KNOCK, kind=OddityKind.BEAT, frames=late.frames, beat=late)
    occluded = take_out(frames, oddity)
    assert (occluded[48:52] == -60).all()
    assert (occluded[70:74] == -20).all()
    in_fast = take_out(np.repeat(frames[:, :16], 4, axis=0), oddity, FAST)
    assert (in_fast[200:204] == -60).all()
    assert (in_fast[284:292] == -20).all()
