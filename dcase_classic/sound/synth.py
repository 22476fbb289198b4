"""Synthetic machines with two domains and three kinds of fault each, for the demo and the tests.

``DemoFan`` is steady: a shaft with blades, a line spectrum in the noise of the air. ``DemoValve``
is impulsive: a few strokes in a clip, one of them the full stroke against the end stop. A
microphone hears both in a factory; the target domain runs at other speeds and loads, with another
microphone, gain and background. Normal clips differ from each other by about as much as a slight
fault does, so no detector finds every fault.

A clip depends on the seed and its own name, on no other clip. There are only elementwise
operations, recursive filters and FFTs: a BLAS product could differ by the number of threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, cycle, product
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.fft import irfft, rfftfreq
from scipy.signal import lfilter

from dcase_classic.challenge.clip_names import ClipName
from dcase_classic.records import Domain, Label, Split, Waveform
from dcase_classic.seeding import derive_seed

SAMPLE_RATE_HZ = 16000
CLIP_S = 6.0
DEMO_SECTION = "00"

_N_SAMPLES = int(CLIP_S * SAMPLE_RATE_HZ)
_N_DRIFT = 7  # points of a slow curve, a second apart
_N_TRAIN = MappingProxyType({Domain.SOURCE: 60, Domain.TARGET: 10})
_N_TEST = 20  # of each label in each domain
# From a fault that drowns in the normal variation to one that a listener notices at once.
_SEVERITIES = (0.25, 0.5, 0.75, 1.0)

Signal = NDArray[np.float64]
_Decibels = TypeVar("_Decibels", float, Signal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a machine is run: turns or strokes per second, and load as a share of its greatest."""

    speed_hz: float
    load: float

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Parameters and values of ``attributes_00.csv`` (speed per minute, load in percent)."""
        return ("spd", f"{60 * self.speed_hz:.0f}"), ("load", f"{100 * self.load:.0f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClip:
    """One clip to be made.

    Attributes
    ----------
    index : the number in its name, from 0 for each split, domain and label.
    fault : one of the machine's faults, or None for a normal clip; the name does not tell it.
    severity : of the fault, in [0, 1]; at 0 the clip sounds as if there were no fault.

    Raises
    ------
    ValueError
        If there is no such machine, or it cannot have such a fault.
    """

    machine_type: str
    split: Split
    domain: Domain
    index: int
    fault: str | None = None
    severity: float = 0.0

    def __post_init__(self) -> None:
        """Check that there is such a machine and that it can have such a fault."""
        if self.machine_type not in MACHINES:
            known = ", ".join(MACHINES)
            raise ValueError(f"machine: got {self.machine_type!r}, expected one of {known}")
        faults = MACHINES[self.machine_type].faults
        if self.fault is not None and self.fault not in faults:
            raise ValueError(f"fault: got {self.fault!r}, expected one of {', '.join(faults)}")

    @property
    def condition(self) -> Condition:
        """How the machine is run; clips take turns."""
        conditions = _CONDITIONS[self.machine_type, self.domain]
        speed_hz, load = conditions[self.index % len(conditions)]
        return Condition(speed_hz=speed_hz, load=load)

    @property
    def label(self) -> Label:
        """An anomaly if there is a fault, however slight."""
        return Label.NORMAL if self.fault is None else Label.ANOMALY

    @property
    def name(self) -> str:
        """The base name of the file, in the layout of DCASE 2022 and later."""
        tail = "_".join(f"{parameter}_{value}" for parameter, value in self.condition.attributes)
        name = ClipName(
            section=DEMO_SECTION,
            domain=self.domain,
            split=self.split,
            label=self.label,
            index=f"{self.index:04d}",
            attributes=tail,
        )
        return f"{name.stem}.wav"


def demo_clips() -> tuple[DemoClip, ...]:
    """The plan of the demo's data set: all clips of all machines, by machine, split and name."""
    clips = chain.from_iterable(_domain_clips(*place) for place in _CONDITIONS)
    return tuple(sorted(clips, key=lambda clip: (clip.machine_type, clip.split, clip.name)))


