"""What a model of recordings of one's own was learned from, in the words of who made them."""

from collections.abc import Iterable, Iterator

from dcase_classic.evaluation.rates import clopper_pearson
from dcase_classic.io.model_entry import title_of
from dcase_classic.io.recordings.sessions import BY_RECORDING
from dcase_classic.model.limits import fewest_sessions
from dcase_classic.model.sessions import FEWEST_FOR_NEW
from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.report.progress import note_lines, odd_clip_lines
from dcase_classic.report.promises import few_sessions, misfit_notes, tail_note
from dcase_classic.report.text_table import Line
from dcase_classic.wording import counted

_SESSIONS = {
    "days in names": "day",
    "days of file times": "day",
    "sub-folders": "folder",
    "recordings": "recording",
}
_UNKNOWN = (
    "nothing tells which recordings were made together, so nothing is promised about another day; "
    "sub-folders, days in file names or a column session tell"
)


def learned_lines(fitted: Iterable[Fitted]) -> Iterator[Line]:
    """A sentence for every model, and what it cannot promise."""
    for model in fitted:
        title = title_of((model.machine_type, model.section), model.alarms)
        rates = "; ".join(expectation(alarms) for alarms in model.alarms)
        kept = "" if model.is_new else "; kept as it was"
        how = "recalibrated by" if model.is_recalibrated else "learned from"
        yield Line(text=f"{title}: {how} {learned_from(model)}; expect {rates}{kept}")
        told = [f"told from {', '.join(model.siblings)}"] if model.siblings else []
        notes = (*model.notes, *misfit_notes(model), *told, *threshold_notes(model))
        yield from note_lines(title, notes)
        yield from odd_clip_lines(model.skipped, model.flagged)


def learned_from(model: Fitted) -> str:
    """How many recordings, of how many days or sessions."""
    parts = [
        counted(alarms.n_clips, f"{alarms.domain or ''} {model.unit}".lstrip())
        + ("" if alarms.n_sessions is None else f" of {_sessions(model, alarms.n_sessions)}")
        for alarms in model.alarms
    ]
    return " and ".join(parts)


def expectation(alarms: DomainAlarms) -> str:
    """The rate of false alarms among recordings that were held out, in whole numbers."""
    low, high = clopper_pearson(alarms.n_alarms, alarms.n_clips)
    interval = f"({100 * low:.0f} to {100 * high:.0f} %)"
    where = f" in {alarms.domain}" if alarms.domain else ""
    if not alarms.n_alarms:
        return f"no false alarm in {alarms.n_clips} {interval}{where}"
    share = f"1 false alarm in {alarms.n_clips / alarms.n_alarms:.0f}"
    if alarms.false_alarm_rate > 0.5:
        share = f"{counted(alarms.n_alarms, 'false alarm')} in {alarms.n_clips}"
    return f"{share} {interval}{where}"


def threshold_notes(model: Fitted) -> Iterator[str]:
    """Whom the threshold speaks for, and what so few recordings cannot tell."""
    counts = [alarms.n_sessions for alarms in model.alarms if alarms.n_sessions is not None]
    if not counts or model.session_source == BY_RECORDING:
        yield _UNKNOWN
    if counts:
        most, others = _sessions(model, max(counts)), _sessions(model, 0)[2:]
        wanted = fewest_sessions(model.false_alarms)
        if not model.is_for_new_sessions and max(counts) >= FEWEST_FOR_NEW:
            yield f"holds for these {others} only, as calibration.sessions asks"
        elif not model.is_for_new_sessions:
            yield f"{most} can promise nothing about other {others}; it takes {wanted}"
        elif max(counts) < wanted:
            yield f"holds for other {others} too, with a margin because {most} are few; {wanted} do"
    rate, session = model.false_alarms, _sessions(model, 1)[2:]
    for alarms in model.alarms:
        if alarms.has_fitted_tail and rate is not None:
            n_few = few_sessions(alarms, rate)
            if n_few is None or n_few < max(counts):  # that those are few is said
                yield tail_note(alarms, rate, unit=model.unit, session=session)


def _sessions(model: Fitted, count: int) -> str:
    return counted(count, _SESSIONS.get(model.session_source, "session"))
