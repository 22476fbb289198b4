"""What the recordings of training say of the recorder: their levels, their lengths, their parts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dcase_classic.config import AudioConfig, Config
from dcase_classic.errors import listed, printable
from dcase_classic.grouping import grouped
from dcase_classic.io.recordings.lengths import median_duration_s
from dcase_classic.io.recordings.sessions import BY_RECORDING
from dcase_classic.model.length_scale import LengthRange, TrainingParts
from dcase_classic.model.level_guard import LevelGuard
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.machine_fitter import FEWEST_TRAINING_CLIPS
from dcase_classic.model.row_tables import ChosenRows
from dcase_classic.pipeline.clip_features import Intake
from dcase_classic.pipeline.expected import Expected, Windows
from dcase_classic.pipeline.extract import Extraction
from dcase_classic.records import Clip, Domain
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.front_end import FrontEnd

USUAL_WINDOW_S = 10.0  # as long as most published recordings of machines are
_PARTS_OF_DOMAIN = 30
_OTHER_GAIN_DB = 3.0  # between the nearest recordings of two sessions
_FEWEST_OF_SESSION = 3
_LONG_S = 60.0  # a recording that is learned from as a whole hides a fault of seconds
_HIGHEST_SHARE = 0.95  # of half the rate: above it resamplers and recorders touch the sound
_FAR_SHARE = 0.8  # of half the rate: where less is heard, a higher rate was asked for in vain
_FEWEST_PARTS = 3  # a spread of fewer means nothing


def choose_parted(clips: Sequence[Clip]) -> frozenset[Clip]:
    """The clips that parts are taken of: up to 30 of each domain, spread evenly."""
    chosen: list[Clip] = []
    for domain in (*Domain, None):
        members = [clip for clip in clips if clip.domain is domain]
        n_parts = min(len(members), _PARTS_OF_DOMAIN)
        positions = np.linspace(0, len(members) - 1, n_parts).round().astype(int)
        chosen += [members[position] for position in positions]
    return frozenset(chosen)


def with_length(config: Config, clips: Sequence[Clip]) -> Config:
    """The settings with the length of the training clips, where they do not tell it themselves.

    A single recording that holds enough of them is learned from in windows of ten seconds.
    """
    if config.training_s is not None:
        return config
    duration_s = median_duration_s(clips)  # None where no clip can be read, which is told soon
    if duration_s is None:
        return config.at_length(1.0)
    if len(clips) == 1 and duration_s >= FEWEST_TRAINING_CLIPS * USUAL_WINDOW_S:
        return config.in_windows(USUAL_WINDOW_S)
    return config.at_length(duration_s)


def recorder_notes(given: Config, config: Config, extraction: Extraction) -> tuple[str, ...]:
    """What is said of how long recordings are, how high they are heard, and how loud they are."""
    return (
        *_length_notes(given, config, extraction),
        *_hearing_notes(config, extraction.usual),
        *_session_level_notes(extraction),
    )


def _length_notes(given: Config, config: Config, extraction: Extraction) -> tuple[str, ...]:
    """What is said of windows that were asked for in vain, and of long wholes where none were."""
    windows, length_s = Windows.for_learning(config), config.training_s
    if windows is not None and not extraction.has_windows:
        return (f"no recording is {windows.from_s:g} s long: all are learned from as wholes",)
    if given.training_s is not None or length_s is None or length_s < _LONG_S:
        return ()
    wholes = f"recordings of {length_s:.0f} s are learned from as wholes"
    cure = f"--window {USUAL_WINDOW_S:g} learns windows of them"
    return (f"{wholes}, in which a fault of seconds is lost; {cure}",)


def _hearing_notes(config: Config, usual: ClipFormat | None) -> tuple[str, ...]:
    """What is said where a higher rate was asked for, and the highest band lies far below it."""
    asked_hz, spectrum = config.audio.sample_rate_hz, config.spectrum
    if usual is None or asked_hz <= AudioConfig().sample_rate_hz or spectrum.fmax_hz is not None:
        return ()
    held_hz = min(asked_hz, usual.sample_rate_hz) / 2
    if spectrum.highest_hz >= _FAR_SHARE * held_hz:
        return ()
    cure = f"--set spectrum.highest_hz={_HIGHEST_SHARE * held_hz:g} hears more"
    heard = f"{spectrum.highest_hz:g} Hz are heard"
    return (f"of the {held_hz:g} Hz that recordings hold, {heard}; {cure}",)


def _session_level_notes(extraction: Extraction) -> tuple[str, ...]:
    """What is said of sessions that are wholly louder, or softer, than all others.

    What is usual of the level is told from all sessions together: a day of another gain widens it,
    and where the level is evidence, the threshold.
    """
    pairs = zip(extraction.clips, extraction.measures, strict=True)
    levels = grouped((clip.session, measure.level_db) for clip, measure in pairs)
    if "" in levels or len(levels) < 2 or min(map(len, levels.values())) < _FEWEST_OF_SESSION:
        return ()
    said = []
    for name, own in levels.items():
        others = [db for other, dbs in levels.items() if other != name for db in dbs]
        louder_db, softer_db = min(own) - max(others), min(others) - max(own)
        if max(louder_db, softer_db) > _OTHER_GAIN_DB:
            word = "louder" if louder_db > 0 else "softer"
            apart_db = abs(float(np.median(own) - np.median(others)))
            said.append(f"{printable(name)} is {apart_db:.0f} dB {word} than all other recordings")
    if not said:
        return ()
    # of two sessions each is apart from the other, which is said once
    apart = listed(said[:1] if len(levels) == 2 else said)
    cure = "another gain or distance? where the level is evidence, the threshold allows for it"
    return (f"{apart} ({cure}); record at one level, or leave them out",)


def learning_intake(
    front_end: FrontEnd, config: Config, *, usual: ClipFormat | None = None
) -> Intake:
    """What is taken of clips that are learned from: windows of those that are long.

    ``usual`` is the format that they have to fit, None for that of most of them.
    """
    expected = Expected(recordings=usual, windows=Windows.for_learning(config))
    return Intake(front_end=front_end, expected=expected, is_training=True)


def by_recording(extraction: Extraction, source: str) -> tuple[Extraction, str]:
    """The clips, of which those of one recording are a session where nothing else tells sessions.

    ``source`` is what tells them, and is empty where nothing does.
    """
    if source or not extraction.has_windows:
        return extraction, source
    # by number, in the order of the clips: paths of segments and samples in memory sort otherwise
    paths = dict.fromkeys(clip.path for clip in (*extraction.clips, *extraction.part_clips))
    names = {path: f"{number:08d}" for number, path in enumerate(paths)}
    clips, part_clips = (
        tuple(replace(clip, session=names[clip.path]) for clip in clips)
        for clips in (extraction.clips, extraction.part_clips)
    )
    return replace(extraction, clips=clips, part_clips=part_clips), BY_RECORDING


def training_parts(extraction: Extraction) -> TrainingParts | None:
    """The parts of those clips that are learned from; None where they are too few."""
    places = {clip: position for position, clip in enumerate(extraction.clips)}
    kept = [number for number, clip in enumerate(extraction.part_clips) if clip in places]
    if len(kept) < _FEWEST_PARTS:
        return None
    numbers = np.array(kept, np.intp)
    return TrainingParts(
        tables={
            features: ChosenRows.from_clips(table, table.clip_index, numbers)
            for features, table in extraction.part_tables.items()
        },
        clips=np.array([places[extraction.part_clips[number]] for number in kept], np.intp),
    )


def with_ranges(model: MachineModel, extraction: Extraction, config: Config) -> MachineModel:
    """The model with the levels and the lengths of the clips that it was fitted on."""
    measures = extraction.measures
    return replace(
        model,
        levels=LevelGuard.fit(
            np.array([measure.level_db for measure in measures]),
            [clip.domain for clip in extraction.clips],
            margin_db=config.level.margin_db,
        ),
        lengths=LengthRange.fit(np.array([measure.duration_s for measure in measures])),
    )
