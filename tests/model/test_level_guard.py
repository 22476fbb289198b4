import numpy as np
import pytest

from dcase_classic.config.recorder import LevelConfig
from dcase_classic.model.level_guard import LevelGuard, LevelRange, Treatment
from dcase_classic.records import Domain

SOURCE, TARGET = Domain.SOURCE, Domain.TARGET
GUARD = LevelGuard.fit(
    np.array([-30.0, -28.0, -29.0, -10.0, -12.0]),
    [SOURCE, SOURCE, SOURCE, TARGET, TARGET],
    margin_db=1.0,
)


def said(level_db, out_of_range="flag", treatment=Treatment.AS_RECORDED):
    return GUARD.check(level_db, LevelConfig(out_of_range=out_of_range), treatment)


def test_every_domain_has_its_own_range():
    source = LevelRange(domain=SOURCE, lowest_db=-30.0, highest_db=-28.0, n_clips=3)
    target = LevelRange(domain=TARGET, lowest_db=-12.0, highest_db=-10.0, n_clips=2)
    assert GUARD.ranges == (source, target)


def test_clips_of_unknown_domain_have_a_range_too():
    (level_range,) = LevelGuard.fit(np.array([1.0, 2.0]), [None, None], margin_db=0.0).ranges
    assert (level_range.domain, level_range.n_clips) == (None, 2)


@pytest.mark.parametrize("level_db", [-31.0, -30.0, -28.5, -27.0, -13.0, -11.0, -9.0])
def test_a_clip_is_inside_if_any_domain_or_its_margin_holds_it(level_db):
    assert GUARD.excess_db(level_db) == 0
    assert said(level_db, "refuse").refusal is None
    assert said(level_db).flags == ()


@pytest.mark.parametrize(
    ("level_db", "excess_db"), [(-31.5, -1.5), (-25.0, 3.0), (-15.0, -3.0), (-5.0, 5.0)]
)
def test_outside_the_distance_is_that_to_the_nearest_level_of_training(level_db, excess_db):
    assert GUARD.excess_db(level_db) == excess_db


def test_a_clip_outside_is_named_with_the_distance_and_what_it_may_mean():
    (louder,), (softer,) = said(-2.8).flags, said(-37.2).flags
    assert louder == "7.2 dB louder than any training clip (gain or distance changed?)"
    assert softer.startswith("7.2 dB softer than any")
    (adjusted,) = said(-2.8, "adjust", Treatment.ADJUSTED).flags
    assert adjusted == f"{louder}, scored at the nearest level of training"
    (void,) = said(-2.8, "flag", Treatment.LEVEL_IGNORED).flags
    assert void == f"{louder}, scored by what does not depend on the level"


def test_a_clip_outside_may_be_refused_with_the_cure():
    check = said(-2.8, "refuse")
    assert check.flags == ()
    assert check.refusal.problem == "7.2 dB louder than any training clip"
    assert check.refusal.advice == "set gain and distance as in training"
