"""Which misfits are listed, and what is said of those that are not left out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import machine_sound, write_wav
from made_clips import clips

from dcase_classic.config import load_preset
from dcase_classic.io.recordings.own_clips import find_own_clips, normal_clips
from dcase_classic.model.misfits import Strangeness
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.clean import clean
from dcase_classic.pipeline.extract import Extraction
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.maintain import add_normals
from dcase_classic.records import Span


def cleaned(excess, named, *, is_dropping=False, has_windows=False):
    """What is made of clips that stand off so far, and whose named ones are these."""
    excess = np.array(excess)
    n_clips = len(excess)
    made = clips("pump", n_clips=n_clips)
    if has_windows:
        made = [replace(clip, span=Span(start_s=0.0, end_s=1.0)) for clip in made]
    rows = np.arange(n_clips, dtype=np.float32)[:, np.newaxis]
    extraction = Extraction(
        clips=tuple(made),
        measures=(None,) * n_clips,
        tables={"rows": FeatureTable(X=rows, clip_index=np.arange(n_clips))},
        skipped=(),
        lost=(),
        flagged=(),
        part_clips=(),
        part_tables={},
    )
    n_beyond = int((excess > 1).sum())
    strangeness = Strangeness(excess=excess, named=np.array(named, np.intp), n_beyond=n_beyond)
    config = load_preset("knn")
    config = replace(config, misfits=replace(config.misfits, drop=is_dropping))
    fitter = SimpleNamespace(config=config, find_misfits=lambda _: strangeness)
    return clean(extraction, fitter)


@pytest.mark.parametrize("is_dropping", [False, True])
def test_what_is_named_is_listed_before_what_stood_off_farther_in_a_later_round(is_dropping):
    excess = [1.5, *[0.1] * 40, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0]
    done = cleaned(excess, [0], is_dropping=is_dropping)
    first, *others = done.misfits
    assert (first.name, first.rank, first.is_named) == ("00_0000.wav", 1, True)
    assert first.is_dropped == is_dropping
    assert [misfit.excess for misfit in others if misfit.excess > 1] == excess[-7:]
    assert not any(misfit.is_named or misfit.is_dropped for misfit in others)
    assert len(done.extraction.clips) == 48 - is_dropping


@pytest.mark.parametrize(
    ("excess", "what"),
    [
        ([0.5] * 9, "too few to tell which do not fit the others: it takes 10"),
        ([0.5] * 10, "none was found that does not fit the others"),
        (
            [*[0.5] * 7, 3.0, 2.0, 4.0],
            "3 of 10 recordings stand off: a kind of their own, too many",
        ),
    ],
)
def test_where_none_is_left_out_that_should_be_this_is_said(excess, what):
    (note,) = cleaned(excess, [], is_dropping=True).notes
    assert note.startswith(what)
    assert note.endswith("; none is left out")
    for note in cleaned(excess, []).notes:
        assert "left out" not in note


def test_windows_that_stand_off_are_counted_as_windows():
    (note,) = cleaned([*[0.5] * 7, 3.0, 2.0, 4.0], [], has_windows=True).notes
    assert note.startswith("3 of 10 windows stand off")


def test_misfits_that_were_left_out_and_are_learned_from_after_more_were_added_are_named(tmp_path):
    rng = np.random.default_rng(3)
    for number in range(14):
        write_wav(tmp_path / "day 1" / f"{number}.wav", machine_sound(rng, seconds=1.2))
    for number in range(5):
        folder = tmp_path / ("day 1" if number < 1 else "day 2")
        write_wav(folder / f"hiss{number}.wav", 0.1 * rng.standard_normal(19_200))
    write_wav(tmp_path / "day 3" / "14.wav", machine_sound(rng, seconds=1.2))
    config = load_preset("knn")
    config = replace(config, misfits=replace(config.misfits, drop=True))
    clips_before = normal_clips(find_own_clips(tmp_path / "day 1"), "pump")
    (model,) = fit(clips_before, tmp_path / "models", config)
    assert [misfit.name for misfit in model.misfits if misfit.is_dropped] == ["hiss0.wav"]
    told = "that were left out are learned from now: hiss0.wav, "
    assert told not in " ".join(add_normals(tmp_path / "day 3", tmp_path / "models").notes)
    assert told in " ".join(add_normals(tmp_path / "day 2", tmp_path / "models").notes)
