"""What a watch would have told of old recordings: incidents, and the severity hour by hour."""

from dataclasses import asdict, dataclass, field

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready, said_at
from dcase_classic.grouping import grouped
from dcase_classic.io.plain_text import to_json
from dcase_classic.model.standing import AT_THRESHOLD
from dcase_classic.report.page.document import Page
from dcase_classic.report.rows import rows_text
from dcase_classic.report.text_table import aligned
from dcase_classic.wording import counted

_HOUR_S = 3600.0
_HEADER = ("machine", "begin", "end", "peak", "rule", "recording")
_PAGE_HEADER = ("machine", "begin (UTC)", "end (UTC)", "peak", "why", "recording", "rule")


@dataclass(slots=True, kw_only=True)
class HourHeard:
    """An hour of a machine: windows, those above the limit, the highest severity, the limit."""

    n_windows: int = 0
    n_above: int = 0
    highest: float | None = None
    limit_moved: float = 0.0


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """Collects what is told, and how many recordings were left out."""

    messages: list[AlarmMessage] = field(default_factory=list)
    hours: dict[tuple[str, float], HourHeard] = field(default_factory=dict)
    n_unread: int = 0

    def note(self, said: MachineStatus | AlarmMessage) -> None:
        """Take a window, or an alarm."""
        if isinstance(said, AlarmMessage):
            self.messages.append(said)
            return
        key = (said.name, said.at_s // _HOUR_S * _HOUR_S)
        hour = self.hours.setdefault(key, HourHeard())
        hour.n_windows += 1
        hour.limit_moved = said.limit_moved
        if said.severity is not None:
            hour.n_above += said.severity > AT_THRESHOLD
            known = said.severity if hour.highest is None else hour.highest
            hour.highest = max(said.severity, known)

    def incidents(self) -> list[AlarmMessage]:
        """The incidents in the order in which they began; those still open have no end."""
        last = {(told.machine, told.section, told.number): told for told in self.messages}
        return sorted(last.values(), key=lambda message: message.begin_s)


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """Incidents, then hours, for people."""
    incidents = rehearsal.incidents()
    lines = [f"{counted(len(incidents), 'alarm')} would have been raised"]
    if incidents:
        rows = [[*_HEADER], *map(_cells, incidents)]
        lines += ["", aligned(rows, n_left=3)]
    rows = [["machine", "hour", "windows", "above", "highest", "limit moved"]]
    rows += [
        [
            name,
            said_at(begin_s)[:13],
            str(hour.n_windows),
            f"{hour.n_above / hour.n_windows:.1%}",
            "-" if hour.highest is None else f"{hour.highest:.0f}",
            f"{hour.limit_moved:+.1f}",
        ]
        for (name, begin_s), hour in rehearsal.hours.items()
    ]
    if rehearsal.hours:
        lines += ["", aligned(rows)]
    return "\n".join(lines) + "\n"


def rehearsal_rows(rehearsal: Rehearsal, form: str) -> str:
    """Incidents and hours as JSON; in other forms the incidents alone."""
    incidents = [json_ready(message) for message in rehearsal.incidents()]
    if form != "json":
        return rows_text(incidents, form)
    table = {
        "incidents": incidents,
        "hours": [
            {"machine": name, "hour": said_at(begin_s), **asdict(hour)}
            for (name, begin_s), hour in rehearsal.hours.items()
        ],
    }
    return to_json(table)


def rehearsal_page(rehearsal: Rehearsal) -> Page:
    """The page of a rehearsal: the severity over hours and days, and the alarms with their why."""
    incidents = rehearsal.incidents()
    by_machine = grouped(
        (name, [begin_s, hour.highest]) for (name, begin_s), hour in rehearsal.hours.items()
    )
    n_windows = sum(hour.n_windows for hour in rehearsal.hours.values())
    heard = f"{counted(n_windows, 'window')} of {counted(len(by_machine), 'machine')}"
    return Page(
        title="What a watch would have told",
        overview=f"{counted(len(incidents), 'alarm')} in {heard}",
        watch={
            "header": list(_PAGE_HEADER),
            "incidents": [_page_cells(message) for message in incidents],
            "machines": [
                {
                    "name": name,
                    "hours": hours,
                    "spans": [
                        [message.begin_s, message.end_s]
                        for message in incidents
                        if _name(message) == name
                    ],
                }
                for name, hours in by_machine.items()
            ],
        },
    )


def _cells(message: AlarmMessage) -> list[str]:
    """What a table says of an incident."""
    return [
        _name(message),
        said_at(message.begin_s),
        "open" if message.end_s is None else said_at(message.end_s),
        _peak(message),
        message.rule,
        message.source,
    ]


def _peak(message: AlarmMessage) -> str:
    """The peak; of an incident that is open, that of the moment when it was raised, and a plus."""
    return f"{message.peak:.0f}" + ("+" if message.end_s is None else "")


def _page_cells(message: AlarmMessage) -> list[str]:
    """The same on a page, where what matters has to stand in sight."""
    machine, begin, end, peak, rule, recording = _cells(message)
    return [machine, _short(begin), _short(end), peak, message.why, recording, rule]


def _short(time: str) -> str:
    """An ISO time to the second, as people write it."""
    return time.partition(".")[0].replace("T", " ")


def _name(message: AlarmMessage) -> str:
    return f"{message.machine} {message.section}".rstrip()
