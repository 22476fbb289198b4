import json

from made_outcomes import make_evaluation

from dcase_classic.outcomes.evaluations import Ranking
from dcase_classic.report.evaluation_json import ranking_json


def as_plain(*evaluations, **changes):
    fields = {"failures": {}, "warnings": ()} | changes
    return json.loads(ranking_json(Ranking(evaluations=evaluations, **fields)))


def test_values_are_not_rounded_and_null_where_there_is_none():
    (section, *_) = as_plain(make_evaluation())["sections"]
    assert (section["auc_source"], section["auc_source_ci95"]) == (0.9125, [0.8, 0.99])
    assert (section["pauc"], section["auc_target_ci95"]) == (None, None)
    assert section["counts"] == {"source": {"n_normal": 2, "n_anomaly": 3}}


def test_every_machine_and_all_have_their_own_means():
    plain = as_plain(make_evaluation())
    assert [machine["machine_type"] for machine in plain["machines"]] == ["fan", "pump"]
    assert plain["machines"][1]["arithmetic_mean"]["auc_source"] == 0.63
    assert plain["machines"][1]["harmonic_mean"]["auc_source"] == 0.54
    assert plain["totals"]["harmonic_mean"]["auc_source"] == 0.36


def test_one_system_is_an_object_with_the_warnings_of_all_first():
    plain = as_plain(make_evaluation(), warnings=("no truth of valve",))
    assert plain["system"] == "ours"
    assert plain["warnings"] == ["no truth of valve", "fan section 00: pauc is null"]


def test_several_systems_have_ranks_and_failures_stand_beside_them():
    systems = make_evaluation("a"), make_evaluation("b", official_score=0.58)
    plain = as_plain(*systems, failures={"c": "no files"}, warnings=("w",))
    assert [(system["rank"], system["system"]) for system in plain["systems"]] == [
        (1, "a"), (2, "b")
    ]  # fmt: skip
    assert (plain["failures"], plain["warnings"]) == ({"c": "no files"}, ["w"])
