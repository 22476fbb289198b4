"""Recordings as a page shows them: a verdict, reasons with their places, pictures and sound."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dcase_classic.errors import listed, printable
from dcase_classic.model.standing import AT_THRESHOLD
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import NearestNormal, Reason
from dcase_classic.records import with_span
from dcase_classic.report.explanations import reason_text, told, usual_aspects_text
from dcase_classic.report.page.document import data_uri
from dcase_classic.report.page.pictures import Picture, band_place
from dcase_classic.report.page.sounds import EncodedSound
from dcase_classic.report.predictions import severity_of
from dcase_classic.sound.axes import Axes
from dcase_classic.wording import beside, counted

_MOST_BARS = 240  # of severity over time
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrayal:
    """What is seen and heard of a recording, or of its worst window.

    Attributes
    ----------
    axes : of the spectrogram of the picture.
    start_s, duration_s : what of the recording the picture shows.
    sound, nearest_sound : of the recording and of its nearest normal; None where they are left out.
    nearest_problem : why the nearest normal cannot be heard.
    """

    picture: Picture
    axes: Axes
    n_bands: int
    start_s: float
    duration_s: float
    sound: EncodedSound | None = None
    nearest_sound: EncodedSound | None = None
    nearest_problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When a recording was made, as YYYY-MM-DD, and what tells it."""

    date: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecording:
    """A recording, what is said of it, and what is seen and heard of it.

    ``rows`` holds one row, or one of each window; ``problem`` tells why it cannot be seen or heard.
    """

    rows: Sequence[Prediction]
    portrayal: Portrayal | None
    day: Day | None
    problem: str = ""

    @property
    def worst(self) -> Prediction:
        """The row of the highest severity, or one without."""
        return max(self.rows, key=severity_of)


def recordings_plain(recordings: Sequence[ShownRecording]) -> list[dict[str, Any]]:
    """What the page's script reads of every recording, the worst first.

    Names that several recordings have are told with their folders, and machines where there are
    several.
    """
    ordered = sorted(recordings, key=lambda shown: -severity_of(shown.worst))
    n_of_name = Counter(shown.worst.path.name for shown in ordered)
    machines = {shown.worst.machine_type for shown in ordered} - {None}
    rows = []
    for number, shown in enumerate(ordered):
        path, machine = shown.worst.path, shown.worst.machine_type
        parts = path.parts[-2:] if n_of_name[path.name] > 1 else path.parts[-1:]
        said = verdict(shown.worst)
        if machine is not None and len(machines) > 1:
            said = f"{machine}: {said[:1].lower()}{said[1:]}"
        names = {"id": number, "name": _name("/".join(parts)), "verdict": _name(said)}
        rows.append(names | _plain(shown))
    return rows


def lost_text(recordings: Sequence[ShownRecording]) -> str:
    """Which recordings cannot be seen or heard, and why; empty for none."""
    lost = [recording for recording in recordings if recording.problem]
    if not lost:
        return ""
    names = [printable(f"{shown.worst.path.name} ({shown.problem})") for shown in lost]
    text = f"{counted(len(lost), 'recording')} cannot be seen or heard: {listed(names)}."
    is_relative = not all(shown.worst.path.is_absolute() for shown in lost)
    where = " Relative paths were looked up from the current folder." if is_relative else ""
    return f"{text}{where}"


def verdict(row: Prediction) -> str:
    """One sentence that answers whether to look at the machine."""
    if row.severity is None or row.threshold is None:
        return f"Not scored: {row.reason}"
    severity = beside(row.severity, AT_THRESHOLD, n_digits=0)
    words = f"{'Anomaly' if row.decision else 'Normal'}, severity {severity} (threshold 100)"
    when = "" if row.start_s is None else f" from {row.start_s:.1f} to {row.end_s:.1f} s"
    if row.explanation is None:
        return f"{words}{when}{f': {row.reason}' if row.reason else ''}."
    reasons = told(row.explanation)
    what = "nothing stands out"
    if reasons:
        what = reason_text(reasons[0], row.explanation, row.threshold)
    return f"{words}{when}: {what}."


