import numpy as np
import pytest
from made_rows import normal_rows
from sklearn.mixture import GaussianMixture

from dcase_classic.model.mixture import Mixture
from dcase_classic.model.plain import Sizes


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_the_normality_is_the_log_density_of_scikit_learn(kind):
    rows, others = normal_rows(), normal_rows(40, seed=1, offset=0.5)
    mixture = Mixture(3, kind, 1e-3)
    mixture.seed = 5
    ours = mixture.fit(rows).score_samples(others)
    theirs = GaussianMixture(3, covariance_type=kind, reg_covar=1e-3, random_state=5)
    expected = theirs.fit(rows.astype(float)).score_samples(others.astype(float))
    np.testing.assert_allclose(ours, expected, rtol=1e-10)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_forged_weights_and_factors_are_found_out(kind):
    mixture = Mixture(2, kind).fit(normal_rows())
    values = {key: getattr(mixture, key) for key in mixture.learned}
    assert mixture.learned_problem(values, Sizes()) is None
    for name, forged, problem in [
        ("log_weights_", np.tile(values["log_weights_"], 2), "got 4 Gaussians, expected at most 2"),
        ("log_weights_", values["log_weights_"][1:], "weights of another sum"),
        ("log_weights_", values["log_weights_"] - 1, "weights of another sum"),
        ("factors_", -values["factors_"], "a factor that is not positive"),
    ]:
        assert problem in mixture.learned_problem(values | {name: forged}, Sizes())


def test_fewer_rows_than_gaussians_make_a_mixture_that_can_be_kept():
    mixture = Mixture(8).fit(normal_rows()[:4])
    values = {key: getattr(mixture, key) for key in mixture.learned}
    assert len(values["log_weights_"]) == 4
    assert mixture.learned_problem(values, Sizes()) is None
