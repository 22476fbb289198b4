import numpy as np
import pytest
from made_rows import noisy_frames

from dcase_classic.model.explain import direction_of
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.oddities import find_oddities
from dcase_classic.model.oddity import Oddity, OddityKind
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.outcomes.reasons import Direction
from dcase_classic.sound.portrait import Portrait

N_MELS = 48


@pytest.fixture(scope="module")
def normal():
    rows = Portrait().extract(noisy_frames(n_segments=60, n_frames=256, n_mels=N_MELS))
    return NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(60)), seed=0)


@pytest.fixture
def frames():
    return noisy_frames(n_segments=1, n_frames=256, n_mels=N_MELS, seed=5)[0]


def test_a_louder_band_is_found_where_it_is(frames, normal):
    frames[:, 20:24] += 12
    top = find_oddities(frames, normal)[0]
    assert (top.kind, top.bands, top.frames, top.is_more) == (
        OddityKind.LEVEL,
        (20, 24),
        None,
        True,
    )
    assert top.excess_db[20:24] == pytest.approx([12] * 4, abs=3)
    assert not top.excess_db[:20].any()
    assert top.is_beyond_all


def test_a_missing_band_is_found_where_it_is(frames, normal):
    frames[:, 30:40] -= 30
    top = find_oddities(frames, normal)[0]
    assert (top.kind, top.bands, top.is_more) == (OddityKind.LEVEL, (30, 40), False)


def test_a_knock_is_a_moment_of_all_bands(frames, normal):
    frames[100:102] += 30
    top = find_oddities(frames, normal)[0]
    assert (top.kind, top.is_more, top.is_outlier) == (OddityKind.MOMENT, True, True)
    assert 98 <= top.frames[0] <= 100
    assert 102 <= top.frames[1] <= 110
    assert top.bands == (0, N_MELS)


def test_a_drop_out_is_a_quiet_moment(frames, normal):
    frames[60:72] -= 60
    top = find_oddities(frames, normal)[0]
    assert (top.kind, top.is_more, top.is_outlier) == (OddityKind.MOMENT, False, True)
    assert top.frames[0] < 72
    assert top.frames[1] > 60


def test_a_beat_is_a_rhythm_at_its_rate(frames, normal):
    frames[:, 8:12] += 12 * np.sin(2 * np.pi * 0.2 * np.arange(256))[:, np.newaxis].astype("f")
    rhythm = next(odd for odd in find_oddities(frames, normal) if odd.kind is OddityKind.RHYTHM)
    assert rhythm.rates[0] <= 0.2 <= rhythm.rates[1]
    assert rhythm.bands == (8, 12)
    assert rhythm.is_more


def test_movement_that_is_gone_is_less_rhythm(frames, normal):
    frames[:, 8:12] = frames[:, 8:12].mean(axis=0)
    rhythm = next(odd for odd in find_oddities(frames, normal) if odd.kind is OddityKind.RHYTHM)
    assert not rhythm.is_more
    assert rhythm.bands[0] <= 8
    assert rhythm.bands[1] >= 12


def test_all_bands_beating_a_little_is_a_rhythm_of_all(frames, normal):
    frames += 6 * np.sin(2 * np.pi * 0.2 * np.arange(256))[:, np.newaxis].astype("f")
    top = find_oddities(frames, normal)[0]
    assert (top.kind, top.bands) == (OddityKind.RHYTHM, (0, N_MELS))


def test_peaks_that_are_too_weak_are_a_moment_that_should_be_stronger(frames, normal):
    frames[:] = np.minimum(frames, -55)
    odd = [odd for odd in find_oddities(frames, normal) if odd.kind is OddityKind.MOMENT]
    assert any(not moment.is_more and not moment.is_outlier for moment in odd)


def test_the_strangest_come_first_and_what_is_usual_is_weak(frames, normal):
    strengths = [odd.strength for odd in find_oddities(frames, normal)]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] < 2


def test_a_clip_that_is_everywhere_as_usual_has_no_oddity():
    flat = np.zeros((256, N_MELS), np.float32)
    rows = Portrait().extract(np.stack([flat, flat]))
    flat_normal = NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(2)), seed=0)
    assert find_oddities(flat, flat_normal) == []


def test_levels_over_several_times_tell_of_the_same_sound(frames, normal):
    frames[100:140, 20:24] += 30
    same = [odd for odd in find_oddities(frames, normal)[:3] if odd.bands == (20, 24)]
    assert len(same) == 3
    assert same[0].is_same_as(same[1])
    rhythm = next(odd for odd in find_oddities(frames, normal) if odd.kind is OddityKind.RHYTHM)
    assert not same[0].is_same_as(rhythm)


def test_a_knock_that_is_no_louder_than_what_comes_later_is_told_by_what_is_around_it(
    frames, normal
):
    frames[150:] += 12
    frames[100:102] += 14
    knocks = [odd for odd in find_oddities(frames, normal) if odd.frames == (100, 102)]
    assert knocks
    assert knocks[0].is_more
    assert knocks[0].is_outlier


def test_what_comes_once_is_no_rhythm(frames, normal):
    usual = max(odd.strength for odd in rhythms(find_oddities(frames, normal)))
    frames[100:102] += 40
    once = max(odd.strength for odd in rhythms(find_oddities(frames, normal)))
    assert once < usual + 0.3


