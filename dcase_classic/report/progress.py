"""Tables for people whose rows come one by one, as the work goes on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dcase_classic.errors import sentence
from dcase_classic.evaluation.rates import clopper_pearson
from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.prepared import Prepared
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.scores import Scored
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain
from dcase_classic.report.promises import promise_notes
from dcase_classic.report.text_table import Line, row_line
from dcase_classic.wording import Loss, counted

_PREPARED = ("<17", "<5", ">6", ">8", ">8", ">11")
_FITTED = ("<17", ">7", ">15", ">15", ">9", ">9", "<")
_SCORED = ("<17", ">7", ">5", ">9", ">7")
_MAX_SHOWN = 5
# A rate that rests on fewer held-out clips than this gets a note.
_FEW_CLIPS = 50


def prepared_lines(prepared: Iterable[Prepared]) -> Iterator[Line]:
    """One row per machine and split, and a note for every clip that was left out."""
    yield _row(("machine", "split", "clips", "kept", "segments", "dropped"), _PREPARED)
    for group in prepared:
        dropped = f"{group.dropped_s:.2f} s" if group.n_cut else "-"
        counts = (group.n_clips, group.n_kept, group.n_segments)
        yield _row((group.machine_type, group.split, *counts, dropped), _PREPARED)
        yield from odd_clip_lines(group.skipped)


def fitted_lines(fitted: Iterable[Fitted]) -> Iterator[Line]:
    """One row per machine and section: false alarms among held-out normals, threshold, groups."""
    header = ("machine", "section", "alarms source", "alarms target", "threshold", "peakiness")
    yield _row((*header, "weights"), _FITTED)
    notes = []
    for model in fitted:
        title = f"{model.machine_type} section {model.section}"
        by_domain = {alarms.domain: alarms for alarms in model.alarms}
        cells = (
            model.machine_type,
            model.section,
            _alarms(by_domain.get(Domain.SOURCE, by_domain.get(None))),
            _alarms(by_domain.get(Domain.TARGET)),
            f"{model.threshold:.3f}",
            "-" if model.peakiness is None else f"{model.peakiness:.1f}",
            _weights(model.group_weights) + ("" if model.is_new else " kept"),
        )
        yield _row(cells, _FITTED)
        yield from note_lines(title, (*model.notes, *promise_notes(model)))
        yield from odd_clip_lines(model.skipped, model.flagged)
        notes += [_few_clips(title, few) for few in model.alarms if few.n_clips < _FEW_CLIPS]
    yield from notes


def scored_lines(scored: Iterable[Scored], *, with_p_values: bool = False) -> Iterator[Line]:
    """One row per machine and section: how many clips have a score, and which have none."""
    yield _row(("machine", "section", "clips", "anomalies", "skipped"), _SCORED)
    for section in scored:
        result = section.result
        n_anomalies = sum(clip.is_anomaly for clip in result.scores)
        counts = (len(result.scores), n_anomalies, len(section.skipped))
        yield _row((result.machine_type, result.section, *counts), _SCORED)
        if with_p_values and section.n_held_out:
            n_clips = section.n_held_out
            smallest = (
                f"{1 / (n_clips + 1):.4f}, all that {counted(n_clips, 'normal clip')} can show"
            )
            note = f"p-values below {smallest}, are from a fitted tail"
            yield from note_lines(result.machine_type, [note])
        yield from note_lines(f"{result.machine_type} section {result.section}", section.notes)
        yield from odd_clip_lines(section.skipped, section.flagged)


def note_lines(where: str, notes: Iterable[str]) -> Iterator[Line]:
    """A note for each, about a machine."""
    return (Line(text=type(note)(f"{where}: {note}"), is_note=True) for note in notes)


def odd_clip_lines(
    skipped: Sequence[SkippedClip], flagged: Sequence[FlaggedClip] = ()
) -> Iterator[Line]:
    """Every clip that was left out, and the first ones that are odd."""
    for text in dict.fromkeys(str(clip.error) for clip in skipped):  # some speak of many clips
        yield Line(text=Loss(f"skipped {text}"), is_note=True)
    # what lacks a part stands before what is only odd
    ordered = sorted(flagged, key=lambda odd: not _lacks_a_part(odd))
    for odd in ordered[:_MAX_SHOWN]:
        text = f"flagged {sentence(odd.clip.path, '; '.join(odd.flags), '')}"
        yield Line(text=Loss(text) if _lacks_a_part(odd) else text, is_note=True)
    more = ordered[_MAX_SHOWN:]
    if more:
        text = f"flagged {len(more)} more like these"
        yield Line(text=Loss(text) if _lacks_a_part(more[0]) else text, is_note=True)


def _lacks_a_part(odd: FlaggedClip) -> bool:
    return any(isinstance(flag, Loss) for flag in odd.flags)


def _row(cells: Sequence[object], forms: Sequence[str]) -> Line:
    return Line(text=row_line(cells, forms))


def _alarms(alarms: DomainAlarms | None) -> str:
    """Alarms of held-out clips and the 95 % interval of their rate in percent."""
    if alarms is None:
        return "-"
    low, high = clopper_pearson(alarms.n_alarms, alarms.n_clips)
    return f"{alarms.n_alarms}/{alarms.n_clips} ({100 * low:.0f}-{100 * high:.0f}%)"


def _weights(weights: Mapping[str, float]) -> str:
    """The share of every group of views, where there are several."""
    if len(weights) < 2:
        return ""
    return ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())


def _few_clips(title: str, alarms: DomainAlarms) -> Line:
    low, high = clopper_pearson(alarms.n_alarms, alarms.n_clips)
    clips = counted(alarms.n_clips, f"{alarms.domain or ''} clip".lstrip())
    rates = f"a false-alarm rate below 1/{alarms.n_clips + 1}; theirs is {low:.0%} to {high:.0%}"
    return Line(text=f"note: {title}: {clips} cannot support {rates}", is_note=True)
