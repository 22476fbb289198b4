"""What a folder of models holds, and what was changed in it, in lines for people."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from dcase_classic.config import Config
from dcase_classic.io.artifacts import settings_of_views
from dcase_classic.io.dates import shown_date
from dcase_classic.io.learned_clips import LearnedClips
from dcase_classic.io.model_entry import ModelEntry, title_of
from dcase_classic.io.recordings.sessions import BY_RECORDING
from dcase_classic.model.machine import MachineModel
from dcase_classic.outcomes.fits import Recalibrated
from dcase_classic.outcomes.tables import Row
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain, SectionKey
from dcase_classic.report.own_words import expectation, learned_from, threshold_notes
from dcase_classic.report.progress import note_lines, odd_clip_lines
from dcase_classic.report.result_rows import model_rows
from dcase_classic.report.text_table import Line, row_line
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.wording import beside, counted

_LIST = ("<18", "<8", "<21", ">6", ">9", ">8", ">9", "<")
_SHOW = ("<18", "<")


def models_table(entries: Mapping[SectionKey, ModelEntry]) -> Iterator[str]:
    """One line for every model: what it is, when it was made, and what it promises."""
    head = ("machine", "section", "date", "clips", "sessions", "MB", "threshold", "state")
    yield row_line(head, _LIST)
    for entry in entries.values():
        numbers = [alarms.n_sessions for alarms in entry.held_out]
        known = [str(number) for number in numbers if number is not None]
        cells = (
            *(entry.machine_type, entry.section, shown_date(entry.date), entry.n_learned),
            *("+".join(known) or "-", f"{entry.n_bytes / 1e6:.1f}"),
            *(f"{entry.threshold:.3f}", _state(entry)),
        )
        yield row_line(cells, _LIST)


def model_lines(
    entry: ModelEntry, model: MachineModel, learned: LearnedClips | None
) -> Iterator[str]:
    """Everything that is known of a model, a line for each thing."""
    for name, value in (*_facts(entry, learned), *_recorder_facts(entry, model), *_makers(entry)):
        yield row_line((name, value), _SHOW)


def model_row(entry: ModelEntry, model: MachineModel, learned: LearnedClips | None) -> Row:
    """The same for programs: what a list says of it, and more."""
    (row,) = model_rows([entry])
    levels, lengths = model.levels, model.lengths
    return {
        **row,
        "folders": [{"path": path, "n_clips": count} for path, count in _folders(learned)],
        "history": [
            {"date": old.date or None, "action": old.action, "threshold": old.threshold}
            for old in entry.history
        ],
        "recordings": None if entry.recordings is None else asdict(entry.recordings),
        "channel": entry.config.audio.channel,
        "domain_factors": _domain_factors(entry, model),
        "levels": [] if levels is None else [asdict(span) for span in levels.ranges],
        "lengths_s": None if lengths is None else [lengths.shortest_s, lengths.longest_s],
        "views": list(_views(entry)),
        "parts_of_others": [asdict(part) for part in entry.foreign],
    }


def heard_text(config: Config, usual: ClipFormat) -> str:
    """What of recordings a model hears: a fault elsewhere changes no score."""
    channel = f"{config.audio.heard} of {usual.n_channels} channels, " * (usual.n_channels > 1)
    spectrum, rate_hz = config.spectrum, min(usual.sample_rate_hz, config.audio.sample_rate_hz)
    highest_hz = min(spectrum.fmax_hz or rate_hz, spectrum.highest_hz, rate_hz / 2)
    lowest = f"from {spectrum.fmin_hz:g} " * (spectrum.fmin_hz > 0)
    return f"{channel}{lowest}up to {highest_hz:g} Hz"


def recalibrated_lines(changed: Recalibrated, *, is_undone: bool) -> Iterator[Line]:
    """What the threshold was and is, and what is to be expected of it."""
    fitted = changed.fitted
    what = "as before" if is_undone else "recalibrated"
    rates = "; ".join(map(expectation, fitted.alarms))
    yield Line(
        text=f"{changed.title}: {what}, threshold {changed.threshold_before:.3f} -> "
        f"{fitted.threshold:.3f} by {learned_from(fitted)}; expect {rates}"
    )
    promises = () if is_undone else threshold_notes(fitted)
    yield from note_lines(changed.title, (*changed.notes, *promises))
    yield from odd_clip_lines(changed.skipped, changed.flagged)


def _facts(entry: ModelEntry, learned: LearnedClips | None) -> Iterator[tuple[str, object]]:
    """Names and values."""
    yield "model", title_of(entry.key, entry.held_out)
    yield "made", f"{shown_date(entry.date)}, {_state(entry)}"
    for before in entry.history:
        yield (
            "before",
            f"{shown_date(before.date)}, {before.action}, threshold {before.threshold:.3f}",
        )
    yield "recordings", _learned_from(entry)
    for folder, count in _folders(learned):
        yield "", f"{count} in {folder}"
    is_without_days = entry.session_source == BY_RECORDING
    told_by = entry.session_source or "not known"
    yield "sessions", f"{told_by}, nothing tells days" if is_without_days else told_by
    yield "threshold", f"{entry.threshold:.4f}, {how_made(entry)}"
    for alarms in entry.held_out:
        yield "expected", expected_text(alarms, entry.training.unit)
    for misfit in entry.misfits:
        if misfit.is_named:
            left_out = ", left out" if misfit.is_dropped else ""
            yield (
                "misfit",
                (
                    f"{misfit.name} ({beside(misfit.excess, 1.0, n_digits=2)} "
                    f"times the limit{left_out})"
                ),
            )
    if entry.siblings:
        yield "told from", ", ".join(entry.siblings)


def _recorder_facts(entry: ModelEntry, model: MachineModel) -> Iterator[tuple[str, object]]:
    """What the recordings say of the recorder."""
    if entry.recordings is not None:
        usual = entry.recordings
        yield "format", f"{usual.sample_rate_hz} Hz, {counted(usual.n_channels, 'channel')}"
        yield "heard", heard_text(entry.config, usual)
    for domain, factor in _domain_factors(entry, model).items():
        if factor > 1:  # one is 1: that of the largest limit
            yield "scores", f"times {factor:.2f} in {domain}, so that one threshold suits all"
    for levels in () if model.levels is None else model.levels.ranges:
        where = f" in {levels.domain}" if levels.domain else ""
        yield "levels", f"{levels.lowest_db:.1f} to {levels.highest_db:.1f} dB{where}"
    if model.lengths is not None:
        yield "lengths", f"{model.lengths.shortest_s:.2f} to {model.lengths.longest_s:.2f} s"


def _domain_factors(entry: ModelEntry, model: MachineModel) -> dict[str, float]:
    """What scores of each domain are multiplied by; empty where nothing has to be.

    It is learned in a fit, of the domains that have held-out clips beside one; a threshold that was
    made anew since speaks for others. Of a manifest that does not tell that fit it is not known.
    """
    if model.domain_scale is None:
        return {}
    domains = {alarms.domain for alarms in entry.fitted_step().held_out if alarms.n_clips > 1}
    names = [str(domain or "unknown") for domain in (None, *Domain) if domain in domains]
    factors = model.domain_scale.factors.tolist()
    return dict(zip(names, factors, strict=True)) if len(names) == len(factors) else {}


def _makers(entry: ModelEntry) -> Iterator[tuple[str, object]]:
    """What it consists of and what made it."""
    yield "views", ", ".join(_views(entry))
    yield "size", f"{entry.n_bytes / 1e6:.1f} MB in {entry.file_name}"
    for part in entry.foreign:
        yield "part of", f"{part.distribution} {part.version}: {part.registry} {part.name}"
    yield "versions", ", ".join(f"{name} {number}" for name, number in entry.versions.items())


def _views(entry: ModelEntry) -> Iterator[str]:
    """The views that the model has: those that tell siblings apart drop out where there is none."""
    return (view.name for view in settings_of_views(entry.config, entry.siblings).views)


def _learned_from(entry: ModelEntry) -> str:
    """How many recordings were learned from, and how many were not."""
    told = f"{entry.n_learned} to learn from"
    if entry.training.spans:
        told += f", in {len(entry.training.files)} windows of {entry.config.training_s:g} s"
    n_others = entry.n_clips - entry.n_learned
    return f"{told}, {n_others} more left out (copies, misfits, unusable)" if n_others else told


def how_made(entry: ModelEntry) -> str:
    """How the threshold was chosen: for which rate of false alarms, and for whom."""
    threshold, calibration = entry.config.threshold, entry.config.calibration
    if threshold.kind != "limit":
        options = ", ".join(f"{name} {value}" for name, value in threshold.options)
        return f"the {threshold.kind} of held-out scores ({options or 'as by default'})"
    whom = "new sessions" if entry.is_for_new_sessions else "the same sessions"
    where = " in every domain" if calibration.limit == "domains" else " of all recordings"
    if all(alarms.domain is None for alarms in entry.held_out):
        where = ""
    return f"for {100 * calibration.false_alarms:g} % false alarms{where}, for {whom}"


def expected_text(alarms: DomainAlarms, unit: str) -> str:
    """The rate of false alarms among held-out clips, and what tells it."""
    n_sessions = alarms.n_sessions
    sessions = "" if n_sessions is None else f" of {counted(n_sessions, 'session')}"
    return f"{expectation(alarms)}, by {counted(alarms.n_clips, unit)}{sessions}"


def _folders(learned: LearnedClips | None) -> Sequence[tuple[str, int]]:
    """The folders of the recordings, those of most first, and how many are in each."""
    clips = () if learned is None else learned.clips
    counts = Counter(str(Path(clip.path).parent) for clip in clips)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _state(entry: ModelEntry) -> str:
    return f"{entry.action} ({len(entry.history)} before)" if entry.history else entry.action
