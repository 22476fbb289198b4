from dataclasses import replace

import numpy as np
import pytest
from tables import make_table

from dcase_classic.config import Config
from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.evaluation.rates import clopper_pearson
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.machine_fitter import MachineFitter
from dcase_classic.model.rates import at_rate
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Domain

FAST = {"iforest": (("n_estimators", 10),)}
KINDS = sorted(DETECTORS)
SOURCE, TARGET = Domain.SOURCE, Domain.TARGET


def clips(n_clips, n_segments=1, n_features=6, *, seed=0, shift=0.0, within=0.3):
    """Normal clips with a place of their own; their segments differ by ``within``."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_clips, 1, n_features)) + shift
    if n_segments > 1:
        rows = rows + within * rng.normal(size=(n_clips, n_segments, n_features))
    return make_table(list(rows.astype(np.float32)))


def join(*tables):
    parts = [np.split(t.X, np.flatnonzero(np.diff(t.clip_index)) + 1) for t in tables]
    return make_table([rows for part in parts for rows in part])


def view(detector="knn", name="a", *, n_mfcc=20, **settings):
    """A view; another number of coefficients makes other features."""
    spec = Spec(detector, FAST.get(detector, ()))
    features = (Spec("mfcc", (("n_mfcc", n_mfcc),)),)
    return ViewConfig(name=name, features=features, detector=spec, **settings)


def fitter(*views, n_folds=3, **settings):
    calibration = CalibrationConfig(n_folds=n_folds)
    return MachineFitter.from_config(Config(views=views, calibration=calibration, **settings))


def fit(table, clip_domains=None, detector="knn", **settings):
    clip_domains = [SOURCE] * table.n_clips if clip_domains is None else clip_domains
    return fit_tables(fitter(view(detector, **settings)), [table], clip_domains)


def fit_tables(settings, tables, domains):
    """A model from one table for each of the features, in their order."""
    return settings.fit(dict(zip(settings.features, tables, strict=True)), domains)


def score(model, *tables):
    return model.score(dict(zip(model.features, tables, strict=True))).anomaly


def false_alarm_rate(model, table):
    return model.decide(score(model, table)).mean()


@pytest.mark.parametrize("detector", KINDS)
def test_one_in_ten_of_new_normal_clips_raises_an_alarm(detector):
    model = fit(clips(300), detector=detector)
    # a percentile of 300 clips has a standard error of 2 %; models averaged over folds vary less
    # than the one that held a clip out, which lowers the rate a little
    assert 0.03 <= false_alarm_rate(model, clips(2000, seed=1)) <= 0.2


@pytest.mark.parametrize("detector", KINDS)
def test_one_in_ten_of_new_normal_clips_of_ten_segments_raises_an_alarm(detector):
    model = fit(clips(200, 10), detector=detector)
    assert 0.02 <= false_alarm_rate(model, clips(300, 10, seed=1)) <= 0.2


def test_folds_that_cut_clips_into_segments_would_make_the_threshold_meaningless():
    table, others = clips(60, 10), clips(300, 10, seed=1)
    shuffled = np.random.default_rng(0).permutation(table.X)
    cut = fit(FeatureTable(X=shuffled, clip_index=np.arange(len(shuffled))))
    assert false_alarm_rate(cut, others) > 0.8


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", ["separate", "centred"])
def test_a_shifted_target_of_ten_clips_is_not_flagged_as_a_whole(detector, domains):
    table = join(clips(200, 4), clips(10, 4, seed=1, shift=5.0))
    model = fit(table, [SOURCE] * 200 + [TARGET] * 10, detector, domains=domains)
    assert false_alarm_rate(model, clips(200, 4, seed=2, shift=5.0)) <= 0.5


def test_pooled_domains_would_flag_the_target_more_often():
    table = join(clips(200, 4), clips(10, 4, seed=1, shift=5.0))
    domains, others = [SOURCE] * 200 + [TARGET] * 10, clips(200, 4, seed=2, shift=5.0)
    calibration = CalibrationConfig(n_folds=5, limit="pooled")
    pooled, separate = (
        fit_tables(
            MachineFitter.from_config(Config(views=(view(domains=way),), calibration=calibration)),
            [table],
            domains,
        )
        for way in ("pooled", "separate")
    )
    assert false_alarm_rate(separate, others) < 0.5 < false_alarm_rate(pooled, others)


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", ["separate", "centred"])
def test_the_target_does_not_spoil_the_source(detector, domains):
    table = join(clips(200), clips(10, seed=1, shift=5.0))
    settings = fitter(view(detector, domains=domains))
    model = fit_tables(settings, [table], [SOURCE] * 200 + [TARGET] * 10)
    assert false_alarm_rate(model, clips(1000, seed=2)) <= 0.2
    calibration = replace(settings.config.calibration, limit="pooled")
    pooled = model.recalibrated(replace(settings.config, calibration=calibration))
    assert 0.02 <= false_alarm_rate(pooled, clips(1000, seed=2)) <= 0.2


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", ["separate", "centred", "pooled"])
@pytest.mark.parametrize("n_target", [0, 1, 2, 3])
def test_a_handful_of_target_clips_gives_finite_scores(detector, domains, n_target):
    table = join(clips(15, 4), clips(n_target, 4, seed=1, shift=5.0)) if n_target else clips(15, 4)
    model = fit(table, [SOURCE] * 15 + [TARGET] * n_target, detector, domains=domains)
    assert np.isfinite(model.held_out_scores).all()
    assert np.isfinite(score(model, clips(9, 4, seed=2))).all()


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("n_target", [1, 2, 3])
def test_a_handful_of_target_clips_of_one_row_each_can_share_a_model(detector, n_target):
    table = join(clips(30), clips(n_target, seed=1, shift=5.0))
    model = fit(table, [SOURCE] * 30 + [TARGET] * n_target, detector, domains="centred")
    assert np.isfinite(score(model, clips(9, seed=2))).all()


@pytest.mark.parametrize("domain", [SOURCE, TARGET, None])
def test_the_name_of_a_single_domain_does_not_matter(domain):
    model = fit(clips(30), [domain] * 30)
    assert np.array_equal(model.held_out_scores, fit(clips(30)).held_out_scores)
    assert [alarms.domain for alarms in model.alarms] == [domain]


def test_clips_of_unknown_domain_are_a_group_of_their_own():
    table = join(clips(20), clips(10, seed=1, shift=50.0))
    unknown = fit(table, [SOURCE] * 20 + [None] * 10)
    assert [alarms.domain for alarms in unknown.alarms] == [SOURCE, None]
    assert false_alarm_rate(unknown, clips(50, seed=2, shift=50.0)) <= 0.5


def test_a_domain_of_one_clip_joins_the_largest():
    table = join(clips(20), clips(1, seed=1, shift=5.0))
    alone = fit(table, [SOURCE] * 20 + [TARGET])
    joined = fit(table, [SOURCE] * 21)
    assert np.array_equal(alone.held_out_scores, joined.held_out_scores)


def test_three_clips_of_different_domains_are_enough():
    model = fit(clips(3, 4), [SOURCE, TARGET, SOURCE])
    assert np.isfinite(score(model, clips(3, 4, seed=1))).all()


@pytest.mark.parametrize("n_clips", [1, 2])
def test_so_few_clips_that_nothing_tells_how_much_they_differ_are_refused(n_clips):
    expected = f"training clips: got {n_clips}, expected at least 3 that differ"
    with pytest.raises(ValueError, match=expected):
        fit(clips(n_clips))


def test_the_threshold_is_the_conformal_limit_of_the_held_out_scores():
    model = fit(clips(49))
    assert model.threshold == np.sort(model.held_out_scores)[44]  # of rank 50 * .9


def test_another_rate_takes_another_threshold_from_the_scores_that_the_model_keeps():
    settings = fitter(view())
    model = fit_tables(settings, [clips(49)], [SOURCE] * 49)
    asked = model.recalibrated(at_rate(settings.config, 0.2))
    assert asked.threshold == np.sort(model.held_out_scores)[39]
    assert [alarms.n_alarms for alarms in (*model.alarms, *asked.alarms)] == [4, 9]
    assert model.recalibrated(at_rate(settings.config, 0.04)).alarms[0].has_fitted_tail
    with pytest.raises(ValueError, match="got a rate of 0.01 with 49 .* it takes 99,"):
        model.recalibrated(at_rate(settings.config, 0.01))


def in_sessions(n_sessions, n_each, spread, *, seed=0):
    """Clips whose sessions have places of their own, and their sessions."""
    rng = np.random.default_rng(seed)
    places = np.repeat(spread * rng.normal(size=(n_sessions, 6)), n_each, axis=0)
    rows = places + rng.normal(size=(n_sessions * n_each, 6))
    names = [f"{seed} {number}" for number in np.repeat(np.arange(n_sessions), n_each)]
    return make_table(list(rows[:, np.newaxis].astype(np.float32))), names


@pytest.mark.parametrize(("sessions", "low", "high"), [("same", 0.3, 1), ("auto", 0, 0.2)])
def test_only_sessions_that_are_held_out_as_wholes_tell_of_new_ones(sessions, low, high):
    table, names = in_sessions(12, 8, 4.0)
    calibration = CalibrationConfig(n_folds=12, sessions=sessions)
    settings = MachineFitter.from_config(Config(views=(view(),), calibration=calibration))
    tables = dict.fromkeys(settings.features, table)
    model = settings.fit(tables, [SOURCE] * table.n_clips, sessions=names)
    assert model.clips.is_for_new == (sessions == "auto")
    assert low <= false_alarm_rate(model, in_sessions(300, 1, 4.0, seed=1)[0]) <= high
    assert [alarms.n_sessions for alarms in model.alarms] == [12]


def test_the_threshold_of_the_settings_is_used():
    settings = fitter(view(), threshold=Spec("percentile", (("percentile", 50.0),)))
    model = fit_tables(settings, [clips(50)], [SOURCE] * 50)
    assert model.threshold == np.median(model.held_out_scores)


def test_a_score_at_the_threshold_is_normal():
    model = fit(clips(20))
    scores = np.array([model.threshold, np.nextafter(model.threshold, np.inf)])
    assert model.decide(scores).tolist() == [False, True]


def test_false_alarms_are_counted_by_domain():
    table = join(clips(40), clips(10, seed=1, shift=5.0))
    domains = [SOURCE, TARGET, None, SOURCE, SOURCE] * 10
    model = fit(table, domains)
    is_alarm = model.decide(model.held_out_scores)
    for alarms in model.alarms:
        members = [domain is alarms.domain for domain in domains]
        assert (alarms.n_clips, alarms.n_alarms) == (sum(members), is_alarm[members].sum())
    assert [alarms.domain for alarms in model.alarms] == [SOURCE, TARGET, None]


def test_the_false_alarm_rate_is_the_share_of_clips():
    assert DomainAlarms(domain=None, n_clips=8, n_alarms=2).false_alarm_rate == 0.25


def test_no_alarm_among_ten_clips_still_allows_a_rate_of_31_percent():
    alarms = DomainAlarms(domain=TARGET, n_clips=10, n_alarms=0)
    assert clopper_pearson(alarms.n_alarms, alarms.n_clips) == pytest.approx((0, 0.3085), abs=1e-4)


def test_p_values_of_new_normal_clips_are_spread_evenly():
    model = fit(clips(300))
    p_values = model.standing(score(model, clips(2000, seed=1))).p_values
    for level in (0.05, 0.1, 0.5):
        # averaged fold models vary less than the one that held a clip out, which lowers the tail
        assert (p_values <= level).mean() == pytest.approx(level, abs=0.05)


def test_at_the_threshold_the_p_value_is_about_a_tenth():
    model = fit(clips(300))
    assert model.standing(np.array([model.threshold])).p_values[0] == pytest.approx(0.1, abs=0.01)


@pytest.mark.uncounted
@pytest.mark.parametrize("detector", KINDS)
def test_the_same_settings_and_clips_give_the_same_bits(detector):
    table = join(clips(30, 3), clips(6, 3, seed=1, shift=5.0))
    domains = [SOURCE] * 30 + [TARGET] * 6
    first, second = (fit(table, domains, detector) for _ in "ab")
    others = clips(9, 3, seed=2)
    assert first.threshold == second.threshold
    assert np.array_equal(first.held_out_scores, second.held_out_scores)
    assert np.array_equal(score(first, others), score(second, others))


@pytest.mark.uncounted
@pytest.mark.parametrize("n_clips", [15, pytest.param(50, marks=pytest.mark.long)])
@pytest.mark.parametrize("detector", KINDS)
@pytest.mark.parametrize("domains", ["separate", "centred", "pooled"])
@pytest.mark.parametrize("scaling", ["standardise", "whiten", "discriminant"])
def test_a_clip_scores_the_same_bits_alone_in_any_batch_and_in_any_order(
    detector, domains, scaling, n_clips
):
    table = join(clips(40, 3, 40), clips(8, 3, 40, seed=1, shift=2.0))
    settings = {"domains": domains, "scaling": Spec(scaling)}
    model = fit(table, [SOURCE] * 40 + [TARGET] * 8, detector, **settings)
    others = clips(n_clips, 3, 40, seed=2)
    together = score(model, others)
    for size in (1, 7):
        batches = [
            np.arange(start, min(start + size, n_clips)) for start in range(0, n_clips, size)
        ]
        parts = [score(model, others.select(batch)) for batch in batches]
        assert np.array_equal(together, np.concatenate(parts))
    order = np.random.default_rng(0).permutation(n_clips)
    turned = make_table([others.X[others.clip_index == clip] for clip in order])
    assert np.array_equal(together[order], score(model, turned))


def test_another_seed_draws_other_folds():
    changed = fit_tables(fitter(view(), seed=1), [clips(50)], [SOURCE] * 50)
    assert not np.array_equal(changed.held_out_scores, fit(clips(50)).held_out_scores)


def test_fit_and_score_change_no_row():
    table, others = clips(20), clips(5, seed=1)
    score(fit(table), others)
    assert np.array_equal(table.X, clips(20).X)
    assert np.array_equal(others.X, clips(5, seed=1).X)


def test_two_equal_views_of_a_family_score_like_one():
    views = view(name="a", family="a"), view(name="b", family="a")
    both = fit_tables(fitter(*views), [clips(50)], [SOURCE] * 50)
    alone = fit(clips(50))
    others = clips(9, seed=1)
    np.testing.assert_allclose(score(both, others), score(alone, others), rtol=1e-12)
    assert both.threshold == pytest.approx(alone.threshold, rel=1e-12)


def test_views_of_equal_features_share_their_training_rows():
    table, other = clips(50), clips(50, 1, 3)
    views = [view(name=name, n_mfcc=n_mfcc) for name, n_mfcc in (("a", 20), ("b", 5), ("c", 20))]
    model = fit_tables(fitter(*views), [table, other], [SOURCE] * 50)
    assert model.views[0].key == model.views[2].key
    shapes = [model.training_rows[view.key].shape for view in model.views]
    assert shapes == [table.X.shape, other.X.shape, table.X.shape]
    assert len(model.training_rows) == 2


def test_views_that_may_learn_from_fewer_rows_have_rows_of_their_own():
    views = view(name="a"), view(name="b", n_rows=100)
    model = fit_tables(fitter(*views), [clips(150)], [SOURCE] * 150)
    assert [len(model.training_rows[view.key]) for view in model.views] == [150, 100]


def test_tables_are_told_apart_by_what_they_hold_and_not_by_their_order():
    settings = fitter(view(name="a"), view("mahalanobis", name="b", n_mfcc=5))
    tables = dict(zip(settings.features, [clips(50), clips(50, 1, 3, seed=3)], strict=True))
    others = dict(zip(settings.features, [clips(9, seed=1), clips(9, 1, 3, seed=4)], strict=True))
    model = settings.fit(tables, [SOURCE] * 50)
    turned = settings.fit(dict(reversed(tables.items())), [SOURCE] * 50)
    assert np.array_equal(
        model.score(others).anomaly, turned.score(dict(reversed(others.items()))).anomaly
    )


def test_views_of_different_time_scales_are_fused():
    seconds, whole = clips(50, 4), clips(50, 1, 3)
    views = view(name="a", group="a"), view("mahalanobis", name="b", group="b", n_mfcc=5)
    model = fit_tables(fitter(*views, fusion=Spec("max")), [seconds, whole], [SOURCE] * 50)
    others = [clips(9, 4, seed=1), clips(9, 1, 3)]
    by_view = [
        view.score(table, view.ready(model.training_rows[view.key])).anomaly
        for view, table in zip(model.views, others, strict=True)
    ]
    assert np.array_equal(score(model, *others), model.fusion.fuse(np.column_stack(by_view)))


def gated(peakiness):
    """A gate between two views, fitted on clips of one peakiness."""
    views = view(name="a", group="steady"), view("ldn", name="b", group="impulsive", n_mfcc=5)
    level = make_table([np.full((1, 1), peakiness, np.float32)] * 50)
    tables = [clips(50), clips(50, seed=7), level]
    return fit_tables(fitter(*views, fusion=Spec("gate")), tables, [SOURCE] * 50)


@pytest.mark.parametrize(("peakiness", "share"), [(-1.0, 0.05), (6.0, 0.5), (25.0, 0.95)])
def test_a_gate_follows_the_peakiness_of_the_training_clips(peakiness, share):
    model = gated(peakiness)
    assert model.fusion.peakiness == peakiness
    np.testing.assert_allclose(model.fusion.weights, [1 - share, share], atol=0.03)


def test_a_gated_model_needs_the_peakiness_of_training_clips_only():
    model = gated(3.0)
    settings = fitter(view(), view(name="b", group="impulsive"), fusion=Spec("gate"))
    assert settings.features == (*fitter(view()).features, settings.peakiness)
    assert settings.peakiness not in model.features
    assert np.isfinite(score(model, clips(9, seed=1), clips(9, seed=2))).all()


def test_a_gate_without_its_group_is_refused_before_any_fit():
    with pytest.raises(ConfigError, match="fusion: gate: got groups all .* 'impulsive'"):
        fitter(view(), fusion=Spec("gate"))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("fusion", "fusion: got 'best', expected one of gate, max, mean"),
        ("threshold", "threshold: got 'best', expected one of gamma, limit, percentile"),
    ],
)
def test_a_part_that_cannot_be_built_is_refused_before_any_fit(key, message):
    with pytest.raises(ConfigError, match=message):
        fitter(view(), **{key: Spec("best")})


def test_domains_of_other_clips_than_the_rows_are_refused():
    with pytest.raises(ValueError, match=r"got \[6\] clips, expected 5 of each"):
        fit(clips(6), [SOURCE] * 5)
