from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from sounds import RATE_HZ, explainer, normal_waveform, tables, tone, waveform

from dcase_classic import AnomalyDetector
from dcase_classic.config import load_preset
from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ArtifactError
from dcase_classic.model.beat_faults import BeatFault, Timing
from dcase_classic.model.domain_scale import DomainScale
from dcase_classic.model.explain import Explainer, _Clip, direction_of, tempo_of
from dcase_classic.model.oddity import Oddity, OddityKind
from dcase_classic.outcomes.reasons import Direction
from dcase_classic.records import Domain
from dcase_classic.sound.front_end import ViewFeatures, log_mel_of


@pytest.fixture(scope="module")
def classic():
    return explainer(load_preset("classic"))


def with_fault(fault, seed=99):
    return waveform(fault(normal_waveform(seed).samples.copy()))


def knocked(samples):
    rng = np.random.default_rng(0)
    samples[32000:32800] += 0.8 * rng.normal(size=800)
    return samples


def dropped(samples):
    samples[24000:32000] *= 1e-3
    return samples


def beating(samples):
    return samples * (1 + 0.9 * np.sin(2 * np.pi * 12 * np.arange(len(samples)) / RATE_HZ))


@pytest.mark.uncounted
@pytest.mark.parametrize("preset", ["classic", "knn"])
@pytest.mark.parametrize("fault", [lambda x: x, lambda x: x + tone(3000), knocked, beating])
def test_shares_sum_to_the_score_which_is_that_of_the_model(preset, fault, classic):
    explains = classic if preset == "classic" else explainer(load_preset(preset), n_clips=6)
    clip = with_fault(fault)
    explanation = explains.explain(clip)
    front_end = replace(explains.front_end, features=explains.model.features)
    (score,) = explains.model.score(tables(front_end, [clip])).anomaly
    assert explanation.anomaly_score == score
    assert sum(reason.share for reason in explanation.why) == pytest.approx(score, abs=1e-6)
    assert sum(family.share for family in explanation.families) == pytest.approx(score, abs=1e-6)


def test_shares_sum_to_the_score_of_a_clip_whose_domain_has_a_factor():
    domains = [Domain.SOURCE] * 10 + [Domain.TARGET] * 3
    explains = explainer(load_preset("knn"), n_clips=13, domains=domains)
    clip = with_fault(lambda x: x + tone(3000))
    scale = DomainScale(factors=np.array([2.0, 2.0]))  # whatever domain it is taken for
    scaled = replace(explains, model=replace(explains.model, domain_scale=scale))
    plain = replace(explains, model=replace(explains.model, domain_scale=None))
    explanation, as_fused = scaled.explain(clip), plain.explain(clip)
    score = explanation.anomaly_score
    assert score != as_fused.anomaly_score
    assert sum(reason.share for reason in explanation.why) == pytest.approx(score, abs=1e-6)
    assert sum(family.share for family in explanation.families) == pytest.approx(score, abs=1e-6)


@pytest.mark.uncounted
def test_a_tone_is_louder_in_its_band_all_the_time(classic):
    top = classic.explain(with_fault(lambda x: x + tone(3000))).why[0]
    assert top.band_hz[0] < 3000 < top.band_hz[1]
    assert top.band_hz[1] - top.band_hz[0] < 600
    assert (top.direction, top.is_all_the_time) == (Direction.LOUDER, True)
    assert (top.from_s, top.to_s) == (0.0, 4.0)
    assert top.excess_db > 10
    assert top.is_beyond_all


def test_a_tone_that_ends_is_told_until_then(classic):
    last = 3 * RATE_HZ
    sound = with_fault(lambda x: x + np.where(np.arange(len(x)) < last, tone(3000), 0))
    top = classic.explain(sound).why[0]
    assert (top.direction, top.is_all_the_time) == (Direction.LOUDER, False)
    assert top.band_hz[0] < 3000 < top.band_hz[1]
    assert (top.from_s, top.to_s) == pytest.approx((0, 3), abs=0.1)


def test_a_knock_is_told_beside_a_fault_that_makes_the_score_by_itself(classic):
    def covered(x):
        return knocked(sosfiltfilt(butter(6, 2000, fs=RATE_HZ, output="sos"), x))

    covering, knock, *_ = classic.explain(with_fault(covered)).why
    assert (covering.direction, covering.is_all_the_time) == (Direction.MISSING, True)
    assert knock.direction is Direction.LOUDER
    assert knock.from_s < 2.05 < knock.to_s < 2.4


def test_a_knock_is_louder_at_its_time(classic):
    top = classic.explain(with_fault(knocked)).why[0]
    assert top.direction is Direction.LOUDER
    assert 1.8 < top.from_s < 2.05 < top.to_s < 2.4
    assert not top.is_all_the_time


def test_a_drop_out_is_missing_at_its_time_and_carries_the_score(classic):
    explanation = classic.explain(with_fault(dropped))
    top = explanation.why[0]
    assert top.direction is Direction.MISSING
    assert 1.2 < top.from_s < 1.7
    assert 1.8 < top.to_s < 2.3
    assert top.share > 0.3 * explanation.anomaly_score


