"""Do explanations find what was planted? Faults of known place in real normal recordings.

``python benchmarks/planted.py DATA [--seed N] [--times N] [--machine NAME] [FAULT...]`` where DATA
holds ``dcase2023t2`` (ToyCar) and ``valve_source``: models are fitted to the training clips, each
of seven faults is planted in 20 normal test clips of either machine, and where the fault is is
compared with what ``explain`` says first ("all") and with all that it tells ("told", three reasons
at most). Recordings above the threshold are counted; of these, those that lie above it without the
fault as well are counted apart, as their score has reasons of its own, and so are those below it.
Other seeds plant other faults at other places of other recordings; what tones, louder bands and
knocks add is as strong ``--times`` N.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.signal import istft, stft
from threadpoolctl import threadpool_limits

from dcase_classic.config import load_preset
from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.io.artifacts import load_model, settings_of_views
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.model.explain import Explainer
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.fit import fit
from dcase_classic.records import Label, Split, Waveform
from dcase_classic.report.explanations import told
from dcase_classic.seeding import derive_seed
from dcase_classic.sound.axes import Axes

RATE_HZ = 16000
N_CLIPS = 20
MACHINES = {
    "ToyCar": "dcase2023t2/dev_data/raw",
    "valve": "valve_source/dev_data",
    "bldc": "bldc_noise/dev_data",
}
NEAR_S = 0.25
BANDS_64 = Axes(spectrum=SpectrumConfig(n_mels=64), sample_rate_hz=RATE_HZ).centres_hz()
EVERYWHERE, ALWAYS = None, None


def tone(x, rng):
    """12 dB above its band."""
    hz = rng.uniform(400, 6500)
    f, _, spectra = stft(x, RATE_HZ, nperseg=2048)
    is_near = np.abs(f - hz) < max(40, 0.04 * hz)
    level = np.sqrt(2 * np.square(np.abs(spectra[is_near])).sum(axis=0).mean())
    sine = np.sin(2 * np.pi * hz * np.arange(len(x)) / RATE_HZ + rng.uniform(0, 6))
    return x + 4 * np.sqrt(2) * level * sine, (hz, hz), ALWAYS, {"louder"}


def louder_band(x, rng):
    """6 dB in seven tenths of an octave."""
    low = rng.uniform(300, 4000)
    return band_gain(x, low, low * 2**0.7, 6), (low, low * 2**0.7), ALWAYS, {"louder"}


def missing_band(x, rng):
    """40 dB less in seven tenths of an octave."""
    low = rng.uniform(300, 4000)
    gone = band_gain(x, low, low * 2**0.7, -40)
    return gone, (low, low * 2**0.7), ALWAYS, {"missing", "quieter"}


def knock(x, rng):
    """60 ms of noise that dies away."""
    y, at = x.copy(), some_time(x, rng)
    n = round(0.06 * RATE_HZ)
    decay = np.exp(-np.arange(n) / (0.015 * RATE_HZ))
    y[at : at + n] += 6 * x.std() * rng.normal(size=n) * decay
    return y, EVERYWHERE, seconds(at, at + n), {"louder"}


def modulation(x, _rng):
    """Twelve times a second."""
    beat = 1 + 0.7 * np.sin(2 * np.pi * 12 * np.arange(len(x)) / RATE_HZ)
    return x * beat, EVERYWHERE, ALWAYS, {"more regular", "faster"}


def drop_out(x, rng):
    """0.4 s without sound."""
    y, at, n = x.copy(), some_time(x, rng), round(0.4 * RATE_HZ)
    y[at : at + n] *= 1e-3
    return y, EVERYWHERE, seconds(at, at + n), {"missing", "quieter"}


def weaker_click(x, _rng):
    """The strongest moment 12 dB weaker."""
    n = 800
    energy = np.square(x[: len(x) // n * n].reshape(-1, n)).sum(axis=1)
    at = int(energy.argmax()) * n
    first, behind = max(0, at - 1600), min(len(x), at + 2400)
    gain = np.ones(len(x))
    gain[first:behind] = 10 ** (-12 / 20)
    gain = np.convolve(np.pad(gain, 80, mode="edge"), np.ones(161) / 161, "valid")
    return x * gain, EVERYWHERE, seconds(first, behind), {"quieter", "missing"}


ADDED = (tone, louder_band, knock)
FAULTS = (tone, louder_band, missing_band, knock, modulation, drop_out, weaker_click)


def band_gain(x, low_hz, high_hz, gain_db):
    f, _, spectra = stft(x, RATE_HZ, nperseg=2048)
    gains = np.where((f >= low_hz) & (f <= high_hz), 10 ** (gain_db / 20), 1)
    return istft(spectra * gains[:, np.newaxis], RATE_HZ, nperseg=2048)[1][: len(x)]


def some_time(x, rng):
    return round(rng.uniform(0.7, len(x) / RATE_HZ - 0.7) * RATE_HZ)


def seconds(first, behind):
    return first / RATE_HZ, behind / RATE_HZ


def band_64(hz):
    return int(np.abs(BANDS_64 - hz).argmin())


def verdict(top, band_hz, span_s, directions):
    """Whether band, time and direction are right."""
    if top.band_hz is None:
        return [False, False, False]
    middle = np.sqrt(max(top.band_hz[0], 20) * top.band_hz[1])
    is_in_band = band_hz is EVERYWHERE or (
        band_64(band_hz[0]) - 1 <= band_64(middle) <= band_64(band_hz[1]) + 1
    )
    is_at_time = span_s is ALWAYS or (
        not top.is_all_the_time
        and top.from_s < span_s[1] + NEAR_S
        and top.to_s > span_s[0] - NEAR_S
        and top.to_s - top.from_s < 2
    )
    return [is_in_band, is_at_time, top.direction in directions]


def score_alone(explainer, waveform):
    rows = explainer.front_end.rows(waveform)
    tables = {features: FeatureTable.from_clips([X]) for features, X in rows.items()}
    return float(explainer.model.score(tables).anomaly[0])


def measure(machine, explainer, clips, audio, fault, options):
    """Print a row: what is right, among how many."""
    right, n_fired, n_before, n_silent = np.zeros(5, int), 0, 0, np.zeros(3, int)
    costs, worst = [], 0.0
    for position, clip in enumerate(clips):
        normal = read_recording(clip.files, audio).waveform
        seed = derive_seed(options.seed, machine, fault.__name__, str(position))
        samples, *place = fault(normal.samples, np.random.default_rng(seed))
        if fault in ADDED:
            samples = normal.samples + options.times * (samples - normal.samples)
        waveform = Waveform(
            samples=np.clip(samples, -1, 1).astype(np.float32), sample_rate_hz=RATE_HZ
        )
        start = time.perf_counter()
        score_alone(explainer, waveform)
        middle = time.perf_counter()
        explanation = explainer.explain(waveform)
        costs.append((time.perf_counter() - middle) / (middle - start))
        for items in (explanation.why, explanation.families):
            total = sum(item.share for item in items)
            worst = max(worst, abs(total - explanation.anomaly_score))
        verdicts = verdict(explanation.why[0], *place)
        is_told = any(all(verdict(reason, *place)) for reason in told(explanation))
        if explanation.anomaly_score <= explainer.model.threshold:
            n_silent += [all(verdicts), is_told, 1]
            continue
        if score_alone(explainer, normal) > explainer.model.threshold:
            n_before += 1
            continue
        right += [*verdicts, all(verdicts), is_told]
        n_fired += 1
    name = fault.__name__.replace("_", " ")
    print(
        f"{machine:7} {name:13} band {right[0]:2} second {right[1]:2} direction {right[2]:2} "
        f"all {right[3]:2} told {right[4]:2} of {n_fired:2} ({n_before} more were above before; "
        f"below the threshold {n_silent[0]:2} told {n_silent[1]:2} of {n_silent[2]:2}); "
        f"cost {np.median(costs):.1f} scores; sums within {worst:.0e}",
        flush=True,
    )


def chosen(normals, seed):
    """20 of the recordings: spread over all of them, or drawn."""
    positions = np.linspace(0, len(normals) - 1, N_CLIPS).round().astype(int)
    if seed:
        n_clips = min(N_CLIPS, len(normals))
        positions = np.random.default_rng(seed).choice(len(normals), n_clips, replace=False)
    return [normals[i] for i in positions]


def main(options):
    """All faults, or those of some names."""
    config = load_preset("classic")
    for machine in options.machine or ("ToyCar", "valve"):
        clips = find_clips(options.data / MACHINES[machine])
        clips = [clip for clip in clips if clip.machine_type == machine]
        with tempfile.TemporaryDirectory() as models, threadpool_limits(1):
            fit(clips, models, config)
            artifact = load_model(Path(models), machine, "00")
            settings = settings_of_views(artifact.config, artifact.siblings)
            explainer = Explainer.from_config(artifact.model, settings)
            normals = [
                clip for clip in clips if (clip.split, clip.label) == (Split.TEST, Label.NORMAL)
            ]
            heard = chosen(normals, options.seed)
            for fault in FAULTS:
                if not options.faults or fault.__name__ in options.faults:
                    measure(machine, explainer, heard, config.audio, fault, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("faults", nargs="*", metavar="FAULT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--times", type=float, default=1.0)
    parser.add_argument("--machine", action="append", choices=MACHINES)
    main(parser.parse_intermixed_args())
