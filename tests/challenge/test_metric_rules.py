import pytest

from dcase_classic.challenge.metric_rules import CURVES, MetricRule
from dcase_classic.challenge.which_year import rule_of_name
from dcase_classic.records import Domain


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("id_01_00000003.wav", MetricRule.PER_SECTION),
        ("anomaly_id_01_00000003.wav", MetricRule.PER_SECTION),
        ("section_03_source_test_0000.wav", MetricRule.PER_DOMAIN),
        ("section_03_source_test_normal_0000_car_A1.wav", MetricRule.SHARED_ANOMALIES),
        ("section_03_0000.wav", MetricRule.SHARED_ANOMALIES),
    ],
)
def test_the_form_of_a_name_tells_the_rule_of_its_years(name, rule):
    assert rule_of_name(name) is rule


@pytest.mark.parametrize("rule", MetricRule)
def test_every_rule_has_curves_of_different_keys(rule):
    keys = [curve.key for curve in CURVES[rule]]
    assert len(set(keys)) == len(keys) > 1


def test_only_2020_has_no_domains_and_no_official_score():
    assert MetricRule.PER_SECTION.domains == (None,)
    assert not any(curve.is_official for curve in CURVES[MetricRule.PER_SECTION])
    for rule in (MetricRule.PER_DOMAIN, MetricRule.SHARED_ANOMALIES):
        assert rule.domains == (Domain.SOURCE, Domain.TARGET)
        assert any(curve.is_official for curve in CURVES[rule])
