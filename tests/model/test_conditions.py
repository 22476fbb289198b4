import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.model.conditions import condition_groups, number_conditions


def test_equal_attributes_have_equal_numbers():
    assert number_conditions(["spd_6", "spd_4", "", "spd_4"]).tolist() == [2, 1, 0, 1]


def test_clips_of_a_domain_and_condition_are_a_group():
    domains, conditions = np.repeat([0, 0, 1], 5), np.repeat([0, 1, 1], 5)
    assert condition_groups(domains, conditions).tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_rare_conditions_of_a_domain_stay_together():
    domains, conditions = np.repeat([0, 1], [9, 4]), np.array([0] * 5 + [1, 1, 2, 3] + [0, 1, 2, 3])
    groups = condition_groups(domains, conditions)
    assert [len(set(groups[part])) for part in (slice(5), slice(5, 9), slice(9, 13))] == [1, 1, 1]
    assert len(set(groups)) == 3


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1))
def test_groups_are_numbered_without_gaps_and_never_mix_domains(pairs):
    domains, conditions = np.array(pairs).T
    groups = condition_groups(domains, conditions)
    assert set(groups) == set(range(groups.max() + 1))
    for group in set(groups):
        assert len(set(domains[groups == group])) == 1
