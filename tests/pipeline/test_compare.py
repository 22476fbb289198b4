import csv
import json

import numpy as np
import pytest
import writing
from pages import data_of

from dcase_classic.challenge.years import YEARS, Subset
from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.io.results.published import KEYS
from dcase_classic.outcomes.evaluations import OURS
from dcase_classic.pipeline.compare import compare
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate, evaluate_folders
from dcase_classic.pipeline.page_challenge import challenge_page
from dcase_classic.report.comparison import comparison_json, comparison_text
from dcase_classic.report.rows import frame_rows, rows_text

MACHINES = tuple(YEARS[2024].machines[Subset.EVAL])


def write_run(folder, strength=1.0, machines=MACHINES, section="00", seed=0):
    """Results of the machines; anomalies score higher by ``strength``."""
    for number, machine_type in enumerate(machines):
        rng = np.random.default_rng(seed + number)
        scores = rng.normal(size=40) + strength * (np.arange(40) % 2)
        names = writing.hidden_names(section)
        writing.write_results(folder, names, scores, machine_type=machine_type, section=section)
    return folder


@pytest.fixture
def truth(tmp_path):
    return writing.write_ground_truth(tmp_path / "truth", MACHINES, ("00",))


def rows_of(comparison, **wanted):
    rows = comparison.to_frame()
    for key, value in wanted.items():
        rows = rows[rows[key] == value]
    return [row for _, row in rows.iterrows()]


def differences(row):
    return row.filter(like="_difference").dropna().to_dict()


def test_the_published_baselines_stand_beside_every_machine_with_differences(tmp_path, truth):
    run = write_run(tmp_path / "mine")
    comparison = compare([run], [truth])
    assert (comparison.year, comparison.subset) == (2024, Subset.EVAL)
    ours, mse, mahalanobis = rows_of(comparison, machine_type="Scanner")
    (section,) = [
        section
        for section in evaluate(run, [truth]).evaluations[0].sections
        if section.machine_type == "Scanner"
    ]
    assert (ours.system, ours.mark, differences(ours)) == ("mine", OURS, {})
    assert ours["auc_source"] == section.values["auc_source"]
    assert (mse.system, mse.mark) == ("AE baseline (MSE)", "F")
    assert mse["auc_target"] == pytest.approx(0.5374)
    expected = section.values["auc_target"] - 0.5374
    assert mse["auc_target_difference"] == pytest.approx(expected)
    assert mahalanobis["pauc"] == pytest.approx(0.4926)


def test_totals_are_compared_if_the_run_is_complete(tmp_path, truth):
    comparison = compare([write_run(tmp_path / "mine")], [truth])
    totals = rows_of(comparison, machine_type="", mean="harmonic")
    assert [row.system for row in totals] == [
        *("mine", "AE baseline (MSE)", "AE baseline (Mahalanobis)", "winning system (about)")
    ]
    ours, mse, *_ = totals
    difference = ours["official_score"] - 0.5651
    assert mse["official_score_difference"] == pytest.approx(difference)


def test_totals_of_some_machines_are_not_compared_with_those_of_all(tmp_path, truth):
    comparison = compare([write_run(tmp_path / "mine", machines=MACHINES[:3])], [truth])
    assert [row.system for row in rows_of(comparison, machine_type="")] == ["mine"]
    assert any("totals are not compared" in warning for warning in comparison.warnings)


@pytest.mark.uncounted
@pytest.mark.parametrize("n_first", [3, len(MACHINES)])
def test_totals_are_not_compared_where_any_run_lacks_machines(tmp_path, truth, n_first):
    counts = {"a": n_first, "b": 3 + len(MACHINES) - n_first}
    runs = [write_run(tmp_path / name, machines=MACHINES[:n]) for name, n in counts.items()]
    comparison = compare(runs, [truth])
    totals = rows_of(comparison, machine_type="")
    assert [(row.system, differences(row)) for row in totals] == [("a", {}), ("b", {})]
    (partial,) = (name for name, n in counts.items() if n == 3)
    begin = f"totals are not compared with published ones: {partial} has no results of "
    assert [warning for warning in comparison.warnings if warning.startswith(begin)]


def test_a_real_difference_of_two_runs_is_more_than_noise(tmp_path, truth):
    runs = [write_run(tmp_path / "strong", 2.0), write_run(tmp_path / "weak", 0.5)]
    (pair,) = compare(runs, [truth]).pairs
    assert (pair.first, pair.second) == ("strong", "weak")
    assert pair.difference > 0
    assert pair.is_more_than_noise


def test_a_run_of_other_chance_only_does_not_differ(tmp_path, truth):
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", seed=100)]
    (pair,) = compare(runs, [truth]).pairs
    assert pair.is_more_than_noise is False


def test_runs_of_different_machines_have_no_interval(tmp_path, truth):
    runs = [write_run(tmp_path / "a"), write_run(tmp_path / "b", machines=MACHINES[:3])]
    comparison = compare(runs, [truth])
    assert comparison.pairs[0].interval is None
    assert comparison.pairs[0].is_more_than_noise is None
    assert "no interval: the runs do not share all clips" in comparison_text(comparison)
    assert [row.system for row in rows_of(comparison, machine_type=MACHINES[-1], mark=OURS)] == [
        "a"
    ]


