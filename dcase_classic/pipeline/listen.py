"""The verb ``watch``: posts, a source, and who is told, put together."""

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TextIO

from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.config.draft import Draft
from dcase_classic.config.specs import to_plain
from dcase_classic.errors import ConfigError
from dcase_classic.given_files import read_given_text
from dcase_classic.io.files import check_writable
from dcase_classic.io.journal import Journal
from dcase_classic.io.manifest import while_unchanged
from dcase_classic.io.sinks.choice import SinkChoice, make_sinks, sink_makers
from dcase_classic.io.sinks.sink import Courier
from dcase_classic.pipeline.watch import Watch, WatchParts
from dcase_classic.pipeline.watch_setup import (
    ListenSettings,
    SourceSettings,
    chooser,
    iter_source,
    make_posts,
)
from dcase_classic.report.rehearsal import Rehearsal
from dcase_classic.wording import counted

_MAX_BYTES = 2**20  # of a settings file
_LAST_S = 10.0  # in which everybody may be told before the end


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnd:
    """How a watch ended: alarms, recordings that were left out, and alarms not delivered."""

    n_raised: int
    n_unread: int
    n_waiting: int


def listen(
    source: SourceSettings, settings: ListenSettings, choice: SinkChoice, lines: TextIO
) -> WatchEnd:
    """Listen until the source ends, and tell of alarms.

    Raises
    ------
    ConfigError
        If it is not clear what listens to what, a library is missing, or sounds of alarms are to be
        kept where recordings are listened to.
    DataError
        If the source, or the state, cannot be used.
    ArtifactError
        If a model is missing, damaged or of another version.
    OSError
        If sounds of alarms cannot be kept where they are to be.
    """
    _check_keeping(source, settings)
    makers = sink_makers(choice, lines)
    with closing(Journal(settings.state, makers, complain=settings.say)) as journal:
        parts = _parts(source, settings, journal)
        # last: who connects beside another watch, and ends, says offline in its place
        sinks = make_sinks(makers.values())
        couriers = [Courier(sink, journal, settings.say) for sink in sinks]
        watch = Watch(replace(parts, couriers=couriers))
        try:
            watch.run(
                iter_source(source, settings.listening, journal), until_alarm=settings.until_alarm
            )
        finally:
            for courier in couriers:
                courier.end(_LAST_S)
            n_waiting = sum(courier.n_left() for courier in couriers)
            if n_waiting:
                was = counted(n_waiting, "alarm was", "alarms were")
                rest = "kept in the state" if settings.state else "lost without --state"
                settings.say(f"{was} not delivered: {rest}")
    return WatchEnd(n_raised=watch.n_raised, n_unread=watch.n_unread, n_waiting=n_waiting)


def _check_keeping(source: SourceSettings, settings: ListenSettings) -> None:
    """Check that sounds of alarms can be kept, and are not heard again: they raise the next one."""
    folder = settings.keep_folder
    if folder is None:
        return
    check_writable(folder)
    if not source.is_folder:
        return
    watched = Path(str(source.source)).resolve()
    if folder.resolve().is_relative_to(watched):
        problem = "is in the folder that is watched: the sound of an alarm would be heard again"
        raise ConfigError(problem, path=folder, advice="keep alarms elsewhere")


def rehearse(source: SourceSettings, settings: ListenSettings) -> Rehearsal:
    """What would be told of recordings that are there; nobody is told and nothing is written.

    Raises
    ------
    ConfigError, DataError, ArtifactError
        As `listen`.
    """
    rehearsal = Rehearsal()
    with closing(Journal(None, (), complain=settings.say)) as journal:
        parts = _parts(source, replace(settings, keep_folder=None), journal)
        watch = Watch(replace(parts, note=rehearsal.note))
        watch.run(iter_source(source, settings.listening, journal))
    rehearsal.n_unread = watch.n_unread
    return rehearsal


def alarm_settings(path: Path | None, *, is_frozen: bool = False) -> AlarmSettings:
    """The settings of a TOML file laid over the defaults.

    Raises
    ------
    ConfigError
        If it cannot be read, or holds an unknown key or a wrong value.
    """
    settings = AlarmSettings()
    if path is not None:
        text = read_given_text(path, error=ConfigError, max_bytes=_MAX_BYTES)
        draft = Draft(table=to_plain(settings), origins={})
        draft.merge(Draft.from_text(text, where=str(path)))
        settings = draft.parse(AlarmSettings)
    limit = replace(settings.limit, is_frozen=settings.limit.is_frozen or is_frozen)
    return replace(settings, limit=limit)


def _parts(source: SourceSettings, settings: ListenSettings, journal: Journal) -> WatchParts:
    make = partial(make_posts, settings, journal.states(), is_for_all=source.is_folder)
    posts = while_unchanged(settings.models, make)
    is_chosen = source.is_folder and not settings.channels
    return WatchParts(
        posts=posts,
        journal=journal,
        couriers=(),
        say=settings.say,
        choose=chooser(posts, settings.machine, settings.say) if is_chosen else None,
        keep_folder=settings.keep_folder,
    )
