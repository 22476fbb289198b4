"""Where a clip differs from all normal ones: bands, moments and rhythms, the strangest first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dcase_classic.model.beat_faults import BeatFault, beat_faults
from dcase_classic.model.deviations import Deviations, around_top
from dcase_classic.model.fillings import bridged, revived
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.oddity import Oddity, OddityKind, overlap
from dcase_classic.model.standstill import dead_spans
from dcase_classic.records import Rows
from dcase_classic.sound.portrait import QUIETEST, PortraitColumns

_LEAST_STRENGTH = 0.5  # what is weaker is nowhere near the farthest normal clips
_ROUNDS = 3  # of moments that stand out: those that are left when the strongest have gone
_AGAIN = 0.7  # of the strongest; what comes so strongly again comes more than once
_FAR = 1.5  # reaches; what many normal clips have is not said to come again
_SAME_DB = 6.0
_MOST_PASSING = 0.52  # of a clip: half of it, and what the ends are off by


def find_oddities(frames: Rows, normal: NormalSound) -> list[Oddity]:
    """All kinds of oddity at their strangest place, the strangest first; none where all is usual.

    Parameters
    ----------
    frames : array, shape (n_frames, n_mels), the spectrogram that portraits are made of.
    normal : what normal clips have in common.
    """
    dead = dead_spans(frames, normal)
    living = revived(frames, dead)
    faults = beat_faults(living, normal)
    beats = [_beat(living, fault) for fault in faults]
    for fault in faults:
        living = fault.mended(living)
    clip = heard = Deviations.from_frames(frames, normal)
    if dead or faults:
        clip = Deviations.from_frames(living, normal, heard=heard)
    moments = list(clip.moments())
    levels = list(_levels(clip, moments))
    moments = [moment for moment in moments if not _is_part_of(moment, levels)]
    singular, calm = _singular(clip, moments, normal)
    gone = [_gone(frames, living, span, normal) for span in dead[:_ROUNDS]]
    # what comes once adds to every rhythm, and takes nothing from any
    rhythms = calm.rhythm(1), clip.rhythm(-1)
    every = [*gone, *beats, *levels, *moments, *singular, *rhythms]
    odd = [oddity for oddity in every if oddity.strength > _LEAST_STRENGTH]
    return sorted(odd, key=lambda oddity: -oddity.strength)


def _levels(clip: Deviations, moments: Sequence[Oddity]) -> Iterator[Oddity]:
    """What is odd all the time, or most of it; what is so for less is told as a moment."""
    for level in clip.levels():
        is_odd = clip.lasting(level, moments)
        if is_odd is None:
            yield level
        elif is_odd.mean() > _MOST_PASSING:
            inside = np.flatnonzero(is_odd)
            yield replace(level, lasting=(int(inside[0]), int(inside[-1]) + 1))


def _gone(frames: Rows, living: Rows, span: tuple[int, int], normal: NormalSound) -> Oddity:
    """What a clip has gone dead in, beside what it sounds like otherwise."""
    n_mels = frames.shape[1]
    excess_db = frames[slice(*span)].mean(axis=0) - living.mean(axis=0)
    reach = PortraitColumns.from_row(normal.low).moments[0, QUIETEST, :n_mels]
    return Oddity(
        kind=OddityKind.MOMENT,
        strength=float(np.median(-excess_db / reach)),
        excess_db=excess_db,
        bands=(0, n_mels),
        frames=span,
        is_outlier=True,
        is_beyond_all=True,
    )


def _beat(frames: Rows, fault: BeatFault) -> Oddity:
    """A beat that is not in time, in the bands that beats are in."""
    excess_db = fault.excess_db(frames)
    return Oddity(
        kind=OddityKind.BEAT,
        strength=fault.strength,
        excess_db=excess_db,
        bands=around_top(np.abs(excess_db)),
        frames=fault.frames,
        rates=(1 / fault.interval, 1 / fault.interval),
        is_outlier=True,
        is_beyond_all=True,
        beat=fault,
    )


def _singular(
    clip: "Deviations", moments: Sequence[Oddity], normal: NormalSound
) -> tuple[list[Oddity], "Deviations"]:
    """Moments that stand out, and the clip without those and others: what comes once is no rhythm.

    What comes again, as strongly, when the strongest have been taken out, is none of them.
    """
    heard, rounds, gone = clip, [list(clip.contrasts())], []
    while once := [odd.frames for odd in rounds[-1] if odd.strength > 1 and odd.frames]:
        clip = Deviations.from_frames(bridged(clip.frames, once), normal, heard=heard)
        gone += once
        if len(rounds) == _ROUNDS:
            break
        rounds.append(list(clip.contrasts()))
    singular = [
        moment
        for again in zip(*rounds, strict=True)
        for moment in again
        if len(rounds) < _ROUNDS or again[-1].strength < max(_AGAIN * again[0].strength, _FAR)
    ]
    calm, n_bridged = clip.frames.copy(), len(gone)
    for moment in moments:
        is_there = not any(overlap(moment.frames, span) for span in gone)
        if is_there and moment.is_outlier and moment.strength > 1 and moment.frames:
            calm[slice(*moment.frames)] -= moment.excess_db
            gone.append(moment.frames)
    if len(gone) > n_bridged:
        clip = Deviations.from_frames(calm, normal, heard=heard)
    return singular, clip


def _is_part_of(moment: Oddity, levels: Sequence[Oddity]) -> bool:
    """Whether what is odd in a moment is so all the time."""
    return any(
        level.strength > 1
        and level.is_same_as(moment)
        and np.abs(moment.excess_db).max() < np.abs(level.excess_db).max() + _SAME_DB
        for level in levels
    )
