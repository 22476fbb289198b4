"""A machine that is listened to: its stream of windows, and what has become of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from dcase_classic.alarms.incidents import Incident
from dcase_classic.alarms.messages import AlarmMessage, MachineStatus
from dcase_classic.alarms.operating import HeardWindow, OperatingCondition
from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.alarms.tracker import AlarmEvent, TrackerState, follow, interrupt
from dcase_classic.io.artifacts import Artifact
from dcase_classic.io.listening.items import Chunk
from dcase_classic.pipeline.peak_sounds import PeakSound, PeakSounds
from dcase_classic.pipeline.stream import ScoredWindow, Stream
from dcase_classic.report.explanations import explanation_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningSettings:
    """How posts listen.

    Attributes
    ----------
    alarms : when there is an alarm.
    window_s : length of the windows; None for the length of the training clips.
    hop_s : distance of the windows.
    """

    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    window_s: float | None = None
    hop_s: float = 1.0


@dataclass(slots=True, kw_only=True)
class _Hearing:
    """A stream that goes on without a break: when it began, and how much has come."""

    stream: Stream
    sample_rate_hz: int
    begin_s: float
    n_samples: int = 0


class Post:
    """Listens to one machine.

    Parameters
    ----------
    detector : its model.
    settings : how it listens.
    channel : of the sound; None for that of the model.

    Attributes
    ----------
    state : of the machine.
    n_windows : that were heard of the present recording.
    source : the recording that is heard, or empty.
    problem : why the last window can have no score; empty where it can.
    status : how the machine stands.
    """

    def __init__(
        self, detector: Artifact, settings: ListeningSettings, *, channel: int | None = None
    ) -> None:
        self.detector, self._settings, self._channel = detector, settings, channel
        self.state = TrackerState()
        self._sounds = PeakSounds()
        self.n_windows, self.source, self.problem = 0, "", ""
        self._n_skipped = self._n_heard = self._n_unusable = 0
        self._hearing: _Hearing | None = None
        self._at_s = 0.0
        self._severity: float | None = None
        self._was_interrupted = False

    @property
    def name(self) -> str:
        """What tells it from other machines, and from an earlier model of the same."""
        detector = self.detector
        return f"{detector.machine_type} {detector.section} {detector.training_digest[:12]}"

    @property
    def scale(self) -> str:
        """What its severities are measured by: the usual score and the threshold."""
        model = self.detector.model
        return f"{np.median(model.held_out_scores):.9g} {model.threshold:.9g}"

    @property
    def status(self) -> MachineStatus:
        """How the machine stands."""
        limit = self.state.limit
        return MachineStatus(
            machine=self.detector.machine_type,
            section=self.detector.section,
            at_s=self._at_s or self.state.last_s,
            state=self.state.alarm,
            condition=self.state.operating.condition,
            severity=self._severity,
            limit_moved=limit.shift,
            share_above=limit.rate,
            is_limit_at_end=limit.is_at_end(self._settings.alarms.limit),
            n_incidents=self.state.n_incidents,
        )

    @property
    def has_news(self) -> bool:
        """Whether there was a window or a break; else the status is that of an earlier watch."""
        return self._at_s > 0 or self._was_interrupted

    @property
    def was_unusable(self) -> bool:
        """Whether there was sound since `begin`, and no window of it can have a score."""
        return 0 < self._n_heard == self._n_unusable

    @property
    def is_unusable(self) -> bool:
        """Whether the last window can have no score, though there was sound."""
        return self.state.operating.condition is OperatingCondition.UNUSABLE

    def seconds_before(self, n_windows: int) -> float:
        """Where the last of so many windows of a recording begins."""
        return (n_windows - 1) * self._settings.hop_s

    def begin(self, n_skipped: int = 0, source: str = "") -> None:
        """What comes now does not go on what was before; so many windows of it were heard."""
        self._hearing, self._n_skipped, self.n_windows = None, n_skipped, n_skipped
        self._n_heard = self._n_unusable = 0
        self.source = source

    def interrupt(self, condition: OperatingCondition) -> None:
        """Sound is missing."""
        self.begin()
        self.state, self._severity = interrupt(self.state, condition), None
        self._was_interrupted = True

    def hear(self, chunk: Chunk) -> Iterator[tuple[AlarmEvent, ...]]:
        """The events of each window that ends within a chunk, as soon as it is heard."""
        hearing = self._hearing
        if hearing is None or hearing.sample_rate_hz != chunk.sample_rate_hz:
            hearing = self._hearing = self._opened(chunk)
        heard_s = hearing.n_samples / hearing.sample_rate_hz
        hearing.begin_s = chunk.begin_s - heard_s  # clocks are put right as time goes by
        hearing.n_samples += len(chunk.samples)
        yield from self._follow(hearing, hearing.stream.feed(chunk.samples, coding=chunk.coding))

    def finish(self) -> Iterator[tuple[AlarmEvent, ...]]:
        """The events of the last window of a recording, which ends with it."""
        hearing = self._hearing
        if hearing is not None:
            yield from self._follow(hearing, hearing.stream.finish())
        self._hearing = None

    def peak_of(self, incident: Incident) -> PeakSound | None:
        """The sound of an incident's peak; None if a watch before this one has heard it."""
        return self._sounds.peak_of(incident)

    def note_told(self, message: AlarmMessage) -> None:
        """Remember what was told of the peak of the incident that is open."""
        incident = self.state.incident
        if incident is not None:
            told = replace(incident, source=message.source, why=message.why, kept=message.kept)
            self.state = replace(self.state, incident=told)

    def explain_peak(self, peak: PeakSound) -> str:
        """What is odd about the worst window, in a sentence; of a recording, in its seconds.

        Raises
        ------
        DcaseClassicError, ValueError
            If that cannot be told.
        """
        explanation = self._peak_stream(peak).explain(peak.samples).later(peak.start_s)
        sentence = explanation_sentence(explanation, self.detector.model.threshold)
        return "; ".join([*peak.flags, sentence])

    def draw_peak(self, peak: PeakSound) -> bytes:
        """The spectrogram of the worst window as PNG.

        Raises
        ------
        DcaseClassicError, ValueError
            If it cannot be drawn.
        """
        return self._peak_stream(peak).picture(peak.samples).png

    def _peak_stream(self, peak: PeakSound) -> Stream:
        return Stream(self.detector, sample_rate_hz=peak.sample_rate_hz, channel=self._channel)

    def _opened(self, chunk: Chunk) -> _Hearing:
        stream = Stream(
            self.detector,
            window_s=self._settings.window_s,
            hop_s=self._settings.hop_s,
            sample_rate_hz=chunk.sample_rate_hz,
            channel=self._channel,
            n_skipped=self._n_skipped,
        )
        return _Hearing(stream=stream, sample_rate_hz=chunk.sample_rate_hz, begin_s=chunk.begin_s)

    def _follow(
        self, hearing: _Hearing, windows: Iterable[ScoredWindow]
    ) -> Iterator[tuple[AlarmEvent, ...]]:
        for window in windows:
            heard = HeardWindow(
                begin_s=hearing.begin_s + window.start_s,
                end_s=hearing.begin_s + window.end_s,
                new_s=window.new_s,
                severity=window.severity,
                level_db=window.level_db,
            )
            incident = self.state.incident
            step = follow(self.state, heard, self._settings.alarms)
            self.state, self._severity, self._at_s = step.state, step.severity, heard.end_s
            self.n_windows += 1
            self.problem = window.problem
            self._n_heard += 1
            self._n_unusable += self.is_unusable
            self._sounds.forget(self.state, self.state.incident or incident)  # it may end now
            self._remember(heard.begin_s, window, hearing.sample_rate_hz)
            yield step.events

    def _remember(self, begin_s: float, window: ScoredWindow, rate_hz: int) -> None:
        """Keep the sound of a window that is odd enough: it may be a peak."""
        is_heard = self.state.operating.condition is OperatingCondition.RUNNING
        severity = self._severity if is_heard else None
        if severity is not None and severity > self._settings.alarms.lowest_level:
            sound = PeakSound(
                source=self.source,
                begin_s=begin_s,
                start_s=window.start_s if self.source else 0.0,
                severity=severity,
                samples=window.samples.copy(),
                sample_rate_hz=rate_hz,
                flags=window.flags,
            )
            self._sounds.add(sound, self.state.incident)
