"""A beat that is missing, too many, late or early is told, where normal ones are in time."""

import numpy as np
import pytest

from dcase_classic.model.beat_faults import Timing, beat_faults
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.oddities import find_oddities
from dcase_classic.model.oddity import OddityKind
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.sound.portrait import Portrait

N_MELS, N_FRAMES, INTERVAL = 16, 300, 40
COURSE = np.array([1, 0.8, 0.6, 0.4, 0.2, 0.1])
EVEN = np.arange(25, N_FRAMES - 10, INTERVAL)


def frames_of(beats, seed, height_db=30.0, bands=slice(0, N_MELS)):
    rng = np.random.default_rng(seed)
    frames = rng.normal(-60, 1.5, (N_FRAMES, N_MELS))
    for beat in beats:
        frames[beat : beat + 6, bands] += height_db * COURSE[: N_FRAMES - beat, np.newaxis]
    return frames.astype(np.float32)


def normal_sound(jitter):
    rng = np.random.default_rng(1)
    clips = [
        frames_of(EVEN + rng.integers(-5, 6) + rng.integers(-jitter, jitter + 1, len(EVEN)), seed)
        for seed in range(30)
    ]
    rows = [Portrait().extract(frames[np.newaxis]) for frames in clips]
    return NormalSound.fit(FeatureTable.from_clips(rows), seed=0)


@pytest.fixture(scope="module")
def normal():
    return normal_sound(jitter=1)


@pytest.fixture(scope="module")
def uneven():
    return normal_sound(jitter=15)


def shifted(number, by):
    beats = EVEN.copy()
    beats[number] += by
    return beats


FAULTS = {
    "missing": (np.delete(EVEN, 3), Timing.MISSING, EVEN[3]),
    "two missing": (np.delete(EVEN, [2, 3]), Timing.MISSING, EVEN[2]),
    "too many": (np.sort([*EVEN, EVEN[3] + 18]), Timing.EXTRA, EVEN[3] + 18),
    "late": (shifted(4, 14), Timing.LATE, EVEN[4] + 14),
    "early": (shifted(4, -14), Timing.EARLY, EVEN[4] - 14),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_fault_has_its_name_and_place_and_without_it_nothing_is_odd(normal, name, seed):
    beats, timing, place = FAULTS[name]
    frames = frames_of(beats, seed)
    (fault,) = beat_faults(frames, normal)
    assert fault.timing is timing
    assert fault.strength > 1
    assert abs(fault.frames[0] + 2 - place) <= 2
    assert not beat_faults(fault.mended(frames), normal)
    first = find_oddities(frames, normal)[0]
    assert (first.kind, first.frames) == (OddityKind.BEAT, fault.frames)
    assert first.is_more is (timing is not Timing.MISSING)


def test_two_faults_are_told_one_by_one(normal):
    beats = np.sort([*np.delete(EVEN, 1), EVEN[4] + 20])
    faults = beat_faults(frames_of(beats, 100), normal)
    assert [fault.timing for fault in faults] == [Timing.MISSING, Timing.EXTRA]


@pytest.mark.parametrize(
    "beats",
    [
        EVEN,
        EVEN[:3],
        [20, 60, 75, 140, 150, 215, 230, 290],
        np.arange(10, 290, 20),
        [20, 60, 100, 155, 195, 235],
        [20, 60, 100, 140, 180, 245],
        np.sort([*EVEN[::2], *(EVEN[1::2] + 16)]),
    ],
    ids=["as usual", "too few", "any time", "faster", "half as long more", "at the end", "limping"],
)
def test_what_no_single_beat_does_is_told_by_none(normal, beats):
    assert not beat_faults(frames_of(beats, 100), normal)


def test_a_machine_that_does_not_beat_in_time_misses_none(uneven):
    assert not beat_faults(frames_of(np.delete(EVEN, 3), 100), uneven)


@pytest.mark.parametrize(
    ("height_db", "bands"), [(60.0, slice(0, N_MELS)), (45.0, slice(0, 8))], ids=["louder", "other"]
)
def test_another_sound_between_beats_is_no_beat(normal, height_db, bands):
    frames = np.maximum(frames_of(EVEN, 100), frames_of([EVEN[3] + 18], 101, height_db, bands))
    assert not beat_faults(frames, normal)
    assert any(
        odd.kind is OddityKind.MOMENT and odd.frames[0] <= EVEN[3] + 18 < odd.frames[1]
        for odd in find_oddities(frames, normal)
    )
