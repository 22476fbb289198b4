import sys

import librosa
import numpy as np
import pytest
from made_rows import noisy_frames

from dcase_classic.config.sound import ENGINE_NAMES, AudioConfig, SpectrumConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.records import Waveform
from dcase_classic.sound.engines import ENGINES, LibrosaMfcc
from dcase_classic.sound.features import MFCC_STATISTICS, MfccEmbedding
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures

# each leads away from the defaults of our settings and from those of librosa
CHANGES = [
    {},
    {"n_fft": 2048, "hop_samples": 300, "n_mels": 40},
    {"fmin_hz": 200.0, "fmax_hz": 7000.0, "n_mels": 40},
    {"center": True},
    {"center": True, "pad_mode": "reflect"},
    {"htk": True, "n_mels": 40},
    {"norm": "none"},
    {"norm": 1.0},
    {"power": 1.0},
    {"amin": 1e-3},
    {"top_db": 30.0},
]
BANDS = [{}, {"htk": True}, {"fmin_hz": 200.0, "fmax_hz": 7000.0}]


def noise(seconds=3.0, seed=0):
    rng = np.random.default_rng(seed)
    samples = 0.1 * rng.normal(size=round(seconds * 16000)) * np.linspace(0.001, 1, 48000)
    return samples.astype(np.float32)


def librosas(**changes):
    return SpectrumConfig(engine="librosa", **changes)


def direct_log_mel(samples, changes):
    """What a script with librosa computes, its own names and defaults overridden one by one."""
    names = {"hop_samples": "hop_length", "fmin_hz": "fmin", "fmax_hz": "fmax"}
    options = {"n_fft": 1024, "hop_length": 512, "n_mels": 128, "center": False}
    options |= {names.get(name, name): value for name, value in changes.items()}
    amin, top_db = options.pop("amin", 1e-10), options.pop("top_db", None)
    if options.get("norm") == "none":
        options["norm"] = None
    mel = librosa.feature.melspectrogram(y=samples, sr=16000, **options)
    return librosa.power_to_db(mel, amin=amin, top_db=top_db)


def test_the_engines_are_those_that_the_settings_know():
    assert tuple(ENGINES) == ENGINE_NAMES


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_the_spectrogram_of_librosas_engine_is_librosas_to_the_last_digit(changes):
    actual = ENGINES["librosa"].log_mel(noise(), librosas(**changes), sample_rate_hz=16000)
    assert np.array_equal(actual, direct_log_mel(noise(), changes).T)


@pytest.mark.parametrize("changes", BANDS, ids=str)
def test_bands_that_end_above_the_highest_frequency_are_left_out_and_others_stay(changes):
    edges_hz = librosa.mel_frequencies(
        130, fmin=changes.get("fmin_hz", 0), fmax=changes.get("fmax_hz", 8000), htk="htk" in changes
    )
    n_bands = int((edges_hz[2:] <= 6500).sum())
    spectrum = librosas(highest_hz=6500.0, **changes)
    actual = ENGINES["librosa"].log_mel(noise(), spectrum, sample_rate_hz=16000)
    assert np.array_equal(actual, direct_log_mel(noise(), changes).T[:, :n_bands])


@pytest.mark.parametrize("changes", CHANGES[1:], ids=str)
def test_every_setting_of_librosas_engine_changes_the_spectrogram(changes):
    changed, usual = direct_log_mel(noise(), changes), direct_log_mel(noise(), {})
    assert not np.array_equal(changed, usual)


def test_coefficients_and_deltas_of_librosas_engine_are_librosas_to_the_last_digit():
    frames = noisy_frames(n_frames=31, n_mels=40)
    mfcc = LibrosaMfcc(13).coefficients(frames)
    for order in (1, 2):
        deltas = LibrosaMfcc(13).deltas(mfcc, mfcc - 1, order=order)
        for segment, rows, steps in zip(frames, mfcc, deltas, strict=True):
            expected = librosa.feature.mfcc(S=segment.T, n_mfcc=13)
            assert np.array_equal(rows.T, expected)
            assert np.array_equal(steps.T, librosa.feature.delta(expected, order=order))


def test_both_engines_give_the_same_statistics_of_coefficients():
    frames = noisy_frames(n_frames=31, n_mels=40)
    ours, theirs = (kind(13, MFCC_STATISTICS) for kind in (MfccEmbedding, LibrosaMfcc))
    assert ours.names(40) == theirs.names(40)
    # coefficient 0 is near -300: sums of 40 products in float32 round at 1e-4
    np.testing.assert_allclose(ours.extract(frames), theirs.extract(frames), rtol=1e-5, atol=2e-4)


def test_deltas_of_fewer_frames_than_librosa_takes_are_refused():
    with pytest.raises(ValueError, match=r"deltas: got 8 frames in a segment, librosa wants 9"):
        LibrosaMfcc(5, ("delta_std",)).extract(noisy_frames(n_frames=8))


def view(**settings):
    features = (Spec("mfcc", (("statistics", ("mean", "delta_std")),)), Spec("logmel_stats"))
    return ViewConfig(name="a", features=features, detector=Spec("knn"), **settings)


def rows_of(spectrum, samples, settings=None):
    features = ViewFeatures.from_config(settings or view(), spectrum)
    front_end = FrontEnd(audio=AudioConfig(), features=(features,))
    return front_end.rows(Waveform(samples=samples, sample_rate_hz=16000))[features]


def test_the_front_end_takes_spectrum_and_coefficients_of_the_engine():
    rows = rows_of(librosas(), noise())
    second = direct_log_mel(noise(), {})[:, 31:62]  # the first frame with its middle in it is 31
    mfcc = librosa.feature.mfcc(S=second, n_mfcc=20)
    expected = mfcc.mean(axis=1), librosa.feature.delta(mfcc).std(axis=1), second.mean(axis=1)
    np.testing.assert_allclose(rows[1, :168], np.concatenate(expected), rtol=1e-4, atol=1e-4)


def test_the_engines_agree_on_the_same_frames():
    fast, slow = rows_of(SpectrumConfig(), noise()), rows_of(librosas(), noise())
    assert not np.array_equal(fast, slow)
    np.testing.assert_allclose(fast, slow, rtol=1e-4, atol=5e-3)  # 1e-3 dB, its moments a bit more


def test_padded_frames_belong_to_the_second_of_their_middle():
    rows = rows_of(librosas(center=True), noise())
    second = direct_log_mel(noise(), {"center": True})[:, 32:63]  # 31 * 512 is less than 16000
    np.testing.assert_allclose(rows[1, 40:168], second.mean(axis=1), rtol=1e-5)


def test_a_view_may_have_an_engine_of_its_own():
    own = rows_of(SpectrumConfig(), noise(), view(spectrum=librosas()))
    assert np.array_equal(own, rows_of(librosas(), noise()))


def test_librosa_that_cannot_be_imported_is_told_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa.feature", None)
    with pytest.raises(ConfigError, match="^spectrum: the engine librosa cannot be .*engine fast$"):
        rows_of(librosas(), noise())