def test_what_comes_again_and_again_is_no_single_moment(frames, normal):
    frames[::10] += 40
    odd = find_oddities(frames, normal)
    assert max(odd.strength for odd in rhythms(odd)) > 1
    assert not any(odd.kind is OddityKind.MOMENT and odd.frames == (100, 101) for odd in odd)


def test_a_band_that_is_louder_than_in_the_clips_that_are_alike_elsewhere_is_found():
    clips = noisy_frames(n_segments=60, n_frames=64, n_mels=N_MELS, seed=1)
    brightness = np.repeat([0, 30], 30)[:, np.newaxis, np.newaxis] * np.linspace(-1, 1, N_MELS)
    rows = Portrait().extract((clips + brightness).astype(np.float32))
    two_kinds = NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(60)), seed=0)
    clip = noisy_frames(n_segments=1, n_frames=64, n_mels=N_MELS, seed=7)[0]
    clip[:, 40:46] += 8  # the other kind is much louder there
    top = find_oddities(clip, two_kinds)[0]
    assert (top.kind, top.is_more, top.is_beyond_all) == (OddityKind.LEVEL, True, False)
    assert top.bands[0] >= 39
    assert top.bands[1] <= 47


@pytest.mark.parametrize("part", [(0, 90), (80, 170), (200, 256)])
@pytest.mark.parametrize("excess_db", [8, 25, -15])
def test_what_is_odd_in_a_part_of_a_clip_is_so_there_alone(frames, normal, part, excess_db):
    frames[slice(*part), 20:24] += excess_db
    odd = find_oddities(frames, normal)
    assert (odd[0].kind, odd[0].is_more) == (OddityKind.MOMENT, excess_db > 0)
    assert np.abs(np.subtract(odd[0].frames, part)).max() <= 8
    assert not any(other.kind is OddityKind.LEVEL and other.bands == (20, 24) for other in odd)
    assert not any(other.strength > 2 for other in rhythms(odd))


@pytest.mark.parametrize("part", [(0, 150), (90, 256), (40, 220)])
def test_what_is_odd_in_most_of_a_clip_lasts_as_long(frames, normal, part):
    frames[slice(*part), 20:24] += 15
    top = find_oddities(frames, normal)[0]
    assert top.is_more
    assert np.abs(np.subtract(top.frames or top.lasting, part)).max() <= 8


def test_a_weaker_loudest_moment_is_there_and_one_place_is_not_both_louder_and_quieter():
    def moment(excess_db, **more):
        excess = np.full(N_MELS, excess_db, np.float32)
        place = {"bands": (3, 9), "frames": (5, 9), **more}
        return Oddity(kind=OddityKind.MOMENT, strength=2.0, excess_db=excess, **place)

    weaker, gone = moment(-12.0), moment(-12.0, is_outlier=True)
    assert (direction_of(weaker), direction_of(gone)) == (Direction.QUIETER, Direction.MISSING)
    nowhere = moment(-12.0, is_anywhere=False)
    assert direction_of(nowhere) is Direction.MISSING
    assert moment(6.0).contradicts(weaker)
    assert not moment(6.0).contradicts(moment(6.0))
    for more in ({"bands": (9, 12)}, {"frames": (9, 12)}, {"frames": None}):
        assert not moment(6.0, **more).contradicts(weaker)


def test_a_level_that_comes_and_goes_a_little_is_there_all_the_time(frames, normal):
    frames[:, 20:24] += 8
    frames[100:140, 20:24] += 8
    (top, *_) = find_oddities(frames, normal)
    assert (top.kind, top.bands) == (OddityKind.LEVEL, (20, 24))


@pytest.mark.parametrize("interval", [8, 12, 16])
def test_clicks_are_told_at_their_own_rate_and_not_at_its_multiples(frames, normal, interval):
    for late, height_db in enumerate((25, 20, 15, 10, 5)):
        frames[late::interval, 10:30] += height_db
    rhythm = next(odd for odd in rhythms(find_oddities(frames, normal)) if odd.is_more)
    assert rhythm.own_rates[0] * 0.9 < 1 / interval < rhythm.own_rates[1] * 1.1


def test_a_machine_that_clicks_once_has_no_less_rhythm_than_its_own_normals():
    clips = noisy_frames(n_segments=60, n_frames=128, n_mels=N_MELS, seed=1)
    rng = np.random.default_rng(0)
    for clip in clips:
        at = 45 + rng.integers(-5, 6)
        clip[at : at + 3] += 30 + rng.normal()
    clicking = NormalSound.fit(
        FeatureTable.from_clips([*Portrait().extract(clips)[:, None]]), seed=0
    )
    for clip in clips[:10]:
        less = [odd for odd in rhythms(find_oddities(clip, clicking)) if not odd.is_more]
        assert not any(odd.is_beyond_all for odd in less)


def test_nothing_of_a_clip_that_was_learned_from_is_beyond_all_that_were():
    clips, rng = (
        noisy_frames(n_segments=30, n_frames=256, n_mels=N_MELS, seed=2),
        np.random.default_rng(0),
    )
    for clip in clips:
        for at in rng.integers(10, 240, size=3):
            clip[at : at + rng.integers(2, 30), 8:40] += rng.uniform(5, 25)
    rows = Portrait().extract(clips)
    bursting = NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(30)), seed=0)
    odd = [oddity for clip in clips for oddity in find_oddities(clip, bursting)]
    assert max(oddity.strength for oddity in odd) > 1
    assert not any(oddity.is_beyond_all for oddity in odd)


def rhythms(oddities):
    return [odd for odd in oddities if odd.kind is OddityKind.RHYTHM]
