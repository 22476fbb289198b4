"""The sounds of the windows that are the peak of an incident, or that may become one."""

from dataclasses import dataclass

from dcase_classic.alarms.incidents import Incident
from dcase_classic.alarms.tracker import TrackerState
from dcase_classic.records import Rows

_MOST_SOUNDS = 8  # of ten seconds each, as a rule: 5 MB of a machine at 16 kHz


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeakSound:
    """The sound of a window that is remembered, (n_samples, n_channels), and its source.

    ``start_s`` is where it begins in a recording, 0 of sound that is in none; ``flags`` tell what
    is odd about the recording, as its level.
    """

    source: str
    begin_s: float
    start_s: float
    severity: float
    samples: Rows
    sample_rate_hz: int
    flags: tuple[str, ...] = ()

    def is_peak_of(self, incident: Incident | None) -> bool:
        """Whether it is the worst window of an incident."""
        peak = None if incident is None else (incident.peak_begin_s, incident.peak)
        return peak == (self.begin_s, self.severity)


class PeakSounds:
    """The windows that are worse than all later ones: the first peak of any last seconds is one.

    Of very many those are left out that came soon after a worse one.
    """

    def __init__(self) -> None:
        self._sounds: list[PeakSound] = []  # by falling severity

    def forget(self, state: TrackerState, incident: Incident | None) -> None:
        """Forget what has left the memory of a machine, and is not the peak of an incident."""
        known = {(heard.begin_s, heard.severity) for heard in state.memory if self._sounds}
        self._sounds = [
            sound
            for sound in self._sounds
            if sound.is_peak_of(incident) or (sound.begin_s, sound.severity) in known
        ]

    def add(self, sound: PeakSound, incident: Incident | None) -> None:
        """Remember a window, the last one of memory; of an incident the peak stays."""
        while self._sounds and sound.severity > self._sounds[-1].severity:
            self._sounds.pop()
        self._sounds.append(sound)
        if len(self._sounds) > _MOST_SOUNDS:
            places = range(1, len(self._sounds))
            spare = [at for at in places if not self._sounds[at].is_peak_of(incident)]
            del self._sounds[min(spare, key=self._after_s)]

    def peak_of(self, incident: Incident) -> PeakSound | None:
        """The sound of an incident's peak; None if it is not remembered."""
        return next((sound for sound in self._sounds if sound.is_peak_of(incident)), None)

    def _after_s(self, at: int) -> float:
        """How long after a worse one a window came."""
        return self._sounds[at].begin_s - self._sounds[at - 1].begin_s
