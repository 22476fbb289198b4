import numpy as np
import pytest
from made_rows import normal_rows
from sklearn import ensemble

from dcase_classic.model.isolation_forest import IsolationForest
from dcase_classic.model.plain import Sizes


@pytest.mark.uncounted
@pytest.mark.parametrize(("n_rows", "n_trees"), [(2, 1), (2, 20), (3, 20), (100, 7), (600, 50)])
def test_scores_are_those_of_scikit_learns_forest(n_rows, n_trees):
    rows, others = normal_rows(n_rows), 3 * normal_rows(40, seed=1)
    theirs = ensemble.IsolationForest(n_estimators=n_trees, random_state=3).fit(rows)
    ours = IsolationForest(n_trees)
    ours.seed = 3
    actual = ours.fit(rows).score_samples(others)
    # the paths of the trees are summed in the same order
    np.testing.assert_allclose(actual, theirs.score_samples(others), rtol=1e-12)


def test_a_forest_of_one_row_scores_every_row_alike():
    scores = IsolationForest(5).fit(normal_rows(1)).score_samples(normal_rows(4, seed=1))
    assert scores.tolist() == [-0.5] * 4


def test_equal_rows_are_isolated_by_no_split():
    scores = IsolationForest(5).fit(np.ones((30, 2), np.float32)).score_samples(normal_rows(4, 2))
    assert np.ptp(scores) == 0


def test_a_forest_without_trees_is_refused():
    with pytest.raises(ValueError, match="n_estimators: got 0, expected at least 1"):
        IsolationForest(0)


def changed(position, value):
    def change(values):
        values = values.copy()
        values[position] = value
        return values

    return change


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("roots_", lambda roots: roots[1:], "got 2 trees, expected 3 by the settings"),
        ("children_", lambda children: children[:1], "by the settings"),
        ("roots_", changed(0, 10**6), "got nodes that are not among the"),
        ("children_", changed((0, 0), 10**6), "got nodes that are not among the"),
        ("children_", changed((1, 5), 2), "got a child before its parent"),
        ("features_", changed(0, 5), "got column 5 of 5"),
    ],
)
def test_a_forged_tree_is_found_out(name, change, problem):
    forest = IsolationForest(3).fit(normal_rows())
    values = {key: getattr(forest, key) for key in forest.learned}
    sizes = {"n_components": 5, "n_nodes": len(forest.features_)}
    assert forest.learned_problem(values, Sizes(sizes)) is None
    assert problem in forest.learned_problem(values | {name: change(values[name])}, Sizes(sizes))
