"""The card of a model: whom its threshold speaks for, what it was fitted on, what did not fit."""

from collections.abc import Iterator
from typing import Any

from dcase_classic.errors import listed, printable
from dcase_classic.io.model_entry import ModelEntry, title_of
from dcase_classic.model.rates import rate_of
from dcase_classic.report.maintenance import expected_text, heard_text, how_made
from dcase_classic.wording import beside, counted


def model_plain(
    entry: ModelEntry, false_alarms: float | None = None, *, now: ModelEntry | None = None
) -> dict[str, Any]:
    """What the page's script reads of a model.

    Parameters
    ----------
    entry : the model as it is shown.
    false_alarms : another rate that was asked for.
    now : what has become of it since.
    """
    title = title_of(entry.key, entry.held_out)
    card = [list(pair) for pair in _card(entry, false_alarms)]
    if now is not None and now.revision != entry.revision:
        what = f"{now.action} on {now.date[:10]}, the threshold is now {now.threshold:.4f}"
        card.insert(0, ["since then", f"{what}; this is the model as it was fitted"])
    return {"title": printable(title), "card": card}


def _card(entry: ModelEntry, asked: float | None) -> Iterator[tuple[str, str]]:
    fitted = f"{entry.threshold:.4f}, {how_made(entry)}"
    if asked in {None, rate_of(entry.config)}:
        yield "threshold (severity 100)", fitted
    else:
        asked_for = f"{100 * asked:.3g} % of normal recordings are to alarm"
        yield "asked for here", f"{asked_for}: severity 100 is another threshold than that below"
        yield "threshold as fitted", fitted
    for alarms in entry.held_out:
        tail = "; the limit is a fitted tail" if alarms.has_fitted_tail else ""
        yield "expected", f"{expected_text(alarms, entry.training.unit)}{tail}"
    yield "sessions are told by", entry.session_source or "nothing"
    if entry.recordings is not None:
        usual = entry.recordings
        channels = counted(usual.n_channels, "channel")
        yield "recordings", f"{usual.sample_rate_hz} Hz, {channels}, {usual.duration_s:.1f} s"
        yield "heard", heard_text(entry.config, usual)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in entry.group_weights.items())
    yield "weights", weights
    if entry.siblings:
        yield "told from", ", ".join(entry.siblings)
    if entry.training.folder:
        yield ("fitted on", f"{counted(entry.n_learned, 'recording')} in {entry.training.folder}")
    named = [misfit for misfit in entry.misfits if misfit.is_named]
    if named:
        names = listed([f"{misfit.name} ({beside(misfit.excess, 1.0)})" for misfit in named])
        yield "do not fit (times the limit)", printable(names)
