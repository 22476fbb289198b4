"""A Gaussian mixture that scikit-learn fits and that scores row by row.

scikit-learn's own ``score_samples`` multiplies matrices of the height of its batch, which rounds
the same row otherwise beside others; and scoring needs no import of scikit-learn this way.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from dcase_classic.config.setting import check_setting
from dcase_classic.model.check_rows import check_rows
from dcase_classic.model.detector import Detector
from dcase_classic.model.plain import Field, Numbers, Sizes, Whole
from dcase_classic.model.row_products import row_by_row_products
from dcase_classic.records import Scores
from dcase_classic.wording import counted

# Shapes of the factors of the precisions, with names of a model: n_components are columns there.
_COVARIANCES: dict[str, tuple[str, ...]] = {
    "full": ("n_mixture", "n_components", "n_components"),
    "tied": ("n_components", "n_components"),
    "diag": ("n_mixture", "n_components"),
    "spherical": ("n_mixture",),
}


class Mixture(Detector):
    """Log density of a row under a mixture of Gaussians.

    Parameters
    ----------
    n_components : number of Gaussians, from 1; of fewer rows than that each is one.
    covariance_type : ``full``, ``tied``, ``diag`` or ``spherical``.
    reg_covar : added to every variance; from 0.
    """

    def __init__(
        self, n_components: int = 2, covariance_type: str = "full", reg_covar: float = 1e-3
    ) -> None:
        check_setting(n_components >= 1, "n_components", n_components, "at least 1")
        is_known, expected = covariance_type in _COVARIANCES, ", ".join(_COVARIANCES)
        check_setting(is_known, "covariance_type", covariance_type, expected)
        check_setting(0 <= reg_covar < np.inf, "reg_covar", reg_covar, "a number from 0")
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.learned: Mapping[str, Field] = {
            "n_features_in_": Whole(1, size="n_components"),
            "log_weights_": Numbers(("<f8",), ("n_mixture",), high=0),
            "means_": Numbers(("<f8",), ("n_mixture", "n_components")),
            "factors_": Numbers(("<f8",), _COVARIANCES[covariance_type]),
        }

    def learned_problem(self, values: Mapping[str, Any], sizes: Sizes) -> str | None:
        """What is wrong with the number of Gaussians, their weights or their widths, or None."""
        log_weights, factors = values["log_weights_"], values["factors_"]
        if len(log_weights) > self.n_components:
            return (
                f"got {counted(len(log_weights), 'Gaussian')}, "
                f"expected at most {self.n_components} by the settings"
            )
        if abs(np.exp(log_weights).sum() - 1) > 1e-6:
            return "got weights of another sum, expected 1"
        is_matrix = self.covariance_type in {"full", "tied"}
        widths = np.diagonal(factors, axis1=-2, axis2=-1) if is_matrix else factors
        return None if (widths > 0).all() else "got a factor that is not positive"

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn from rows (n_rows, n_features)."""
        from sklearn.mixture import GaussianMixture  # slow, and not needed to score

        rows = check_rows(X, dtype=np.float64)
        n_different = len(np.unique(rows, axis=0))  # of equal rows there is nothing to tell apart
        mixture = GaussianMixture(
            min(self.n_components, n_different),
            covariance_type=self.covariance_type,
            reg_covar=self.reg_covar,
            random_state=self.seed,
        ).fit(rows)
        self.n_features_in_ = rows.shape[1]
        self.log_weights_ = np.log(mixture.weights_)
        self.means_ = mixture.means_
        self.factors_ = mixture.precisions_cholesky_
        return self

    def score_samples(self, X: ArrayLike) -> Scores:
        """Normality (n_rows,) of rows (n_rows, n_features): the log density."""
        rows = check_rows(X, dtype=np.float64, n_features=self.n_features_in_)
        logarithms = [self._log_density(rows, k) for k in range(len(self.means_))]
        return np.asarray(reduce(np.logaddexp, logarithms))

    def _log_density(self, rows: Scores, component: int) -> Scores:
        """That of one component, times its weight."""
        factor = self.factors_ if self.covariance_type == "tied" else self.factors_[component]
        centred = rows - self.means_[component]
        is_matrix = np.ndim(factor) == 2
        whitened = row_by_row_products(centred, factor) if is_matrix else centred * factor
        scales = np.broadcast_to(factor.diagonal() if is_matrix else factor, centred.shape[1:])
        constant = self.log_weights_[component] + np.log(scales).sum()
        constant -= 0.5 * centred.shape[1] * np.log(2 * np.pi)
        return np.asarray(constant - 0.5 * np.einsum("ij,ij->i", whitened, whitened))
