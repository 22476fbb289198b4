"""What the world is told: alarms, each once, and how things stand, the latest only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Self

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.tracker import AlarmEvent, EventKind
from dcase_classic.config.setting import check_finite
from dcase_classic.config.specs import to_plain
from dcase_classic.records import shared_fields

# What a calendar has: times of files and of damaged states may be beyond.
_FIRST_S, _LAST_S = (datetime(year, 1, 2, tzinfo=UTC).timestamp() for year in (MINYEAR, MAXYEAR))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMessage:
    """An incident that was raised or has ended; times are seconds since 1970, ``peak`` a severity.

    Attributes
    ----------
    id : stands for the message: whoever gets it twice has to count it once.
    at_s : when it was known.
    source : the recording that holds the peak, or what the stream is called.
    why : what is odd about the peak, in a sentence.
    kept : the file with the sound of the peak.
    """

    id: str
    event: EventKind
    at_s: float
    machine: str
    section: str
    number: int
    rule: str
    begin_s: float
    end_s: float | None
    peak_at_s: float
    peak: float
    source: str = ""
    why: str = ""
    kept: str = ""

    def __post_init__(self) -> None:
        """Check that numbers can be told."""
        check_finite(self, ("at_s", "begin_s", "end_s", "peak_at_s", "peak"))

    @classmethod
    def from_event(cls, event: AlarmEvent, machine: str, section: str) -> Self:
        """The message of an event; the same event always has the same id."""
        incident = event.incident
        name = f"{machine}-{section}" if section else machine
        return cls(
            id=f"{name}-{round(1000 * incident.begin_s)}-{incident.number}-{event.kind}",
            event=event.kind,
            at_s=event.at_s,
            machine=machine,
            section=section,
            peak_at_s=incident.peak_begin_s,
            **shared_fields(incident, cls),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStatus:
    """How a machine stands; ``severity`` is None where nothing could be scored.

    Attributes
    ----------
    at_s : when, in seconds since 1970.
    limit_moved : points of severity that the limit has moved.
    share_above : of the sound that the limit has learned from, None before there was any.
    is_limit_at_end : whether the limit has risen as far as it may.
    n_incidents : that there have been.
    """

    machine: str
    section: str
    at_s: float
    state: AlarmState
    condition: OperatingCondition
    severity: float | None
    limit_moved: float
    share_above: float | None
    is_limit_at_end: bool
    n_incidents: int

    @property
    def name(self) -> str:
        """What tells it from other machines."""
        return f"{self.machine} {self.section}".rstrip()

    def has_news(self, before: "MachineStatus | None") -> bool:
        """Whether more than numbers have changed."""
        return before is None or (self.state, self.condition, self.is_limit_at_end) != (
            before.state,
            before.condition,
            before.is_limit_at_end,
        )


def json_ready(message: AlarmMessage | MachineStatus) -> dict[str, object]:
    """The message as JSON types, with times as ISO 8601 in UTC.

    Examples
    --------
    >>> said_at(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    table: Mapping[str, object] = to_plain(message)
    return {
        key.removesuffix("_s"): said_at(value)
        if key.endswith("_s") and isinstance(value, float)
        else value
        for key, value in table.items()
    }


def said_at(seconds: float) -> str:
    """The time as ISO 8601 in UTC, to the millisecond; beyond the calendar its first or last."""
    stamp = datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), tz=UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