def stopped(samples):
    samples[24000:] *= 1e-4
    return samples


def test_a_machine_that_stops_is_missing_from_then_on_and_was_not_louder_before(classic):
    top, *others = (
        reason for reason in classic.explain(with_fault(stopped)).why if reason.direction
    )
    assert top.direction is Direction.MISSING
    assert (round(top.from_s, 1), top.to_s) == (1.5, 4.0)
    assert Direction.LOUDER not in {reason.direction for reason in others}


def ticking(seed, *, hiss=0.0, is_ticking=True):
    """A machine that is heard in three short clicks, over quiet noise."""
    rng = np.random.default_rng(seed)
    sound = 1e-3 * rng.normal(size=64000)
    for start in (8000, 28000, 48000) if is_ticking else ():
        sound[start : start + 400] += 0.3 * rng.normal(size=400)
    return waveform(sound + hiss * np.diff(rng.normal(size=64001)))


@pytest.fixture(scope="module")
def valve():
    return explainer(load_preset("classic"), sound=ticking)


@pytest.mark.uncounted
def test_a_hiss_between_clicks_carries_the_score_that_it_makes(valve):
    explanation = valve.explain(ticking(99, hiss=2e-3))
    top = explanation.why[0]
    assert (top.direction, top.is_all_the_time) == (Direction.LOUDER, True)
    assert top.share > 0.1 * explanation.anomaly_score > 0


def test_clicks_that_are_missing_are_so_at_no_moment_of_the_clip(valve):
    (top, *_) = valve.explain(ticking(99, is_ticking=False)).why
    assert (top.direction, top.is_all_the_time) == (Direction.MISSING, True)
    assert (top.from_s, top.to_s) == (0.0, 4.0)


def test_a_beat_is_more_regular_at_its_rate(classic):
    top = classic.explain(with_fault(beating)).why[0]
    assert top.direction is Direction.MORE_REGULAR
    assert top.rate_hz[0] < 12 < top.rate_hz[1]


def test_a_beat_in_a_part_of_a_clip_is_told_there(classic):
    first = round(2.5 * RATE_HZ)
    sound = with_fault(lambda x: np.concatenate((x[:first], beating(x)[first:])))
    top = classic.explain(sound).why[0]
    assert (top.direction, top.is_all_the_time) == (Direction.MORE_REGULAR, False)
    assert (top.from_s, top.to_s) == pytest.approx((2.5, 4), abs=0.3)
    assert classic.explain(with_fault(beating)).why[0].is_all_the_time


def test_the_nearest_normal_clip_of_a_training_clip_is_not_itself(classic):
    assert classic.explain(normal_waveform(5)).nearest_normal.position != 5


def test_families_have_names_and_aspects_and_the_largest_comes_first(classic):
    families = classic.explain(with_fault(knocked)).families
    assert {family.family: family.aspect for family in families} == {
        "mfcc_4s": "spectrum", "mfcc_1s": "spectrum", "movement": "movement",
        "rhythm": "rhythm", "peak": "peaks",
    }  # fmt: skip
    shares = [family.share for family in families]
    assert shares == sorted(shares, reverse=True)


def test_reasons_without_a_place_are_what_is_left_of_the_aspects(classic):
    left = [reason for reason in classic.explain(with_fault(knocked)).why if not reason.direction]
    assert {reason.aspect for reason in left} == {"spectrum", "movement", "rhythm", "peaks"}
    assert all(reason.band_hz is reason.from_s is None for reason in left)


def test_a_clip_without_any_oddity_has_no_placed_reason(classic):
    normal = classic.normal
    reaches = {
        name: getattr(normal, name) + 1e9 for name in ("low", "high", "near_low", "near_high")
    }
    calm = replace(classic, normal=replace(normal, **reaches))
    explanation = calm.explain(with_fault(lambda x: x + tone(3000)))
    assert not any(reason.direction for reason in explanation.why)


def test_views_that_all_have_spectra_of_their_own_are_explained_too():
    config = load_preset("knn")
    fast = SpectrumConfig(n_fft=256, hop_samples=128, n_mels=48)
    (view,) = config.views
    own = explainer(replace(config, views=(replace(view, spectrum=fast),)), n_clips=6)
    top = own.explain(with_fault(lambda x: x + tone(3000))).why[0]
    assert top.band_hz[0] < 3000 < top.band_hz[1]
    assert top.share > 0


RHYTHM = Oddity(
    kind=OddityKind.RHYTHM,
    strength=3.0,
    excess_db=np.full(8, 5, np.float32),
    bands=(0, 8),
    rates=(0.3, 0.4),
)
GONE = replace(RHYTHM, excess_db=-RHYTHM.excess_db, rates=(0.1, 0.2), is_beyond_all=True)
LEVEL = Oddity(kind=OddityKind.LEVEL, strength=2.0, excess_db=np.full(8, 5.0), bands=(0, 8))


