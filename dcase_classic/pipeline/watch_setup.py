"""Posts for the models that are listened with, and sources by what the user names."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.alarms.tracker import TrackerState, forget_limit, on_scale
from dcase_classic.errors import ConfigError, DataError, printable
from dcase_classic.io.artifacts import Artifact, load_entry
from dcase_classic.io.journal import Journal, position_key
from dcase_classic.io.listening.device import iter_device
from dcase_classic.io.listening.folder import FolderSettings, FolderWatch, iter_folder
from dcase_classic.io.listening.growing_wav import GrowingWav
from dcase_classic.io.listening.items import Began, Ended, Idle, Item, Pause
from dcase_classic.io.listening.live import CLOCKS, iter_stream
from dcase_classic.io.listening.notifier import notify_closed
from dcase_classic.io.listening.sound_device import SoundDevice
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.model_entry import ModelEntry
from dcase_classic.io.recordings.decoders import open_file
from dcase_classic.pipeline.inference import recalibrated
from dcase_classic.pipeline.model_choice import (
    choose_model,
    foreign_section,
    named_keys,
    single_key,
)
from dcase_classic.pipeline.posts import ListeningSettings, Post
from dcase_classic.records import Clip, RawFormat, SectionKey, Split

_STDIN = 0
_REOPENED_S = 0.5  # after which a wav file that is no such yet is looked at again
_PRUNED = 10_000  # items of a folder, after which what is gone may be forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSettings:
    """How a watch works: whose models listen, and to what.

    Attributes
    ----------
    models : folder of the models.
    say : is told in a line what people should know.
    listening : windows and alarms.
    machine : the machine of recordings that do not tell theirs; None where there is one only.
    channels : machines by the channel that they are heard in; empty for that of their models.
    is_limit_reset : whether limits begin anew.
    verify_key, allow_parts : as `load_model` has them.
    state : the file of the journal; None for memory only.
    keep_folder : where the sound of alarms is kept, or None.
    until_alarm : whether it ends at the first alarm.
    """

    models: Path
    say: Callable[[str], None]
    listening: ListeningSettings = field(default_factory=ListeningSettings)
    machine: str | None = None
    channels: Mapping[int, str] = field(default_factory=dict)
    is_limit_reset: bool = False
    verify_key: Path | None = None
    allow_parts: tuple[str, ...] = ()
    state: Path | None = None
    keep_folder: Path | None = None
    until_alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """How a source is listened to.

    Attributes
    ----------
    source : a folder, a wav file that grows, or ``-`` for standard input; None with a device.
    device : its number or a part of its name.
    raw : the format of samples without header; of a device the rate and the channels.
    folder : how a folder is looked at.
    has_notifier : whether closed files are told of by the system.
    """

    source: str | None = None
    device: str | None = None
    raw: RawFormat | None = None
    folder: FolderSettings = field(default_factory=FolderSettings)
    has_notifier: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether recordings come one by one."""
        return self.source not in {None, "-"} and Path(str(self.source)).is_dir()


def make_posts(
    settings: ListenSettings, states: Mapping[str, TrackerState], *, is_for_all: bool
) -> list[Post]:
    """The posts of the models that are listened with, each loaded once.

    Parameters
    ----------
    settings : which models, and how.
    states : from which they go on.
    is_for_all : whether every recording may be of another machine, so that all are needed.

    Raises
    ------
    ArtifactError
        If there is no such machine, it is not clear which is heard, or a model is damaged or of
        another version.
    DataError
        If so few clips cannot tell any rate.
    ConfigError
        If a machine is given two channels: it has one state and one name.
    """
    entries = read_manifest(settings.models, verify_key=settings.verify_key)
    posts = []
    for channel, key in _chosen_keys(sorted(entries), settings, is_for_all=is_for_all):
        detector = _detector(entries[key], settings)
        posts.append(Post(detector, settings.listening, channel=channel))
        _go_on(posts[-1], settings, states)
    for post in posts if states and is_for_all else ():
        if post.name not in states:
            settings.say(
                f"{post.status.name}: new to this state; what was heard before is not heard again"
            )
    return posts


def _chosen_keys(
    keys: Sequence[SectionKey], settings: ListenSettings, *, is_for_all: bool
) -> list[tuple[int | None, SectionKey]]:
    """The models that are heard, each with its channel if it has one of its own."""
    if settings.channels:
        chosen: dict[SectionKey, int] = {}
        for channel, machine in settings.channels.items():
            key = single_key(keys, machine, settings.models)
            if key in chosen:
                problem = f"channels {chosen[key]} and {channel} are given the same machine"
                advice = "fit it under two names, if there are two"
                raise ConfigError(f"{problem}, {machine}", advice=advice)
            chosen[key] = channel
        return [(channel, key) for key, channel in chosen.items()]
    name = settings.machine or ""
    if is_for_all:
        return [(None, key) for key in named_keys(keys, name, settings.models)]
    advice = "say which with --machine, or with --channel N=MACHINE"
    return [(None, single_key(keys, name, settings.models, advice=advice))]