def synthesise(clip: DemoClip, *, seed: int = 0) -> Waveform:
    """The sound of one clip, 6 s at 16 kHz: the same for the same clip and seed, in any order."""
    machine = MACHINES[clip.machine_type]
    rng = np.random.default_rng(derive_seed(seed, "synth", clip.machine_type, clip.name))
    severity = {fault: clip.severity * (fault == clip.fault) for fault in machine.faults}
    radiated = machine.sound(clip.condition, severity, rng)
    heard = _RECORDINGS[clip.domain].hear(radiated, rng)
    return Waveform(samples=heard.astype(np.float32), sample_rate_hz=SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A shaft with blades: each turn repeats, the air hisses, load makes both louder.

    Faults: ``bearing`` (balls hit a defect and ring the housing), ``leak`` (air through a gap, a
    band of noise), ``unbalance`` (a heavy blade shakes the shaft and modulates the tones).
    """

    faults: tuple[str, ...] = ("bearing", "leak", "unbalance")
    n_blades: int = 7
    hits_per_turn: float = 3.58  # the outer race of a common ball bearing
    housing_hz: float = 3300.0

    def sound(self, condition: Condition, severity: Mapping[str, float], rng: Generator) -> Signal:
        """What it radiates, (n_samples,)."""
        # The mains and the belt let the speed wander by about a percent.
        wander = 1 + rng.normal(0, 0.01) + rng.normal(0, 0.004, _N_DRIFT)
        turns = np.cumsum(_drift(condition.speed_hz * wander)) / SAMPLE_RATE_HZ
        tones = self._tones(turns, severity["unbalance"], rng)
        air = _noise(
            rng,
            _band(700, octaves=2.0) * _gain(rng.normal(0, 1))
            + _band(2400, octaves=0.8) * _gain(rng.normal(-8, 1.5))
            + _band(5000, octaves=0.4) * 0.12 * severity["leak"],
        )
        hits_s = np.flatnonzero(np.diff(np.floor(turns * self.hits_per_turn))) / SAMPLE_RATE_HZ
        housing = _ringing(self.housing_hz, decay_s=0.002)
        bearing = _repeat(housing, hits_s, np.full(len(hits_s), 0.025 * severity["bearing"]))
        load_db = 8 * (condition.load - 0.5) + rng.normal(0, 1)
        return _gain(load_db) * (0.05 * tones + 0.03 * air + bearing)

    def _tones(self, turns: Signal, unbalance: float, rng: Generator) -> Signal:
        """Harmonics of shaft and blades, from a table of one turn."""
        order = np.arange(1, 12 * self.n_blades)
        level_db = np.where(order % self.n_blades == 0, 0.0, -20.0) - 4.5 * np.log2(order)
        level_db += rng.normal(0, 1.5, len(order))
        level_db[:3] += 8 * unbalance
        phase = rng.uniform(0, 2 * np.pi, len(order))
        spectrum = np.zeros(2049, complex)
        spectrum[order] = _gain(level_db) * np.exp(1j * phase)
        turn = irfft(spectrum) * 2048  # so that levels are amplitudes of the tones
        angle = np.linspace(0, 1, len(turn), endpoint=False)
        turn *= 1 + 0.3 * unbalance * np.cos(2 * np.pi * angle)
        return np.interp(turns, angle, turn, period=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valve:
    """A valve that strikes its seat a few times in a clip and lets out air each time.

    One stroke in a clip goes to the end stop: louder and steadier than the others. Faults: ``weak``
    (it no longer gets there), ``leak`` (the seat hisses between strokes), ``bounce`` (every strike
    is a rapid series).
    """

    faults: tuple[str, ...] = ("weak", "leak", "bounce")
    modes_hz: tuple[float, ...] = (620.0, 1450.0, 2900.0, 5200.0)
    full_stroke_db: float = 12.0

    def sound(self, condition: Condition, severity: Mapping[str, float], rng: Generator) -> Signal:
        """What it radiates, (n_samples,)."""
        when_s, strength = self._strikes(condition, severity["weak"], rng)
        # The seat itself is heard as a broadband click, the body as its modes.
        modes = [_gain(rng.normal(0, 0.5)) * _ringing(hz, decay_s=0.005) for hz in self.modes_hz]
        click = np.sum(modes, axis=0)
        click[0] += 4
        clicks = _repeat(click, when_s, strength)
        for delay_s in np.cumsum(rng.uniform(0.01, 0.02, 4)):
            clicks += _repeat(click, when_s + delay_s, severity["bounce"] * strength)
        flow = _repeat(_ringing(0.0, decay_s=0.08), when_s, strength) + 1.2 * severity["leak"]
        air = flow * _noise(rng, _band(4500, octaves=1.0))
        return 0.013 * clicks + 0.02 * condition.load * air

    def _strikes(self, condition: Condition, weak: float, rng: Generator) -> tuple[Signal, Signal]:
        """When it strikes, in seconds, and how strongly."""
        n_strokes = int(CLIP_S * condition.speed_hz)
        when_s = (np.arange(n_strokes) + rng.uniform(0.3, 0.7, n_strokes)) / condition.speed_hz
        level_db = rng.normal(0, 1.5, n_strokes)
        level_db[rng.integers(n_strokes)] = rng.normal(self.full_stroke_db, 0.7) * (1 - weak)
        return when_s, _gain(level_db + 6 * condition.load)


MACHINES: Mapping[str, Fan | Valve] = MappingProxyType({"DemoFan": Fan(), "DemoValve": Valve()})

# Pairs of speed in Hz and load. Of ten target clips, two to four show each pair.
_CONDITIONS = MappingProxyType(
    {
        ("DemoFan", Domain.SOURCE): ((24.0, 0.4), (26.0, 0.6), (28.0, 0.5)),
        ("DemoFan", Domain.TARGET): ((20.0, 0.3), (22.0, 0.7), (31.0, 0.5), (33.0, 0.8)),
        ("DemoValve", Domain.SOURCE): ((1.5, 0.5), (2.0, 0.6)),
        ("DemoValve", Domain.TARGET): ((1.25, 0.8), (1.75, 0.7), (2.5, 0.9)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recording:
    """A microphone in a factory: background noise, a high cut of first order, and a gain."""

    background_db: float
    background_spread_db: float
    background_hz: float
    cut_hz: float
    gain_db: float

    def hear(self, radiated: Signal, rng: Generator) -> Signal:
        """The recording of what a machine radiates, (n_samples,), in [-1, 1]."""
        band = _band(self.background_hz, octaves=2.5)
        background_db = rng.normal(self.background_db, self.background_spread_db)
        pole = np.exp(-2 * np.pi * self.cut_hz / SAMPLE_RATE_HZ)
        heard = lfilter([1 - pole], [1, -pole], radiated + _gain(background_db) * _noise(rng, band))
        gain_db = self.gain_db + rng.normal(0, 0.5) + rng.normal(0, 0.3, _N_DRIFT)
        return np.clip(heard * _drift(_gain(gain_db)), -1, 1)  # as a converter saturates


_RECORDINGS = MappingProxyType(
    {
        Domain.SOURCE: _Recording(
            background_db=-36, background_spread_db=1.5, background_hz=300, cut_hz=6000, gain_db=2
        ),
        Domain.TARGET: _Recording(
            background_db=-30, background_spread_db=2.5, background_hz=900, cut_hz=3500, gain_db=-3
        ),
    }
)


def _domain_clips(machine_type: str, domain: Domain) -> list[DemoClip]:
    place = partial(DemoClip, machine_type=machine_type, domain=domain)
    train = [place(split=Split.TRAIN, index=index) for index in range(_N_TRAIN[domain])]
    normal = [place(split=Split.TEST, index=index) for index in range(_N_TEST)]
    kinds = cycle(product(_SEVERITIES, MACHINES[machine_type].faults))
    anomalies = [
        place(split=Split.TEST, index=index, fault=fault, severity=severity)
        for index, (severity, fault) in zip(range(_N_TEST), kinds, strict=False)
    ]
    return train + normal + anomalies


def _gain(level_db: _Decibels) -> _Decibels:
    """The amplitude ratio of a level in dB."""
    return 10 ** (level_db / 20)


def _drift(points: Signal) -> Signal:
    """Straight lines through ``_N_DRIFT`` points at equal distances in time, (n_samples,)."""
    share = np.linspace(0, 1, _N_SAMPLES // (_N_DRIFT - 1), endpoint=False)
    return (points[:-1, np.newaxis] + np.diff(points)[:, np.newaxis] * share).ravel()


@lru_cache
def _band(centre_hz: float, *, octaves: float) -> Signal:
    """The power spectrum of a band, 1 at the centre, (n_samples // 2 + 1,)."""
    frequency_hz = np.maximum(rfftfreq(_N_SAMPLES, 1 / SAMPLE_RATE_HZ), 20.0)
    band = np.exp(-np.square(np.log2(frequency_hz / centre_hz) / octaves))
    band.flags.writeable = False
    return band


def _noise(rng: Generator, power: Signal) -> Signal:
    """Gaussian noise of a power spectrum, (n_samples,), of unit variance per unit mean power."""
    spectrum = rng.standard_normal((len(power), 2), np.float32).view(np.complex64)[:, 0]
    spectrum *= np.sqrt(power * (_N_SAMPLES / 2))
    return irfft(spectrum, _N_SAMPLES).astype(np.float64)


def _ringing(frequency_hz: float, *, decay_s: float) -> Signal:
    """A decaying cosine, until it has fallen by 40 dB; at 0 Hz only the decay."""
    time_s = np.arange(0, 4.6 * decay_s, 1 / SAMPLE_RATE_HZ)
    return np.exp(-time_s / decay_s) * np.cos(2 * np.pi * frequency_hz * time_s)


def _repeat(response: Signal, when_s: Signal, strength: Signal) -> Signal:
    """The sum of a response to every strike, (n_samples,), cut off at the end of the clip."""
    total = np.zeros(_N_SAMPLES + len(response))
    starts = np.minimum(np.rint(when_s * SAMPLE_RATE_HZ), _N_SAMPLES).astype(np.intp)
    for start, factor in zip(starts, strength, strict=True):
        total[start : start + len(response)] += factor * response
    return total[:_N_SAMPLES]
