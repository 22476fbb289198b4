"""The rate of false alarms that settings ask for, by the threshold that they name."""

from dataclasses import replace

from dcase_classic.config import Config
from dcase_classic.config.specs import Spec
from dcase_classic.errors import ConfigError
from dcase_classic.model.machine import threshold_of
from dcase_classic.model.thresholds import RatedThreshold
from dcase_classic.wording import is_number


def at_rate(config: Config, false_alarms: float) -> Config:
    """The settings for another rate of false alarms.

    Raises
    ------
    ConfigError
        If the rate is no number between 0 and 1, or the threshold knows no rate.
    """
    if not is_number(false_alarms) or not 0 < false_alarms < 1:
        raise ConfigError(f"false_alarms: got {false_alarms!r}, expected between 0 and 1")
    false_alarms = float(false_alarms)
    kind, rule = config.threshold.kind, threshold_of(config)
    if not isinstance(rule, RatedThreshold):
        problem = f"the threshold {kind} is for no rate, so none can be asked for"
        raise ConfigError(f"false_alarms: {problem}", advice="choose it by its own options")
    options = dict(config.threshold.options) | dict(rule.options_at(false_alarms))
    return replace(
        config,
        threshold=Spec(kind, tuple(sorted(options.items()))),
        calibration=replace(config.calibration, false_alarms=false_alarms),
    )


def rate_of(config: Config) -> float | None:
    """The rate in (0, 1) that the threshold is for.

    None where nobody knows: the threshold is for no rate, such as the highest of all scores, or it
    is a part of another package, whose code was not admitted.
    """
    try:
        rule = threshold_of(config)
    except ConfigError:
        return None
    if not isinstance(rule, RatedThreshold):
        return None
    rate = rule.expected_rate(config.calibration)
    return float(rate) if is_number(rate) and 0 < rate < 1 else None
