"""The settings of what is read of a recording, and of its spectrogram."""

import math
from dataclasses import dataclass, fields

from dcase_classic.config.setting import check_setting, check_settings, setting

# what is heard instead of a channel with a number, in words
CHANNELS = {
    "mean": "the mean",
    "far": "the far one",
    "difference": "the difference of near and far",
}

ENGINE_NAMES = ("fast", "librosa")
# Whoever sends a model sends settings: they must not ask for more memory than a few hundred bytes
# for every sample of a clip.
MOST_OVERLAP = 32  # of frames, and of segments

PAD_MODES = ("constant", "edge", "linear_ramp", "reflect", "symmetric")
_OF_BOTH_ENGINES = {
    *("engine", "n_fft", "hop_samples", "n_mels", "fmin_hz", "fmax_hz", "highest_hz", "amin")
}
_OFFICIAL = "the official baselines"
_LIBROSA = "librosa; only its engine takes another"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioConfig:
    """Which samples of a file are used."""

    sample_rate_hz: int = setting(
        16000,
        "rate that recordings are resampled to",
        "at least 1000, at most 384000",
        unit="Hz",
        source="the recordings of the challenge",
    )
    channel: int | str = setting(
        0,
        "number of a channel, `mean` of all, or of two (near, far) `far`, or "
        "`difference`: near minus far in the mel domain, in dB",
        f"0 or more, or {', '.join(CHANNELS)}",
        source="the first channel, as the official baselines",
    )

    def __post_init__(self) -> None:
        """Check the ranges."""
        channel = self.channel
        check_settings(
            self,
            sample_rate_hz=1000 <= self.sample_rate_hz <= 384_000,
            channel=channel in CHANNELS if isinstance(channel, str) else channel >= 0,
        )

    @property
    def heard(self) -> str:
        """What is heard of several channels, in words."""
        if isinstance(self.channel, str):
            return CHANNELS[self.channel]
        return f"channel {self.channel}, counted from 0" if self.channel else "the first"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumConfig:
    """The log-mel spectrogram that every view of a clip shares, and what computes it."""

    engine: str = setting(
        "fast",
        "`fast`, or `librosa`: its own functions, some forty times slower, for who must equal "
        "a published front end to the last digit",
        " or ".join(ENGINE_NAMES),
        source="docs/speed.md",
    )
    n_fft: int = setting(
        1024, "length of a frame", "at least 16, at most 32768", unit="samples", source=_OFFICIAL
    )
    hop_samples: int = setting(
        512,
        "distance of the frames",
        f"n_fft / {MOST_OVERLAP} to n_fft",
        unit="samples",
        source=_OFFICIAL,
    )
    n_mels: int = setting(128, "number of mel bands", "at least 1, at most 1024", source=_OFFICIAL)
    fmin_hz: float = setting(
        0.0, "where the lowest band begins", "0 or more", unit="Hz", source=_OFFICIAL
    )
    fmax_hz: float | None = setting(
        None,
        "where the highest band ends; `none` for half the rate",
        "above fmin_hz, at most half of sample_rate_hz",
        unit="Hz",
        source=_OFFICIAL,
    )
    highest_hz: float = setting(
        math.inf,
        "bands that end above it are left out, all others stay as they are: resamplers and "
        "recorders touch the sound just below half the rate, each in its own way",
        "more than fmin_hz",
        unit="Hz",
        source="docs/method.md; 7600 in every preset",
    )
    amin: float = setting(
        1e-10, "least value of a band before it becomes dB", "1e-30 or more", source="librosa"
    )
    center: bool = setting(
        False,
        "whether frame t has its middle at sample `t * hop_samples`, with `pad_mode` beyond "
        "the ends of the clip; else frames are never padded",
        "true or false",
        source="segments start with sound of their own; only the engine librosa takes another",
    )
    pad_mode: str = setting(
        "constant",
        "what lies beyond the ends where `center` is true",
        " or ".join(PAD_MODES),
        source=_LIBROSA,
    )
    htk: bool = setting(
        False,
        "whether the mel formula is that of HTK and not Slaney's",
        "true or false",
        source=_LIBROSA,
    )
    norm: float | str = setting(
        "slaney",
        "`slaney` (every band has the same area), `none`, or the p of an Lp norm",
        "slaney, none or a number above 0",
        source=_LIBROSA,
    )
    power: float = setting(
        2.0, "of the magnitudes that a band sums", "more than 0", source=_LIBROSA
    )
    top_db: float = setting(
        math.inf,
        "how far below the loudest value of its clip one may lie; `inf` for any",
        "more than 0",
        unit="dB",
        source="none: a loud event must not hide what is quiet; only librosa takes another",
    )

    def __post_init__(self) -> None:
        """Check the ranges, and that the engine can do it."""
        norm, is_word = self.norm, isinstance(self.norm, str)
        check_settings(
            self,
            engine=self.engine in ENGINE_NAMES,
            n_fft=16 <= self.n_fft <= 2**15,
            pad_mode=self.pad_mode in PAD_MODES,
            norm=norm in {"slaney", "none"} if is_word else 0 < float(norm) < math.inf,
            fmin_hz=0 <= self.fmin_hz < math.inf,
            amin=1e-30 <= self.amin < math.inf,  # float32
            highest_hz=self.highest_hz > self.fmin_hz,
            power=0 < self.power < math.inf,
            top_db=self.top_db > 0,
        )
        least = max(1, self.n_fft // MOST_OVERLAP)
        is_near, expected = least <= self.hop_samples <= self.n_fft, f"{least} to n_fft"
        check_setting(is_near, "hop_samples", self.hop_samples, f"{expected} ({self.n_fft})")
        most = min(1024, 4 * self.n_fft)
        is_few = 1 <= self.n_mels <= most
        check_setting(is_few, "n_mels", self.n_mels, f"at least 1, at most {most}")
        for item in fields(self) if self.engine == "fast" else ():
            value, is_common = getattr(self, item.name), item.name in _OF_BOTH_ENGINES
            expected = f"{item.default!r} with the engine fast; the engine librosa takes others"
            check_setting(is_common or value == item.default, item.name, value, expected)

    def check_rate(self, sample_rate_hz: int) -> None:
        """Check that the bands end where the sound does.

        Raises
        ------
        ValueError
            If a band lies above half the rate, or there is no room for one.
        """
        limit_hz = sample_rate_hz / 2
        fmax_hz = limit_hz if self.fmax_hz is None else self.fmax_hz
        expected = f"fmin_hz below it and at most half of sample_rate_hz ({limit_hz:g})"
        check_setting(self.fmin_hz < fmax_hz <= limit_hz, "fmax_hz", fmax_hz, expected)