def _plain(shown: ShownRecording) -> dict[str, Any]:
    row, portrayal = shown.worst, shown.portrayal
    explanation = row.explanation
    return {
        "path": _name(str(row.path)),
        "machine": row.machine_type or "",
        "decision": row.decision,
        "score": row.anomaly_score,
        "threshold": row.threshold,
        "severity": row.severity,
        "p_value": row.p_value,
        "is_extrapolated": bool(row.p_value_is_extrapolated),
        "flags": _name(row.reason or ""),
        "date": shown.day and shown.day.date,
        "date_source": shown.day and shown.day.source,
        "why": _why(row, portrayal),
        "usual": _usual(row),
        "families": []
        if explanation is None
        else [[family.family, family.aspect, family.share] for family in explanation.families],
        "windows": _windows(shown.rows),
        "problem": _name(shown.problem),
        "picture": None if portrayal is None else _picture(portrayal.picture),
        "audio": None if portrayal is None else _sound(portrayal.sound),
        "nearest": None if explanation is None else _nearest(explanation.nearest_normal, portrayal),
    }


def _usual(row: Prediction) -> str:
    if row.explanation is None or row.threshold is None:
        return ""
    words = usual_aspects_text(row.explanation, row.threshold)
    return _sentence(words) if words else ""


def _why(row: Prediction, portrayal: Portrayal | None) -> list[dict[str, Any]]:
    explanation, threshold = row.explanation, row.threshold
    if explanation is None or threshold is None:
        return []
    return [
        {
            "text": _sentence(reason_text(reason, explanation, threshold)),
            "box": None if portrayal is None else _box(reason, portrayal),
        }
        for reason in told(explanation)
    ]


def _box(reason: Reason, portrayal: Portrayal) -> list[float] | None:
    """Left, right, bottom and top of a reason in the picture, as shares of it."""
    if reason.band_hz is None or reason.from_s is None or reason.to_s is None:
        return None
    low, high = (band_place(hz, portrayal.axes, portrayal.n_bands) for hz in reason.band_hz)
    left, right = (
        min(max((at_s - portrayal.start_s) / portrayal.duration_s, 0.0), 1.0)
        for at_s in (reason.from_s, reason.to_s)
    )
    return [round(share, 4) for share in (left, right, low, high)]


def _windows(rows: Sequence[Prediction]) -> list[list[float | int | None]]:
    """Start, end, severity and decision of windows; of very many the worst of neighbours."""
    windows = [row for row in rows if row.start_s is not None]
    n_each = -(-len(windows) // _MOST_BARS) or 1
    firsts = range(0, len(windows), n_each)
    worst = [max(windows[first : first + n_each], key=severity_of) for first in firsts]
    return [[row.start_s, row.end_s, row.severity, row.decision] for row in worst]


def _picture(picture: Picture) -> dict[str, Any]:
    return {"src": data_uri(picture.png, "image/png"), "hz": picture.hz, "seconds": picture.seconds}


def _sound(sound: EncodedSound | None) -> dict[str, Any] | None:
    if sound is None:
        return None
    media_type = sound.media_type.partition(";")[0]
    return {
        "src": data_uri(sound.content, media_type),
        "type": sound.media_type,
        "start": sound.start_s,
        "length": sound.duration_s,
    }


def _nearest(nearest: NearestNormal, portrayal: Portrayal | None) -> dict[str, Any] | None:
    if nearest.path is None:
        return None
    sound = None if portrayal is None else portrayal.nearest_sound
    name = with_span(_name(nearest.name or nearest.path.name), nearest.span)
    problem = "" if portrayal is None else portrayal.nearest_problem
    if not nearest.is_there:
        problem = "not there any more"
    return {"name": name, "problem": _name(problem), "audio": _sound(sound)}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _name(text: str) -> str:
    """A name in one line of bounded length, without marks that turn the direction of text."""
    shown = printable(text)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}..."
