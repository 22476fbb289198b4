import json

import numpy as np
import pytest
import writing

from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate
from dcase_classic.report.evaluation_json import ranking_json
from dcase_classic.report.evaluation_text import ranking_text

KEYS_2022 = {
    *("machine_type", "section", "counts", "accuracy", "auc_all", "auc_all_ci95"),
    *("auc_source", "auc_target", "pauc", "auc_source_ci95", "auc_target_ci95", "pauc_ci95"),
    *(
        f"{key}_{domain}{tail}"
        for key in ("precision", "recall", "f1", "false_alarm_rate")
        for domain in ("source", "target")
        for tail in ("", "_ci95")
    ),
    "accuracy_ci95",
}


@pytest.fixture
def truth(tmp_path):
    return writing.write_ground_truth(tmp_path / "truth", machines=("fan", "valve"))


def content(results, truth=(), **settings):
    ranking = evaluate(results, truth, EvaluationSettings(**settings))
    return json.loads(ranking_json(ranking))


def test_one_system_gives_one_object_with_all_keys(tmp_path, truth):
    for machine_type in ("fan", "valve"):
        writing.write_results(tmp_path / "run", machine_type=machine_type)
    result = content(tmp_path / "run", [truth])
    assert result["system"] == "run"
    assert [section["machine_type"] for section in result["sections"]] == ["fan", "valve"]
    assert set(result["sections"][0]) == KEYS_2022
    assert result["sections"][0]["counts"]["source"]["normal"] == 10
    assert [machine["machine_type"] for machine in result["machines"]] == ["fan", "valve"]
    assert result["machines"][0]["harmonic_mean"]["pauc"] == result["sections"][0]["pauc"]
    values = [
        result["sections"][i][key] for i in (0, 1) for key in ("auc_source", "auc_target", "pauc")
    ]
    assert result["official_score"] == pytest.approx(6 / sum(1 / value for value in values))
    low, high = result["official_score_ci95"]
    assert low < result["official_score"] < high
    assert result["warnings"] == []


def test_intervals_can_be_left_out(tmp_path, truth):
    writing.write_results(tmp_path / "run")
    result = content(tmp_path / "run", [truth], with_intervals=False)
    assert result["official_score_ci95"] is None
    assert not any(key.endswith("ci95") for key in result["sections"][0])


def test_the_output_of_score_in_machine_folders_is_one_system(tmp_path, truth):
    for machine_type in ("fan", "valve"):
        writing.write_results(tmp_path / "run" / machine_type, machine_type=machine_type)
    assert len(content(tmp_path / "run", [truth])["sections"]) == 2


def test_the_order_of_rows_does_not_matter(tmp_path, truth):
    names = writing.hidden_names()
    scores = np.random.default_rng(0).normal(size=40)
    order = np.random.default_rng(1).permutation(40)
    writing.write_results(tmp_path / "a" / "run", names, scores)
    writing.write_results(tmp_path / "b" / "run", [names[i] for i in order], scores[order])
    assert content(tmp_path / "a" / "run", [truth]) == content(tmp_path / "b" / "run", [truth])


def test_names_of_results_can_tell_the_truth(tmp_path):
    writing.write_results(tmp_path / "run", writing.labelled_names())
    with_names = content(tmp_path / "run")
    writing.write_recordings(tmp_path / "data", writing.labelled_names())
    assert content(tmp_path / "run", [tmp_path / "data"]) == with_names


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("section_04_source_test_normal_0000_vel_3.0.wav", "of another section"),
        ("section_03_source_train_normal_0000_vel_3.0.wav", "a training clip"),
    ],
)
def test_names_of_other_clips_tell_no_truth(tmp_path, name, problem):
    writing.write_results(tmp_path / "run", [*writing.labelled_names(), name])
    with pytest.raises(SubmissionError, match=f"run: fan section 03: {name} is {problem}"):
        evaluate(tmp_path / "run")


def test_hidden_names_without_truth_are_an_error_that_asks_for_it(tmp_path):
    writing.write_results(tmp_path / "run")
    with pytest.raises(DataError, match="carry no labels; give --truth"):
        evaluate(tmp_path / "run")


def test_labelled_names_are_matched_with_hidden_ones_and_this_is_said(tmp_path):
    listing = writing.write_list(tmp_path / "eval_data_list_2023.csv")
    writing.write_results(tmp_path / "a" / "run")
    writing.write_results(tmp_path / "b" / "run", writing.labelled_names())
    hidden, labelled = (content(tmp_path / x / "run", [listing]) for x in "ab")
    assert labelled["warnings"] == [
        "fan section 03: 40 labelled names were matched with hidden ones"
    ]
    assert labelled["official_score"] == hidden["official_score"]