def _detector(entry: ModelEntry, settings: ListenSettings) -> Artifact:
    """A model with the threshold that alarms are raised by."""
    detector = load_entry(settings.models, entry, allow_parts=settings.allow_parts)
    rate = settings.listening.alarms.limit.false_alarms
    least = 1 / (len(detector.model.held_out_scores) + 1)
    if least > rate:
        settings.say(
            f"{entry.machine_type}: so few clips tell a rate of {least:.2g} at best; "
            f"the limit begins there and comes to {rate:g} by listening"
        )
    window_s, lengths = settings.listening.window_s, detector.model.lengths
    if window_s is not None and lengths is not None and lengths.check(window_s).flags:
        settings.say(
            f"{entry.machine_type}: windows of {window_s:g} s, learned from {lengths.shortest_s:g} "
            "s: so much less sound varies more, the promised rate may not hold"
        )
    return recalibrated(detector, max(rate, least), settings.models)


def _go_on(post: Post, settings: ListenSettings, states: Mapping[str, TrackerState]) -> None:
    """Let a post go on from its state, as far as that is of the same threshold."""
    earlier = states.get(post.name, post.state)
    post.state = on_scale(earlier, post.scale)
    if earlier.scale not in {"", post.scale}:
        machine = post.detector.machine_type
        settings.say(f"{machine}: has another threshold than before; the limit begins anew")
    if settings.is_limit_reset:
        post.state = forget_limit(post.state)


def chooser(
    posts: Sequence[Post], machine: str | None, say: Callable[[str], None]
) -> Callable[[Path], Sequence[Post] | DataError]:
    """What tells the post of a recording: its machine as ``predict`` finds it.

    The first recording of each section that has no model of its own is said.
    """
    by_key = {(post.detector.machine_type, post.detector.section): post for post in posts}
    told: set[str] = set()

    def choose(path: Path) -> Sequence[Post] | DataError:
        machine_type, _, section = (machine or "").partition("/")
        clip = Clip(path=path, machine_type=machine_type, section=section, split=Split.TEST)
        key = choose_model(clip, sorted(by_key))
        if isinstance(key, DataError):
            return key
        post = by_key[key]
        doubt = foreign_section(clip, key, post.detector.model.alarms)
        if doubt and doubt not in told:
            told.add(doubt)
            say(f"{printable(path.name)}: {doubt}")
        return (post,)

    return choose


def iter_source(
    settings: SourceSettings, listening: ListeningSettings, journal: Journal
) -> Iterator[Item]:
    """What the source gives, for ever or once.

    Raises
    ------
    DataError
        If it cannot be listened to.
    ConfigError
        If a library is missing.
    """
    operating = listening.alarms.operating
    if settings.device is not None:
        raw = settings.raw
        opener = partial(
            SoundDevice,
            settings.device,
            sample_rate_hz=None if raw is None else raw.sample_rate_hz,
            n_channels=1 if raw is None else raw.n_channels,
        )
        yield from iter_device(opener, operating, clocks=CLOCKS, wait=time.sleep)
    elif settings.source == "-":
        yield from iter_stream(partial(os.read, _STDIN), raw=settings.raw, settings=operating)
    elif settings.is_folder:
        yield from _iter_folder(Path(str(settings.source)), settings, journal)
    else:
        yield from _iter_growing(Path(str(settings.source)), settings, operating)


def _iter_growing(
    path: Path, settings: SourceSettings, operating: OperatingSettings
) -> Iterator[Item]:
    """The sound of a wav file that grows, and of those that a recorder puts in its place."""
    is_once, is_lost, is_first = settings.folder.is_once, False, True
    while True:
        try:
            with open_file(path) as file:
                wav = GrowingWav(
                    path, file, is_done=lambda: is_once, wait=time.sleep, raw=settings.raw
                )
                key = f"{printable(str(path))} {wav.key}"
                yield Began(key=key, path=path, duration_s=wav.duration_s)
                yield from iter_stream(
                    wav.read, raw=wav.header.raw, settings=operating, began_s=wav.began_s
                )
            if is_once:
                return
            yield Ended(key=key, path=path)
            again = f"{path} begins anew"
            yield Pause(condition=OperatingCondition.GAP, reason=again)
            is_first = is_lost = False
        except DataError as error:
            if is_first:
                raise error.at(path) from error
            if not is_lost:  # it is being written, or comes back
                yield Pause(condition=OperatingCondition.LOST, reason=str(error.at(path)))
            is_lost = True
            yield Idle()
            time.sleep(_REOPENED_S)


def _iter_folder(folder: Path, settings: SourceSettings, journal: Journal) -> Iterator[Item]:
    watch = FolderWatch(
        folder=folder, is_known=lambda key: journal.position(position_key(key)).is_done
    )
    looking = settings.folder
    if settings.has_notifier:
        looking = replace(looking, notify=partial(notify_closed, folder))
    for number, item in enumerate(iter_folder(watch, looking)):
        if number % _PRUNED == 0:
            journal.forget_positions(watch.keys)
        yield item