def test_a_class_of_a_single_clip_is_the_reason_where_no_interval_is(run, tmp_path):
    names = [
        f"section_00_{domain}_test_{label}_{number:04d}_v_1.wav"
        for domain, label, n in (
            ("source", "normal", 3),
            ("source", "anomaly", 3),
            ("target", "normal", 1),
        )
        for number in range(n)
    ]
    folders = [tmp_path / "all" / name for name in "ab"]
    for folder in folders:
        writing.write_results(folder, names, machine_type="bearing", section="00")
    comparison = compare(folders, year=2024)
    assert "no interval: a class has a single clip" in comparison_text(comparison)
    told = "a: no interval where a class has a single clip: bearing 00"
    assert told in comparison.warnings
    page = tmp_path / "page.html"
    status, _, err = run("evaluate", tmp_path / "all", "--no-intervals", "--report", page)
    assert (status, told in err) == (0, False)
    content = data_of(page)["challenge"]
    assert "the difference of a and b has no interval: none was asked for" in content["warnings"]
    assert [system["has_intervals"] for system in content["systems"]] == [False, False]


def test_runs_of_other_clips_are_told_and_not_paired_however_many_they_are(tmp_path):
    for year in "ab":  # the names of one and the same machine of two years
        names = [name.replace("vel", year) for name in writing.labelled_names("00")]
        writing.write_results(tmp_path / year, names, machine_type="bearing", section="00")
    comparison = compare([tmp_path / "a", tmp_path / "b"], year=2024)
    assert comparison.pairs[0].interval is None
    assert "a and b have scored other recordings of bearing 00" in comparison.warnings
    (warning,) = evaluate(tmp_path).warnings
    assert warning == "systems do not compare: they have scored other clips of bearing 00"


def test_machines_that_only_a_later_run_has_are_shown_without_differences(tmp_path, truth):
    runs = [write_run(tmp_path / "a", machines=MACHINES[:3]), write_run(tmp_path / "b")]
    row, *_ = rows_of(compare(runs, [truth]), machine_type=MACHINES[-1])
    assert (row.system, differences(row)) == ("b", {})


def test_runs_of_the_same_name_are_told_by_their_paths(tmp_path, truth):
    runs = [write_run(tmp_path / x / "results") for x in "ab"]
    (pair,) = compare(runs, [truth]).pairs
    assert pair.first == f"{runs[0]}: results"
    assert pair.is_more_than_noise is False


@pytest.mark.uncounted
def test_a_folder_of_systems_brings_all_of_them_and_names_the_bad_ones(run, tmp_path, truth):
    write_run(tmp_path / "teams" / "a", 2.0)
    write_run(tmp_path / "teams" / "b")
    writing.write_results(
        tmp_path / "teams" / "c",
        writing.hidden_names("00")[1:],
        machine_type="Scanner",
        section="00",
    )
    comparison = compare([tmp_path / "teams"], [truth])
    assert len(comparison.pairs) == 1
    assert any(warning.startswith("not evaluated: c: ") for warning in comparison.warnings)
    status, out, _ = run("compare", tmp_path / "teams", "--truth", truth)
    assert (status, out) == (3, comparison_text(comparison))


def test_2020_is_compared_by_arithmetic_means_and_has_no_pairs(tmp_path):
    listing = ["valve"]
    for section in ("01", "03", "05"):
        names = [f"id_{section}_{index:08d}.wav" for index in range(20)]
        for index, name in enumerate(names):
            label = ("normal", "anomaly")[index % 2]
            listing.append(f"{name},{label}_id_{section}_{index:08d}.wav,{index % 2}")
        for run in "ab":
            writing.write_results(
                tmp_path / run, names, machine_type="valve", section=section, tail="id_{}"
            )
    truth = writing.write_lines(tmp_path / "eval_data_list.csv", listing)
    comparison = compare([tmp_path / "a", tmp_path / "b"], [truth])
    assert comparison.year == 2020
    assert comparison.pairs == ()
    *_, published = rows_of(comparison, machine_type="valve", mean="arithmetic")
    assert published[list(KEYS)].dropna().to_dict() == {"auc": 0.5572, "pauc": 0.5064}
    assert "official score" not in comparison_text(comparison)
    next((tmp_path / "b").rglob("anomaly_score_valve_id_05*")).unlink()
    next((tmp_path / "b").rglob("decision_result_valve_id_05*")).unlink()
    partial = compare([tmp_path / "a", tmp_path / "b"], [truth])
    means = rows_of(partial, machine_type="valve", mean="arithmetic")
    assert [(row.system, differences(row)) for row in means] == [("a", {}), ("b", {})]


def write_dev(tmp_path, machines, section="00"):
    truth = writing.write_ground_truth(tmp_path / "truth", machines, (section,))
    return write_run(tmp_path / "mine", machines=machines, section=section), truth