def test_a_clip_by_both_of_its_names_is_refused(tmp_path):
    listing = writing.write_list(tmp_path / "eval_data_list_2023.csv")
    names = [*writing.hidden_names()[:-1], writing.labelled_names()[0]]
    writing.write_results(tmp_path / "run", names)
    with pytest.raises(SubmissionError, match=r"two rows for section_03_0000\.wav"):
        evaluate(tmp_path / "run", [listing])


def test_missing_and_unknown_rows_are_all_named(tmp_path, truth):
    names = [*writing.hidden_names()[2:], "section_03_9999.wav"]
    writing.write_results(tmp_path / "run", names)
    folder = writing.write_results(tmp_path / "run", machine_type="valve")
    decisions = folder / "decision_result_valve_section_03_test.csv"
    decisions.write_text("".join(decisions.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(SubmissionError) as raised:
        evaluate(tmp_path / "run", [truth])
    fan, valve = str(raised.value).splitlines()
    assert fan == (
        f"{tmp_path / 'run'}: fan section 03: 2 missing rows: section_03_0000.wav, "
        "section_03_0001.wav; 1 unknown row: section_03_9999.wav"
    )
    problem = "valve section 03: decisions: 1 missing row: section_03_0000.wav"
    assert valve == f"{tmp_path / 'run'}: {problem}"


def test_clips_without_a_score_can_be_left_out_and_this_is_said(tmp_path, truth):
    writing.write_results(tmp_path / "run", writing.hidden_names()[1:])
    result = content(tmp_path / "run", [truth], skip_missing=True)
    assert result["sections"][0]["counts"]["source"]["normal"] == 9
    assert "left out 1 clip without a score: section_03_0000.wav" in result["warnings"][0]


def test_one_defect_is_one_line_and_several_are_all_listed(tmp_path, truth):
    path = writing.write_results(tmp_path / "run") / "anomaly_score_fan_section_03_test.csv"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(SubmissionError, match=r"line 41: blank line; remove it$") as raised:
        evaluate(tmp_path / "run", [truth])
    assert str(raised.value).startswith(str(path))
    path.write_text("\ufeff" + path.read_text())
    with pytest.raises(SubmissionError, match=r"run: 2 errors, not evaluated\n.*BOM.*\n.*blank"):
        evaluate(tmp_path / "run", [truth])


def test_results_and_truth_of_other_machines_are_left_out_and_named(tmp_path, truth):
    writing.write_results(tmp_path / "run")
    writing.write_results(tmp_path / "run", machine_type="pump")
    result = content(tmp_path / "run", [truth])
    assert [section["machine_type"] for section in result["sections"]] == ["fan"]
    assert result["warnings"] == [
        "run: results without truth, not evaluated: pump 03",
        "run: no results, not evaluated: valve 03",
    ]


def test_a_truth_of_other_machines_only_is_an_error(tmp_path, truth):
    writing.write_results(tmp_path / "run", machine_type="pump")
    with pytest.raises(DataError, match="it has fan 03, valve 03, the results have pump 03"):
        evaluate(tmp_path / "run", [truth])


def test_a_truth_without_domains_is_an_error_from_2021_on(tmp_path, truth):
    writing.write_results(tmp_path / "run")
    for path in (truth / "ground_truth_domain").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="expected ground_truth_domain beside ground_truth_data"):
        evaluate(tmp_path / "run", [truth])
    assert content(tmp_path / "run", [truth], year=2020)["sections"][0]["auc"] > 0.5


def write_2020(tmp_path):
    rows = [f"{('normal', 'anomaly')[i % 2]}_id_01_{i:08d}.wav" for i in range(20)]
    listing = ["fan", *(f"id_01_{i:08d}.wav,{row},{i % 2}" for i, row in enumerate(rows))]
    return writing.write_lines(tmp_path / "eval_data_list.csv", listing)


def test_2020_has_one_auc_a_section_and_no_official_score(tmp_path):
    truth = write_2020(tmp_path)
    names = [f"id_01_{i:08d}.wav" for i in range(20)]
    folder = writing.write_results(tmp_path / "run", names, section="01", tail="id_{}")
    (folder / "decision_result_fan_id_01.csv").unlink()
    result = content(folder, [truth])
    assert result["official_score"] is None
    assert result["official_score_ci95"] is None
    assert set(result["sections"][0]) == {
        *("machine_type", "section", "auc", "pauc", "auc_ci95", "pauc_ci95", "counts"),
        *("precision", "recall", "f1", "false_alarm_rate", "accuracy"),
    }
    assert result["machines"][0]["arithmetic_mean"]["auc"] == result["sections"][0]["auc"]
    assert "official score" not in ranking_text(evaluate(folder, [truth]))


def test_systems_of_2020_are_ranked_by_their_means(tmp_path):
    truth = write_2020(tmp_path)
    names = [f"id_01_{i:08d}.wav" for i in range(20)]
    for name, factor in (("bad", -1.0), ("good", 1.0)):
        scores = factor * (np.arange(20) % 2)
        writing.write_results(tmp_path / "teams" / name, names, scores, section="01", tail="id_{}")
    systems = content(tmp_path / "teams", [truth])["systems"]
    assert [system["system"] for system in systems] == ["good", "bad"]


@pytest.mark.parametrize("tail", ["section_{}_test", "section_{}_{domain}_test"])
def test_the_names_of_2021_bring_its_rule(tmp_path, tail):
    for domain in ("source", "target"):
        names = [f"section_03_{domain}_test_{i:04d}.wav" for i in range(20)]
        truth = tmp_path / "ground_truth_data" / f"ground_truth_fan_section_03_{domain}_test.csv"
        writing.write_lines(truth, [f"{name},{i % 2}" for i, name in enumerate(names)])
        if "domain" in tail:
            tail_of = tail.replace("{domain}", domain)
            writing.write_results(tmp_path / "run", names, tail=tail_of)
    if "domain" not in tail:
        names = [
            f"section_03_{d}_test_{i:04d}.wav" for d in ("source", "target") for i in range(20)
        ]
        writing.write_results(tmp_path / "run", names)
    section = content(tmp_path / "run", [tmp_path])["sections"][0]
    assert {"auc_source", "auc_target", "pauc_source", "pauc_target"} <= set(section)
    assert "pauc" not in section


@pytest.mark.parametrize(
    ("scores", "official"),
    [
        (np.zeros(40), 0.5),
        (np.ones(40), 0.5),
        (-(np.arange(40) % 2.0), 0.0),
        (np.arange(40) % 2.0, 1.0),
    ],
    ids=["constant", "all ones", "reversed", "perfect"],
)
def test_extreme_systems_do_not_crash(tmp_path, truth, scores, official):
    writing.write_results(tmp_path / "run", scores=scores)
    ranking = evaluate(tmp_path / "run", [truth])
    result = json.loads(ranking_json(ranking))
    assert result["official_score"] == pytest.approx(official, abs=1e-12)
    assert ranking_text(ranking)


def test_a_section_with_one_class_gives_null_and_a_warning_that_names_it(tmp_path):
    names = [name.replace("anomaly", "normal") for name in writing.labelled_names()]
    writing.write_results(tmp_path / "run", names)
    ranking = evaluate(tmp_path / "run")
    result = json.loads(ranking_json(ranking))
    section = result["sections"][0]
    for key in ("auc_source", "auc_target", "pauc", "recall_source", "auc_source_ci95"):
        assert section[key] is None
    assert result["official_score"] is None
    assert "fan section 03: pauc is null: there is no anomalous clip" in ranking.all_warnings
    assert " - " in ranking_text(ranking)


def test_an_official_score_of_fewer_values_says_so(tmp_path):
    names = [name for name in writing.labelled_names() if "target_test_normal" not in name]
    writing.write_results(tmp_path / "run", names)
    ranking = evaluate(tmp_path / "run")
    assert json.loads(ranking_json(ranking))["sections"][0]["auc_target"] is None
    assert "run: the official score rests on 2 of 3 values" in ranking.all_warnings


def test_several_systems_are_ranked_and_a_bad_one_does_not_stop_the_others(tmp_path, truth):
    for name, scores in (("weak", np.zeros(40)), ("strong", np.arange(40) % 2.0)):
        writing.write_results(tmp_path / "teams" / name, scores=scores)
    writing.write_results(tmp_path / "teams" / "broken", writing.hidden_names()[1:])
    ranking = evaluate(tmp_path / "teams", [truth])
    result = json.loads(ranking_json(ranking))
    assert [(system["rank"], system["system"]) for system in result["systems"]] == [
        (1, "strong"),
        (2, "weak"),
    ]
    assert set(result["failures"]) == {"broken"}
    assert any(line.startswith("not evaluated: broken") for line in ranking.all_warnings)
    assert ranking_text(ranking).splitlines()[3].startswith("1     strong  100.00 (100.0-100.0)")


def test_systems_of_equal_scores_share_a_rank_in_every_form(tmp_path, truth):
    for name, factor in (("a", -1.0), ("b", 1.0), ("c", 2.0)):
        scores = writing.random_scores(40, 40) * factor
        writing.write_results(tmp_path / "teams" / name, scores=scores)
    ranking = evaluate(tmp_path / "teams", [truth])
    wanted = [(1, "b"), (1, "c"), (3, "a")]
    systems = json.loads(ranking_json(ranking))["systems"]
    assert [(system["rank"], system["system"]) for system in systems] == wanted
    table = ranking.to_frame()[["rank", "system"]].drop_duplicates()
    assert [*table.itertuples(index=False, name=None)] == wanted
    assert [line[0] for line in ranking_text(ranking).splitlines()[3:]] == ["1", "1", "3"]


def test_a_bad_system_beside_a_good_one_keeps_the_form_of_a_ranking(tmp_path, truth):
    writing.write_results(tmp_path / "teams" / "good")
    writing.write_results(tmp_path / "teams" / "bad", writing.hidden_names()[1:])
    ranking = evaluate(tmp_path / "teams", [truth])
    assert len(json.loads(ranking_json(ranking))["systems"]) == 1
    assert ranking_text(ranking).startswith("percent; official score")


def test_ranks_of_other_rules_and_sections_are_doubted(tmp_path):
    plain = [name.replace("_vel_3.0", "") for name in writing.labelled_names()]
    for machine_type in ("fan", "pump"):
        writing.write_results(tmp_path / "teams" / "a", plain, machine_type=machine_type)
    writing.write_results(tmp_path / "teams" / "b", plain)
    doubt = "systems do not compare: not all have results of pump 03"
    assert evaluate(tmp_path / "teams").warnings == (doubt,)
    names = [f"{('normal', 'anomaly')[i % 2]}_id_03_{i:08d}.wav" for i in range(40)]
    writing.write_results(tmp_path / "teams" / "b", names, tail="id_{}", section="03")
    (tmp_path / "teams" / "b" / "anomaly_score_fan_section_03_test.csv").unlink()
    (tmp_path / "teams" / "b" / "decision_result_fan_section_03_test.csv").unlink()
    rules = "they are evaluated by 'per section' and 'shared anomalies'; --year"
    clips = "systems do not compare: they have scored other clips of fan 03"
    assert evaluate(tmp_path / "teams").warnings == (
        f"systems do not compare: {rules}",
        doubt,
        clips,
    )


def test_only_bad_systems_are_an_error(tmp_path, truth):
    for name in "ab":
        writing.write_results(tmp_path / "teams" / name, writing.hidden_names()[1:])
    with pytest.raises(SubmissionError, match=r"no system can be evaluated\n.*a: .*\n.*b: "):
        evaluate(tmp_path / "teams", [truth])


def test_results_and_truth_that_seem_to_be_of_another_year_are_told(tmp_path):
    truth = writing.write_ground_truth(tmp_path / "truth", machines=("fan", "Vacuum"))
    writing.write_results(tmp_path / "run")
    assert content(tmp_path / "run", [truth], year=2021)["warnings"] == [
        "run: the rule is 'per domain', but the clips are named as under 'shared anomalies'",
        "run: no results, not evaluated: Vacuum 03",
        "run: the official score is of 1 of 21 sections of the eval set of 2021",
    ]
    writing.write_ground_truth(tmp_path / "truth", machines=("Vacuum",), sections=("00",))
    assert (
        "run: sections of the truth that 2022 lacks: Vacuum 00"
        in (content(tmp_path / "run", [truth], year=2022)["warnings"])
    )


def test_the_text_shows_values_intervals_means_and_decisions(tmp_path):
    truth = writing.write_ground_truth(tmp_path / "truth", sections=("03", "04"))
    for section in ("03", "04"):
        writing.write_results(tmp_path / "run", section=section)
    text = ranking_text(evaluate(tmp_path / "run", [truth], EvaluationSettings(year=2022)))
    lines = text.splitlines()
    assert lines[0] == "run: 2022, AUC rule: shared anomalies; percent, 95 % intervals"
    assert " ".join(lines[2].split()) == "machine section AUC source AUC target pAUC AUC all"
    assert [line.split()[:2] for line in lines[3:9]] == [
        *(["fan", "03"], ["fan", "04"], ["fan", "arith."], ["fan", "harm."]),
        *(["all", "arith."], ["all", "harm."]),
    ]
    assert any(line.startswith("official score: ") for line in lines)
    assert "decisions (source / target)" in lines


def test_results_without_decisions_have_no_table_of_them(tmp_path, truth):
    folder = writing.write_results(tmp_path / "run")
    (folder / "decision_result_fan_section_03_test.csv").unlink()
    ranking = evaluate(folder, [truth])
    assert "decisions" not in ranking_text(ranking)
    assert not any("no decisions" in warning for warning in ranking.all_warnings)
    writing.write_results(tmp_path / "run", machine_type="valve")
    assert "run: no decisions of fan 03" in evaluate(folder, [truth]).all_warnings
