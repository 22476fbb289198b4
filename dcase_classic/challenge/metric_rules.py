"""Which clips the areas under ROC curves of a year compare; no behaviour."""

from dataclasses import dataclass
from enum import StrEnum

from dcase_classic.records import Domain


class MetricRule(StrEnum):
    """Which clips an AUC compares; it changed twice."""

    PER_SECTION = "per section"  # 2020: the clips of one machine id, no domains
    PER_DOMAIN = "per domain"  # 2021: everything inside each domain
    SHARED_ANOMALIES = "shared anomalies"  # 2022+: normals of a domain, all anomalies

    @property
    def domains(self) -> tuple[Domain | None, ...]:
        """The domains that are looked at one by one; None stands for all clips."""
        return (None,) if self is MetricRule.PER_SECTION else tuple(Domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One area under a ROC curve: whose normals against whose anomalies; None = of all clips.

    ``is_partial`` tells whether it is a partial AUC, ``is_official`` whether it enters the official
    score.
    """

    key: str
    normals: Domain | None = None
    anomalies: Domain | None = None
    is_partial: bool = False
    is_official: bool = True


SOURCE, TARGET = Domain.SOURCE, Domain.TARGET

CURVES: dict[MetricRule, tuple[Curve, ...]] = {
    MetricRule.PER_SECTION: (
        Curve(key="auc", is_official=False),
        Curve(key="pauc", is_partial=True, is_official=False),
    ),
    MetricRule.PER_DOMAIN: (
        Curve(key="auc_source", normals=SOURCE, anomalies=SOURCE),
        Curve(key="auc_target", normals=TARGET, anomalies=TARGET),
        Curve(key="pauc_source", normals=SOURCE, anomalies=SOURCE, is_partial=True),
        Curve(key="pauc_target", normals=TARGET, anomalies=TARGET, is_partial=True),
    ),
    MetricRule.SHARED_ANOMALIES: (
        Curve(key="auc_source", normals=SOURCE),
        Curve(key="auc_target", normals=TARGET),
        Curve(key="pauc", is_partial=True),
        Curve(key="auc_all", is_official=False),
    ),
}
