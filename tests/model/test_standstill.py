import numpy as np
import pytest
from made_rows import noisy_frames

from dcase_classic.grouping import runs
from dcase_classic.model.fillings import revived
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.oddities import find_oddities
from dcase_classic.model.oddity import OddityKind
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.model.standstill import dead_spans
from dcase_classic.sound.portrait import Portrait

DEAD_DB = -70.0


def clips(n_clips, seed=0):
    frames = noisy_frames(n_segments=n_clips, n_frames=100, n_mels=30, seed=seed)
    return frames + np.linspace(0, 20, 30, dtype=np.float32)


@pytest.fixture(scope="module")
def normal():
    rows = Portrait().extract(clips(50))
    return NormalSound.fit(FeatureTable(X=rows, clip_index=np.arange(50)), seed=0)


def gone(*spans, below_db=DEAD_DB):
    (frames,) = clips(1, seed=1)
    for span in spans:
        frames[slice(*span)] += below_db
    return frames


def test_a_clip_that_goes_on_has_no_dead_span(normal):
    assert dead_spans(gone(), normal) == []
    assert dead_spans(gone((0, 100)), normal) == []  # a gain


@pytest.mark.parametrize("span", [(40, 100), (0, 30), (20, 80), (60, 70)])
def test_a_clip_that_goes_dead_does_so_in_that_span(normal, span):
    assert dead_spans(gone(span), normal) == [span]


def test_spans_come_with_the_longest_first_and_without_moments(normal):
    assert dead_spans(gone((10, 20), (40, 90), (95, 97)), normal) == [(40, 90), (10, 20)]


def test_frames_that_are_dead_in_part_belong_to_it(normal):
    frames = gone((40, 60))
    frames[[39, 60]] -= 35
    assert dead_spans(frames, normal) == [(39, 61)]


def test_what_only_runs_more_softly_or_sounds_hardly_ever_is_not_dead(normal):
    assert dead_spans(gone((40, 100), below_db=-8.0), normal) == []
    assert dead_spans(gone((10, 100)), normal) == []
    assert dead_spans(gone((0, 5))[:6], normal) == []


@pytest.mark.parametrize("span", [(40, 100), (20, 80)])
def test_what_still_sounds_is_not_louder_than_usual(normal, span):
    first, *others = find_oddities(gone(span), normal)
    assert (first.kind, first.frames, first.bands) == (OddityKind.MOMENT, span, (0, 30))
    assert not first.is_more
    assert first.strength > 5
    assert not any(oddity.is_more for oddity in others if oddity.strength > 2.5)


def test_a_dead_span_is_filled_with_what_sounds_there_and_back():
    frames = np.arange(6.0)[:, np.newaxis]
    assert revived(frames, [(2, 6)])[:, 0].tolist() == [0, 1, 1, 0, 0, 1]
    assert revived(frames, []) is not frames


def test_runs_are_told_by_their_ends():
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert runs(np.zeros(3, bool)) == []