@pytest.mark.parametrize(("bands", "is_told"), [((0, 8), False), ((1, 5), True), ((2, 3), True)])
def test_a_whine_does_not_tell_of_a_knock_in_all_bands(bands, is_told):
    whine = replace(LEVEL, bands=(2, 4))
    knock = replace(LEVEL, kind=OddityKind.MOMENT, bands=bands, frames=(30, 32))
    assert knock.is_told_by(whine) is is_told
    assert whine.is_told_by(knock) is is_told
    assert knock.is_told_by(replace(knock, bands=(2, 4)))
    assert not knock.is_told_by(replace(whine, excess_db=-whine.excess_db))


@pytest.mark.parametrize(("n_less", "is_all_the_time"), [(0, True), (3, False)])
def test_a_moment_that_lasts_as_long_as_the_clip_is_all_the_time(classic, n_less, is_all_the_time):
    clip = _Clip(explainer=classic, waveform=normal_waveform(0), spectra={}, length_share=1.0)
    n_frames = len(log_mel_of(clip.waveform, classic.spectrum))
    moment = replace(LEVEL, kind=OddityKind.MOMENT, frames=(0, n_frames - n_less))
    assert clip.reason(moment, "peaks", 0.5).is_all_the_time is is_all_the_time


def test_a_rhythm_that_moves_up_is_faster_and_one_that_moves_down_slower():
    assert tempo_of(RHYTHM, [LEVEL, GONE]) == (Direction.FASTER, (0.3, 0.4))
    assert tempo_of(RHYTHM, [replace(GONE, rates=(0.4, 0.5))]) == (Direction.SLOWER, (0.3, 0.4))
    come = replace(RHYTHM, is_beyond_all=True)
    assert tempo_of(GONE, [LEVEL, RHYTHM, come]) == (Direction.FASTER, (0.3, 0.4))
    assert tempo_of(RHYTHM, [replace(GONE, bands=(8, 9))]) is None
    assert tempo_of(RHYTHM, [replace(GONE, is_beyond_all=False)]) is None
    assert tempo_of(LEVEL, [GONE]) is None


def test_a_tempo_is_that_of_the_lowest_new_rate_beside_the_old_and_noise_is_none():
    rates = ((0.05, 0.08), (0.22, 0.24), (0.3, 0.4))  # below the old one, it, and its multiple
    new = replace(RHYTHM, every_rate=rates)
    assert tempo_of(new, [GONE]) == (Direction.FASTER, (0.22, 0.24))
    assert tempo_of(new, [replace(GONE, rates=(0.4, 0.5))]) == (Direction.SLOWER, (0.05, 0.08))
    assert tempo_of(replace(new, strength=1.1), [GONE]) is None


def test_a_machine_at_twice_its_pace_is_faster():
    rng = np.random.default_rng(0)

    def fan(rate_hz):
        beats = 1 + 0.8 * np.sin(2 * np.pi * rate_hz * np.arange(8 * RATE_HZ) / RATE_HZ)
        return 0.1 * beats * rng.normal(size=8 * RATE_HZ)

    detector = AnomalyDetector(sample_rate=RATE_HZ).fit([fan(3.0) for _ in range(10)])
    (explanation,) = detector.explain([fan(6.0)])
    top = explanation.why[0]
    assert top.direction is Direction.FASTER
    assert top.rate_hz[0] < 6.0 < top.rate_hz[1] * 1.1


def test_directions_have_words():
    quieter = replace(LEVEL, excess_db=np.full(8, -5.0))
    missing = replace(LEVEL, excess_db=np.full(8, -25.0))
    directions = [direction_of(oddity) for oddity in (LEVEL, quieter, missing, RHYTHM, GONE)]
    assert directions == ["louder", "quieter", "missing", "more regular", "less regular"]
    beat = BeatFault(
        timing=Timing.LATE,
        strength=2.0,
        actual=(1, 2),
        expected=((3, 4),),
        model=(5, 6),
        interval=2.0,
    )
    assert direction_of(replace(LEVEL, beat=beat)) == "late"


@pytest.mark.parametrize(
    ("spec", "aspect"),
    [
        (Spec("mfcc"), "spectrum"),
        (Spec("logmel_stats", (("statistics", ("max",)),)), "peaks"),
        (Spec("logmel_stats"), "spectrum"),
        (Spec("dynamics"), "movement"),
        (Spec("modulation"), "rhythm"),
        (Spec("level_kurtosis"), "peaks"),
        (Spec("gwrp"), "spectrum"),
    ],
)
def test_views_have_an_aspect_of_the_sound(spec, aspect):
    view = ViewConfig(name="a", features=(spec,), detector=Spec("knn"))
    assert ViewFeatures.from_config(view, SpectrumConfig()).aspect == aspect


def test_portraits_of_other_bands_than_the_settings_give_are_refused(classic):
    other = replace(classic, spectrum=SpectrumConfig(n_mels=40))
    with pytest.raises(ArtifactError, match="its portraits have other bands; fit it again"):
        other.explain(normal_waveform(1))


def test_a_model_that_knows_no_normal_sound_is_refused(classic):
    with pytest.raises(ArtifactError, match="keeps no portraits of its clips; fit it again"):
        Explainer.from_config(replace(classic.model, normal=None), load_preset("classic").alone())
