from dataclasses import replace

import numpy as np
import pytest
from tables import make_table

from dcase_classic.config import Config
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.model.domain_scale import LARGEST_FACTOR, DomainScale, all_votes
from dcase_classic.model.limits import HeldOut, domain_limits
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.rates import at_rate
from dcase_classic.records import Domain

FACTORS = DomainScale(factors=np.array([1.5, 1.0]))


def held_out(scores, domains, factors=1.0):
    domains = np.asarray(domains, np.intp)
    return HeldOut(
        scores=np.asarray(scores, float),
        domains=domains,
        sessions=np.arange(len(domains)),
        factors=np.full(len(domains), factors),
    )


def two_domains(n_target=10, seed=1):
    """Standardised scores of 200 source clips and few target clips."""
    scores = np.random.default_rng(seed).normal(size=200 + n_target)
    return held_out(scores, np.repeat([0, 1], [200, n_target]))


def test_the_scale_brings_the_limits_of_all_domains_to_the_largest():
    clips = two_domains()
    limits = domain_limits(clips, 0.1)
    assert limits[1] > limits[0]  # ten clips leave more open than two hundred
    scale = DomainScale.fit(clips)
    assert scale.factors.tolist() == [limits[1] / limits[0], 1.0]
    factors = scale.factors[clips.domains]
    scaled = held_out(clips.scores * factors, clips.domains, factors)
    np.testing.assert_allclose(domain_limits(scaled, 0.1), limits[1], rtol=1e-12)


def test_a_single_domain_has_no_scale():
    assert DomainScale.fit(held_out(np.arange(20), np.zeros(20))) is None


def test_a_limit_that_is_not_above_the_usual_clip_tells_no_scale():
    clips = two_domains()
    assert DomainScale.fit(held_out(clips.scores - 5, clips.domains)) is None


def test_limits_that_lie_far_apart_are_no_matter_of_few_clips():
    clips = two_domains()
    wide = held_out(clips.scores * np.where(clips.domains == 1, 50, 1), clips.domains)
    assert DomainScale.fit(wide).factors.tolist() == [LARGEST_FACTOR, 1.0]


@pytest.mark.parametrize(
    ("votes", "factor"),
    [([10, 0], 1.5), ([9, 1], 1.4), ([5, 5], 1.0), ([3, 7], 1.0), ([0, 10], 1.0)],
)
def test_the_factor_falls_to_1_where_no_more_than_half_of_the_votes_agree(votes, factor):
    assert FACTORS.clip_factors(np.array([votes])).tolist() == pytest.approx([factor])


def test_a_clip_has_the_same_bits_alone_and_among_others():
    votes = np.random.default_rng(0).integers(0, 9, size=(50, 3)) + 1
    scale = DomainScale(factors=np.array([1.37, 1.0, 1.11]))
    alone = [scale.clip_factors(votes[[clip]])[0] for clip in range(50)]
    assert scale.clip_factors(votes).tolist() == alone


def test_views_that_tell_no_domains_apart_have_no_vote():
    pooled, own, other = np.full((2, 1), 5), np.array([[3, 2], [0, 5]]), np.array([[1, 4], [2, 3]])
    assert all_votes([pooled, own, other]).tolist() == [[4, 6], [2, 8]]
    assert all_votes([pooled, pooled]).tolist() == [[10], [10]]


def fitter(domains="separate"):
    view = ViewConfig(name="a", features=(Spec("mfcc"),), detector=Spec("knn"), domains=domains)
    return MachineFitter.from_config(Config(views=(view,)))


def rows(n_clips, *, seed, is_target=False):
    """Clips of one row; those of the target lie elsewhere and vary more."""
    X = np.random.default_rng(seed).normal(size=(n_clips, 1, 6))
    return (1.5 * X + 20 if is_target else X).astype(np.float32)


def fitted(domains="separate"):
    """A machine of 100 source clips and 8 target clips."""
    made = fitter(domains)
    table = make_table(np.concatenate((rows(100, seed=0), rows(8, seed=2, is_target=True))))
    return made.fit(
        dict.fromkeys(made.features, table), [Domain.SOURCE] * 100 + [Domain.TARGET] * 8
    )


def tables(model, X):
    return dict.fromkeys(model.features, make_table(X))


def alarm_rate(model, X):
    return model.decide(model.score(tables(model, X)).anomaly).mean()


def test_a_domain_of_many_clips_raises_its_share_of_alarms_beside_one_of_few():
    model, source = fitted(), rows(1000, seed=203)
    assert 0.05 < alarm_rate(model, source) < 0.2
    # the limit of eight clips for all would be far above that of a hundred
    assert alarm_rate(replace(model, domain_scale=None), source) < 0.02


def test_the_score_is_the_fused_one_times_the_factor_of_the_domain_that_views_tell():
    model = fitted()
    said = model.score(tables(model, rows(9, seed=3)))
    assert np.array_equal(said.anomaly, model.fusion.fuse(said.views) * said.factors)
    assert said.factors.tolist() == [model.domain_scale.factors[0]] * 9
    assert model.domain_scale.factors[0] > model.domain_scale.factors[1] == 1


def test_scores_do_not_depend_on_the_rate_that_is_asked_for():
    model, config = fitted(), fitter().config
    assert model.recalibrated(config).threshold == model.threshold
    stricter = model.recalibrated(at_rate(config, 0.05))
    assert stricter.threshold > model.threshold
    assert np.array_equal(stricter.held_out_scores, model.held_out_scores)


def test_where_no_view_tells_domains_apart_there_is_no_scale():
    assert fitted("pooled").domain_scale is None