def test_machines_of_several_years_need_a_year(tmp_path):
    run, truth = write_dev(tmp_path, ("ToyCar", "fan"))
    with pytest.raises(DataError, match="ToyCar 00, fan 00: fits 2022 dev, 2023 dev, 2024 dev"):
        compare([run], [truth])
    assert compare([str(run)], [str(truth)], year=2022).subset is Subset.DEV


def test_names_by_id_are_of_2020(tmp_path):
    names = [
        f"{label}_id_00_{index:08d}.wav" for label in ("normal", "anomaly") for index in range(9)
    ]
    writing.write_results(tmp_path / "run", names, machine_type="fan", section="00")
    comparison = compare([tmp_path / "run"])
    assert (comparison.year, comparison.subset) == (2020, Subset.DEV)


def test_runs_are_not_put_beside_results_of_another_rule(tmp_path):
    names = [
        f"section_00_{domain}_test_{label}_{index:04d}.wav"
        for domain in ("source", "target")
        for label in ("normal", "anomaly")
        for index in range(10)
    ]
    for machine_type in ("ToyTrain", "pump"):
        writing.write_results(tmp_path / "run", names, machine_type=machine_type, section="00")
    with pytest.raises(DataError, match="that of 2021 is 'per domain'; give --year 2021"):
        compare([tmp_path / "run"])
    assert compare([tmp_path / "run"], year=2021).warnings[-1].startswith("totals")


def test_a_set_without_published_results_says_so(tmp_path):
    run, truth = write_dev(tmp_path, ("ToyCar", "fan"))
    comparison = compare([run], [truth], year=2023)
    assert "no published results of the dev set of 2023 are known here" in comparison.warnings
    assert "sources" not in comparison_text(comparison)


@pytest.mark.parametrize(("year", "words"), [(None, "of any year"), (2024, "of 2024")])
def test_machines_of_no_year_are_refused(tmp_path, year, words):
    run, truth = write_dev(tmp_path, ("Scanner", "fan"))
    with pytest.raises(DataError, match=f"all in the eval set {words}; compare one set at a time"):
        compare([run], [truth], year=year)


@pytest.mark.parametrize("year", [None, 2024])
def test_where_no_machine_is_of_any_year_no_other_set_is_advised(tmp_path, year):
    run, truth = write_dev(tmp_path, ("Mixer", "Grinder"))
    with pytest.raises(DataError, match="these machines are of no DCASE year$"):
        compare([run], [truth], year=year)


@pytest.mark.parametrize(("year", "is_told"), [(None, False), (2024, True)])
def test_a_page_of_other_machines_misses_published_results_only_where_asked(
    tmp_path, year, is_told
):
    run, truth = write_dev(tmp_path, ("Mixer", "Grinder"))
    settings = EvaluationSettings(year=year)
    page = challenge_page(evaluate_folders([run], [truth], settings), year)
    assert any("of no DCASE year" in text for text in page.warnings) is is_told


def test_text_csv_and_json_say_the_same(tmp_path, truth):
    runs = [write_run(tmp_path / "strong", 2.0), write_run(tmp_path / "weak", 0.5)]
    comparison = compare(runs, [truth])
    content = json.loads(comparison_json(comparison))
    table = list(csv.DictReader(rows_text(frame_rows(comparison.rows), "csv").splitlines()))
    assert len(table) == len(content["rows"]) == len(comparison.rows)
    for row, entry in zip(table, content["rows"], strict=True):
        assert row["system"] == entry["system"]
        assert row.keys() == entry.keys()
        for key in ("auc_source", "pauc_difference"):
            assert (float(row[key]) if row[key] else None) == entry[key]
    text = comparison_text(comparison)
    assert text.splitlines()[0].startswith("2024 eval set, percent")
    assert "more than noise" in text
    assert "AE baseline (Mahalanobis): README of the official 2024 evaluator" in text
    (pair,) = content["paired_differences"]
    assert pair["is_more_than_noise"] is True


@pytest.mark.parametrize(
    ("options", "start"), [([], "2024 eval"), (["--csv"], "machine_type,"), (["--json"], "{")]
)
def test_the_command_prints_each_form_and_writes_it(run, tmp_path, truth, options, start):
    results = write_run(tmp_path / "mine", machines=MACHINES[:2])
    code, out, err = run(
        *("compare", results, "--truth", truth, *options, "-o", tmp_path / "out.txt")
    )
    assert code == 0
    assert out.startswith(start)
    assert (tmp_path / "out.txt").read_text() == out
    assert err.startswith("warning: ")


def test_clips_without_a_score_can_be_left_out_of_a_comparison_and_this_is_said(tmp_path, truth):
    run = write_run(tmp_path / "mine")
    scores = next(run.rglob("anomaly_score_*"))
    for path in (scores, scores.with_name(scores.name.replace("anomaly_score", "decision_result"))):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(SubmissionError, match="--skip-missing leaves clips without a score out"):
        compare([run], [truth])
    warnings = compare([run], [truth], skip_missing=True).warnings
    assert any("left out 1 clip without a score" in warning for warning in warnings)
