"""Which misfits are listed, and what is said of those that are not left out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clips import clips

from dcase_classic.config import load_preset
from dcase_classic.model.misfits import Strangeness
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.pipeline.clean import clean
from dcase_classic.pipeline.extract import Extraction
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
