"""The settings that change a result: frozen records read from TOML, with a fingerprint."""

import hashlib
import json
import math
import tomllib
from dataclasses import dataclass, field, fields, replace
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Self

from dcase_classic.calibration_config import CalibrationConfig, MisfitConfig
from dcase_classic.errors import ConfigError
from dcase_classic.given_files import read_given_text
from dcase_classic.plain_settings import Spec, parse_record, to_plain
from dcase_classic.plain_settings import check_setting as _check

DEFAULT_PRESET = "classic"

DEFAULT_TAIL = "section_{section}_test"  # of the names of result files, as 2022 and later have it

CHANNELS = ("mean", "far", "difference")

ENGINE_NAMES = ("fast", "librosa")
# Whoever sends a model sends settings: they must not ask for more memory than a few hundred bytes
# for every sample of a clip.
_MOST_OVERLAP = 32  # of frames, and of segments
_SHORTEST_HOP_S = 0.01

PAD_MODES = ("constant", "edge", "linear_ramp", "reflect", "symmetric")
_MAX_BYTES = 2**20  # of a settings file
_OF_BOTH_ENGINES = {
    *("engine", "n_fft", "hop_samples", "n_mels", "fmin_hz", "fmax_hz", "highest_hz", "amin")
}
LEVELS = ("ignore", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioConfig:
    """Which samples of a file are used, resampled to ``sample_rate_hz``.

    ``channel`` is a number from 0, ``mean`` (of all channels), or for two-channel recordings
    (DCASE 2026: near and far) ``far``, or ``difference``: near minus far in the mel domain, in dB.
    """

    sample_rate_hz: int = 16000
    channel: int | str = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        rate_hz = self.sample_rate_hz
        _check(
            1000 <= rate_hz <= 384_000, "sample_rate_hz", rate_hz, "at least 1000, at most 384000"
        )
        is_known = self.channel in CHANNELS if isinstance(self.channel, str) else self.channel >= 0
        expected = f"0 or more, or {', '.join(CHANNELS)}"
        _check(is_known, "channel", self.channel, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrumConfig:
    """The log-mel spectrogram that every view of a clip shares, and what computes it.

    Attributes
    ----------
    engine : str
        ``fast``, or ``librosa``: its own functions, some forty times slower, for who must equal a
        published front end to the last digit. Only librosa can set what follows ``amin``.
    n_fft, hop_samples, n_mels : length and distance of the frames, number of mel bands.
    fmin_hz, fmax_hz : float
        Where the lowest band begins and the highest ends; None for half the rate.
    highest_hz : float
        Bands that end above it are left out, all others stay as they are: resamplers and recorders
        touch the sound just below half the rate, each in its own way.
    amin : the least value of a band before it becomes dB.
    center : bool
        Whether frame t has its middle at sample ``t * hop_samples``, with ``pad_mode`` beyond the
        ends of the clip; else frames are never padded.
    htk : whether the mel formula is that of HTK and not Slaney's.
    norm : ``slaney`` (every band has the same area), ``none``, or the p of an Lp norm.
    power : of the magnitudes that a band sums.
    top_db : how far below the loudest value of its clip one may lie; ``inf`` for any.
    """

    engine: str = "fast"
    n_fft: int = 1024
    hop_samples: int = 512
    n_mels: int = 128
    fmin_hz: float = 0.0
    fmax_hz: float | None = None
    highest_hz: float = math.inf
    amin: float = 1e-10
    center: bool = False
    pad_mode: str = "constant"
    htk: bool = False
    norm: float | str = "slaney"
    power: float = 2.0
    top_db: float = math.inf

    def __post_init__(self) -> None:
        """Check the ranges, and that the engine can do it."""
        _check(self.engine in ENGINE_NAMES, "engine", self.engine, " or ".join(ENGINE_NAMES))
        _check(16 <= self.n_fft <= 2**15, "n_fft", self.n_fft, "at least 16, at most 32768")
        least = max(1, self.n_fft // _MOST_OVERLAP)
        expected = f"{least} to n_fft ({self.n_fft})"
        _check(least <= self.hop_samples <= self.n_fft, "hop_samples", self.hop_samples, expected)
        most = min(1024, 4 * self.n_fft)
        _check(1 <= self.n_mels <= most, "n_mels", self.n_mels, f"at least 1, at most {most}")
        _check(0 <= self.fmin_hz < math.inf, "fmin_hz", self.fmin_hz, "0 or more")
        _check(self.pad_mode in PAD_MODES, "pad_mode", self.pad_mode, " or ".join(PAD_MODES))
        norm = self.norm
        is_known = norm in {"slaney", "none"} if isinstance(norm, str) else 0 < norm < math.inf
        _check(is_known, "norm", norm, "slaney, none or a number above 0")
        _check(1e-30 <= self.amin < math.inf, "amin", self.amin, "1e-30 or more")  # float32
        _check(self.highest_hz > 0, "highest_hz", self.highest_hz, "more than 0")
        _check(0 < self.power < math.inf, "power", self.power, "more than 0")
        _check(self.top_db > 0, "top_db", self.top_db, "more than 0")
        for item in fields(self) if self.engine == "fast" else ():
            value, is_common = getattr(self, item.name), item.name in _OF_BOTH_ENGINES
            expected = f"{item.default!r} with the engine fast; the engine librosa takes others"
            _check(is_common or value == item.default, item.name, value, expected)

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
        _check(self.fmin_hz < fmax_hz <= limit_hz, "fmax_hz", fmax_hz, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewConfig:
    """One route from a clip to a calibrated score.

    Attributes
    ----------
    segment_s, segment_hop_s : float
        Length and distance of the segments in seconds; ``inf`` makes the whole clip one segment.
    segment_share, segment_hop_share : float
        The same as shares of the length of the training clips (`Config.training_s`): a shorter clip
        has fewer segments and not shorter ones. None for seconds.
    level : ``ignore`` takes the mean level of its clip (over frames and bands) off first, since a
        recorder's gain decides it as much as the machine; ``keep`` does not.
    features : extractors whose columns stand side by side.
    scaling : what makes the columns comparable, fitted inside the fold.
    detector : the model of what is normal.
    domains : str
        ``separate``: the detector knows the rows of one domain at a time; ``centred``: one detector
        of all rows minus the mean of their own domain; ``pooled``: domains are ignored.
    contrast : str
        What else the scaling ``discriminant`` tells the rows from: ``none``, or normal clips of
        other ``sections`` of the machine.
    n_rows : the most training rows that the view learns from; of more, some are drawn, and small
        domains keep theirs. It bounds the time of neighbours and the size of models.
    pooling : from segment scores to one clip score.
    family, group : str
        The fusion averages the views of a family, then the families of a group; without a name a
        view is a family of its own.
    weight : of the view in the mean of its family.
    spectrum : a spectrogram of the view's own, where that of all views is too slow or too coarse.
    """

    name: str
    features: tuple[Spec, ...]
    detector: Spec
    segment_s: float = 1.0
    segment_hop_s: float = 1.0
    segment_share: float | None = None
    segment_hop_share: float | None = None
    level: str = "keep"
    scaling: Spec = Spec("standardise")
    domains: str = "separate"
    contrast: str = "none"
    n_rows: int = 3_000
    pooling: Spec = Spec("mean")
    family: str = ""
    group: str = "all"
    weight: float = 1.0
    spectrum: SpectrumConfig | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        _check(0 < self.weight < math.inf, "weight", self.weight, "more than 0")
        _check(self.segment_s > 0, "segment_s", self.segment_s, "more than 0")
        length_s = 0 if self.segment_s == math.inf else self.segment_s
        least_s = max(_SHORTEST_HOP_S, length_s / _MOST_OVERLAP)
        _check(
            self.segment_hop_s >= least_s, "segment_hop_s", self.segment_hop_s, f"{least_s} or more"
        )
        n_features = len(self.features)
        _check(1 <= n_features <= 20, "features", n_features, "at least one extractor, at most 20")
        _check(100 <= self.n_rows <= 10**6, "n_rows", self.n_rows, "at least 100, at most 1000000")
        for name in ("segment_share", "segment_hop_share"):
            share = getattr(self, name)
            _check(share is None or 0 < share <= 1, name, share, "more than 0 and at most 1")
        has_both = (self.segment_share is None) == (self.segment_hop_share is None)
        _check(has_both, "segment_share", self.segment_share, "one, if segment_hop_share is given")
        _check(self.level in LEVELS, "level", self.level, " or ".join(LEVELS))
        modes = ("separate", "centred", "pooled")
        _check(self.domains in modes, "domains", self.domains, " or ".join(modes))
        contrasts = ("none", "sections")
        _check(self.contrast in contrasts, "contrast", self.contrast, " or ".join(contrasts))
        is_used = self.contrast == "none" or self.scaling.kind == "discriminant"
        _check(
            is_used, "contrast", self.contrast, "none, or the scaling discriminant, which uses it"
        )

    def at_length(self, duration_s: float) -> Self:
        """The same view with its shares of a length as seconds."""
        if self.segment_share is None or self.segment_hop_share is None:
            return self
        length_s = self.segment_share * duration_s
        hop_s = self.segment_hop_share * duration_s
        return replace(
            self,
            segment_s=length_s,
            segment_hop_s=max(hop_s, _SHORTEST_HOP_S, length_s / _MOST_OVERLAP),
            segment_share=None,
            segment_hop_share=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """Names of the result files: ``anomaly_score_<machine>_<tail>.csv``."""

    tail: str = DEFAULT_TAIL

    def __post_init__(self) -> None:
        """Check that the name holds the section and cannot leave the folder."""
        letters = self.tail.replace("{section}", "").replace("{domain}", "")
        is_plain = all(letter.isalnum() or letter in "_-" for letter in letters)
        expected = "letters, digits, _, - and {section}"
        _check(is_plain and "{section}" in self.tail, "tail", self.tail, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that changes a result.

    ``training_s`` is the median length of the training clips in seconds; ``fit`` enters it.
    """

    views: tuple[ViewConfig, ...]
    training_s: float | None = None
    seed: int = 0
    audio: AudioConfig = field(default_factory=AudioConfig)
    spectrum: SpectrumConfig = field(default_factory=SpectrumConfig)
    calibration: CalibrationConfig = field(default_factory=CalibrationConfig)
    misfits: MisfitConfig = field(default_factory=MisfitConfig)
    fusion: Spec = Spec("mean")
    threshold: Spec = Spec("limit")
    output: OutputConfig = field(default_factory=OutputConfig)

    def __post_init__(self) -> None:
        """Check that the views can be told apart, and that their bands hold sound."""
        names = [view.name for view in self.views]
        n_views = len(names) or "none"
        _check(0 < len(names) <= 100, "views", n_views, "at least one [[views]] table, at most 100")
        _check(len(set(names)) == len(names), "views", names, "a different name for each view")
        length_s = self.training_s
        _check(length_s is None or length_s > 0, "training_s", length_s, "more than 0")
        for spectrum in (self.spectrum, *(view.spectrum for view in self.views)):
            if spectrum is not None:
                spectrum.check_rate(self.audio.sample_rate_hz)

    @property
    def has_contrast(self) -> bool:
        """Whether a view learns from clips of other sections."""
        return any(view.contrast != "none" for view in self.views)

    def alone(self) -> "Config":
        """The settings where there is nothing to tell from: views that ask drop out."""
        views = tuple(view for view in self.views if view.contrast == "none")
        return replace(self, views=views or self.views)

    def at_rate(self, false_alarms: float) -> "Config":
        """The settings for another rate of false alarms, by the threshold that they name.

        Raises
        ------
        ValueError
            If the rate is not between 0 and 1.
        """
        threshold = self.threshold
        if threshold.kind == "percentile":
            threshold = Spec("percentile", (("percentile", 100 * (1 - false_alarms)),))
        elif threshold.kind == "gamma":
            threshold = Spec("gamma", (("quantile", 1 - false_alarms),))
        calibration = replace(self.calibration, false_alarms=false_alarms)
        return replace(self, threshold=threshold, calibration=calibration)

    @property
    def timed_views(self) -> tuple[ViewConfig, ...]:
        """The views with the seconds that shares of ``training_s`` are.

        Raises
        ------
        ConfigError
            If a view has such shares and the length is not known.
        """
        length_s = self.training_s
        if length_s is None:
            shares = [view.name for view in self.views if view.segment_share is not None]
            if shares:
                raise ConfigError(f"view {shares[0]}: segment_share: training_s is not known")
            return self.views
        return tuple(view.at_length(length_s) for view in self.views)

    def at_length(self, duration_s: float) -> Self:
        """The settings for training clips of this length, to the millisecond."""
        return replace(self, training_s=round(duration_s, 3))

    @property
    def fingerprint(self) -> str:
        """A hash of all settings: equal fingerprints give equal results on equal data."""
        return hashlib.sha256(json.dumps(to_plain(self), sort_keys=True).encode()).hexdigest()


def preset_names() -> tuple[str, ...]:
    """The names of the presets that come with the package."""
    folder = resources.files("dcase_classic") / "presets"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_preset(name: str) -> Config:
    """The settings of a preset; ``default`` is another name of the recommended one.

    Raises
    ------
    ConfigError
        If there is no preset of that name.
    """
    name = DEFAULT_PRESET if name == "default" else name
    known = preset_names()
    if name not in known:
        raise ConfigError(f"preset: got {name!r}, expected one of default, {', '.join(known)}")
    text = (resources.files("dcase_classic") / "presets" / f"{name}.toml").read_text("utf-8")
    return parse_config(text, where=f"preset {name}")


def load_config(path: str | PathLike[str]) -> Config:
    """The settings of a TOML file; a key that is left out keeps its default.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, or holds an unknown key or a wrong value.
    """
    text = read_given_text(Path(path), error=ConfigError, max_bytes=_MAX_BYTES)
    return parse_config(text, where=str(path))


def parse_config(text: str, *, where: str) -> Config:
    """The settings in TOML ``text``; errors name ``where`` and the key.

    Raises
    ------
    ConfigError
        If the text is not TOML, or holds an unknown key or a wrong value.
    """
    try:
        table = tomllib.loads(text)
        _check_numbers(table, where)
        return from_plain(table, where=where)
    except ValueError as error:  # also of a number with thousands of digits
        raise ConfigError(f"not valid TOML ({error})", path=where) from error
    except RecursionError as error:
        raise ConfigError("nested too deeply", path=where) from error


def from_plain(table: object, *, where: str) -> Config:
    """The settings that ``to_plain`` made; errors name ``where`` and the key.

    Raises
    ------
    ConfigError
        If a key is unknown or a value wrong.
    """
    config: Config = parse_record(Config, table, where=where)
    return config


def _check_numbers(value: object, where: str) -> None:
    """TOML promises 64 bits; larger numbers cannot even be shown."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_numbers(item, where)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ConfigError("a whole number of more than 64 bits", path=where)
