"""What a threshold promises, to whom, and what its clips cannot tell."""

from collections.abc import Iterable, Iterator, Mapping

from dcase_classic.errors import listed
from dcase_classic.io.model_entry import ModelEntry, title_of
from dcase_classic.io.recordings.sessions import BY_RECORDING
from dcase_classic.model.limits import fewest_sessions, is_fitted
from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.wording import Loss, beside, counted

_UNKNOWN = (
    "sessions are not known, nothing is promised about another day; a column session, sub-folders "
    "or days in names tell them"
)


def promise_notes(model: Fitted) -> Iterator[str]:
    """What a model was told from, whom its threshold speaks for, and what it cannot promise."""
    yield from misfit_notes(model)
    if model.siblings:
        yield f"told from {', '.join(model.siblings)}"
    counts = {alarms.domain or "clips": alarms.n_sessions for alarms in model.alarms}
    known = {name: count for name, count in counts.items() if count is not None}
    if not known or model.session_source == BY_RECORDING:
        yield _UNKNOWN
    if known:
        whom = "new sessions" if model.is_for_new_sessions else "the same sessions"
        numbers = ", ".join(f"{name} {count}" for name, count in known.items())
        yield f"threshold for {whom}, told by {model.session_source} ({numbers})"
        yield from _few_sessions(known, model.false_alarms)
    if model.false_alarms is not None:
        tails = [alarms for alarms in model.alarms if alarms.has_fitted_tail]
        yield from (tail_note(alarms, model.false_alarms, unit=model.unit) for alarms in tails)


def misfit_notes(model: Fitted) -> Iterator[str]:
    """The recordings that the rule names; the manifest holds the ranks of the next ones too."""
    named = [misfit for misfit in model.misfits if misfit.is_named]
    if not named or model.is_recalibrated:  # which counts other recordings
        return
    n_clips = sum(alarms.n_clips for alarms in model.alarms)
    n_clips += sum(misfit.is_dropped for misfit in named)
    words = [f"{misfit.name} ({beside(misfit.excess, 1.0)} times the limit)" for misfit in named]
    what = "left out" if named[0].is_dropped else "listen to them; --drop-misfits leaves them out"
    more = [misfit.name for misfit in model.misfits if misfit.excess > 1 and not misfit.is_named]
    if more:
        what += f"; {len(more)} more than misfits.largest_share lets be named: {listed(more)}"
    verb = "does" if len(named) == 1 else "do"
    note = (
        f"{len(named)} of {counted(n_clips, model.unit)} {verb} not "
        f"fit the others: {', '.join(words)}; {what}"
    )
    yield Loss(note) if named[0].is_dropped else note


def rate_notes(entries: Iterable[ModelEntry], false_alarms: float) -> Iterator[str]:
    """The domains of which a rate that is asked for later takes a fitted tail, by model."""
    for entry in entries:
        if entry.config.threshold.kind == "limit" and entry.config.calibration.limit == "domains":
            tails = [
                alarms
                for alarms in entry.held_out
                if is_fitted(alarms.n_clips, _n_units(alarms, entry), false_alarms)
            ]
            title = title_of(entry.key, entry.held_out)
            unit = entry.training.unit
            notes = (tail_note(alarms, false_alarms, unit=unit) for alarms in tails)
            yield from (f"{title}: {note}" for note in notes)


def _n_units(alarms: DomainAlarms, entry: ModelEntry) -> int:
    return (alarms.n_sessions if entry.is_for_new_sessions else None) or alarms.n_clips


def _few_sessions(counts: Mapping[str, int], rate: float | None) -> Iterator[str]:
    wanted = f"it takes {fewest_sessions(rate)}"
    wanted += "" if rate is None else f" for a rate of {rate:g}"
    for name, count in counts.items():
        if count == 1:
            yield f"{name}: one session promises nothing about another day; {wanted}"
        elif count == 2:
            yield f"{name}: two sessions hardly tell how sessions differ; {wanted}"


def few_sessions(alarms: DomainAlarms, rate: float) -> int | None:
    """How many sessions there are where it is they that are too few; None where recordings are."""
    is_short_of_clips = is_fitted(alarms.n_clips, alarms.n_clips, rate)
    return None if is_short_of_clips else alarms.n_sessions


def tail_note(
    alarms: DomainAlarms, rate: float, *, unit: str = "recording", session: str = "session"
) -> str:
    """What so few recordings, or windows of some, or sessions of many, cannot tell."""
    wanted = f"1 false alarm in {1 / rate:.0f}" if rate <= 0.5 else f"{100 * rate:g} % false alarms"
    kind = f"{alarms.domain} {unit}" if alarms.domain else unit
    n_sessions = few_sessions(alarms, rate)
    if n_sessions is None:
        few = counted(alarms.n_clips, f"{kind} does", f"{kind}s do")
    else:
        whose = f" of {kind}s" if alarms.domain else ""
        few = counted(n_sessions, f"{session}{whose} does", f"{session}s{whose} do")
    return f"{few} not show {wanted}: the threshold is an estimate with a margin"
