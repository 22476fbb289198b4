import numpy as np
import pytest

from dcase_classic.alarms.operating import HeardWindow
from dcase_classic.alarms.settings import AlarmSettings, OperatingSettings
from dcase_classic.alarms.tracker import TrackerState, follow
from dcase_classic.pipeline.peak_sounds import _MOST_SOUNDS, PeakSound, PeakSounds

SETTINGS = AlarmSettings(operating=OperatingSettings(warm_up_s=0.0))


def incidents_of(severities):
    """Of every event when the peak is, and when the sound of the peak begins."""
    state, sounds, events = TrackerState(), PeakSounds(), []
    for second, severity in enumerate(severities):
        begin_s = float(second)
        window = HeardWindow(
            begin_s=begin_s, end_s=begin_s + 10, new_s=1.0, severity=severity, level_db=-30.0
        )
        before = state.incident
        step = follow(state, window, SETTINGS)
        state = step.state
        incident = state.incident or before
        sounds.forget(state, incident)
        if step.severity > SETTINGS.lowest_level:
            sounds.add(peak_sound(begin_s, step.severity), incident)
        assert len(sounds._sounds) <= _MOST_SOUNDS
        for event in step.events:
            peak = sounds.peak_of(event.incident)
            events.append((event.incident.peak_begin_s, peak and peak.begin_s))
    return events


def peak_sound(begin_s, severity):
    samples = np.zeros((10, 1), np.float32)
    return PeakSound(
        source="a",
        begin_s=begin_s,
        start_s=begin_s,
        severity=severity,
        samples=samples,
        sample_rate_hz=16000,
    )


@pytest.mark.parametrize(
    ("severities", "begins_s"),
    [
        ([50.0] * 5 + [250.0] * 3, [5.0]),  # of equal ones the first
        ([190.0] + [50.0] * 92 + [120.0] + [110.0] * 89, [93.0]),  # the worst is no part of it
        ([300.0] + [50.0] * 30 + [210.0, 220.0], [32.0]),
        ([50.0, 250.0, 260.0, *[240.0] * 200, *[50.0] * 200], [2.0, 2.0]),  # raised, and ended
        ([198.0 - number for number in range(90)], [0.0]),
    ],
)
def test_the_sound_of_an_incident_is_that_of_its_peak(severities, begins_s):
    events = incidents_of(severities)
    assert [expected for expected, _ in events] == begins_s
    assert [remembered for _, remembered in events] == begins_s


@pytest.mark.uncounted
def test_every_alarm_of_changing_sound_has_the_sound_of_its_peak():
    rng = np.random.default_rng(0)
    lengths, levels = rng.integers(1, 120, 80), rng.uniform(40.0, 180.0, 80)
    noise = rng.normal(0.0, 15.0, lengths.sum())
    events = incidents_of(np.maximum(0.0, np.repeat(levels, lengths) + noise).tolist())
    assert len(events) > 5
    assert all(expected == remembered for expected, remembered in events)
