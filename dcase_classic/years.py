"""Tables of what differs between DCASE years; no behaviour.

Source: the official file lists and readmes of DCASE Challenge Task 2, 2020-2026.
"""

import re
from enum import StrEnum

AUDIO_EXTENSIONS = (".wav", ".flac")

# A name is parsed only up to its index; the attribute tail is free text (dots, doubled keys).
CLIP_NAME_PATTERNS = (
    # labelled clips of 2021-2026: training, development test, renamed evaluation test
    re.compile(
        r"section_(?P<section>\d{2})_(?P<domain>source|target)_(?:(?P<split>train|test)_)?"
        r"(?P<label>normal|anomaly)_(?P<index>\d+)(?:_(?P<attributes>.*))?"
    ),
    # hidden evaluation test of 2021: the domain is known
    re.compile(r"section_(?P<section>\d{2})_(?P<domain>source|target)_test_(?P<index>\d+)"),
    # hidden evaluation test of 2022-2026
    re.compile(r"section_(?P<section>\d{2})_(?:test_)?(?P<index>\d+)"),
    # labelled clips of 2020
    re.compile(r"(?P<label>normal|anomaly)_id_(?P<section>\d{2})_(?P<index>\d{8})"),
    # hidden evaluation test of 2020
    re.compile(r"id_(?P<section>\d{2})_(?P<index>\d{8})"),
)


class MetricRule(StrEnum):
    """Which clips an AUC compares; it changed twice."""

    PER_SECTION = "per section"  # 2020: the clips of one machine id, no domains
    PER_DOMAIN = "per domain"  # 2021: everything inside each domain
    SHARED_ANOMALIES = "shared anomalies"  # 2022+: normals of a domain, all anomalies


METRIC_RULES = {
    2020: MetricRule.PER_SECTION,
    2021: MetricRule.PER_DOMAIN,
    2022: MetricRule.SHARED_ANOMALIES,
    2023: MetricRule.SHARED_ANOMALIES,
    2024: MetricRule.SHARED_ANOMALIES,
    2025: MetricRule.SHARED_ANOMALIES,
    2026: MetricRule.SHARED_ANOMALIES,  # no official evaluator seen; its baseline prints these
}

# The end of ``anomaly_score_<machine>_<tail>.csv`` and ``decision_result_<machine>_<tail>.csv``.
PLAIN_TAIL = "section_{section}"  # readmes and several teams of 2022; refused by the evaluators
DEFAULT_TAIL = "section_{section}_test"
SUBMISSION_TAILS = {
    2020: "id_{section}",
    2021: "section_{section}_{domain}_test",
    2022: DEFAULT_TAIL,
    2023: DEFAULT_TAIL,
    2024: DEFAULT_TAIL,
    2025: DEFAULT_TAIL,
    2026: DEFAULT_TAIL,
}
YEARS_WITHOUT_DECISIONS = frozenset({2020})
