import numpy as np
import pytest
import writing

from dcase_classic.io.results.published import published_results
from dcase_classic.outcomes.evaluations import PLACE, Comparison
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate


@pytest.fixture
def ranking(tmp_path):
    truth = writing.write_ground_truth(tmp_path / "truth", sections=("03", "04"))
    for name, scores in (("weak", np.arange(40) % 3), ("strong", np.arange(40) % 2.0)):
        for section in ("03", "04"):
            names = writing.hidden_names(section)
            writing.write_results(tmp_path / "teams" / name, names, scores, section=section)
    return evaluate(tmp_path / "teams", [truth])


def test_a_frame_has_every_section_and_both_means_of_every_machine_and_of_all(ranking):
    weak = ranking.evaluations[1]
    frame = weak.to_frame()
    assert frame[PLACE].to_numpy().tolist() == [
        *(["fan", "03", ""], ["fan", "04", ""]),
        *(["fan", "", "arithmetic"], ["fan", "", "harmonic"]),
        *(["", "", "arithmetic"], ["", "", "harmonic"]),
    ]
    section = weak.sections[0]
    assert frame["auc_target"][0] == section.values["auc_target"]
    assert frame["f1_source"][1] == weak.sections[1].values["f1_source"]
    assert (frame["pauc_low"][0], frame["pauc_high"][0]) == section.intervals["pauc"]
    assert frame["pauc"][2] == weak.machines["fan"].arithmetic_mean["pauc"]
    assert frame["pauc"][5] == weak.totals.harmonic_mean["pauc"]
    score = [weak.official_score, *weak.official_score_ci95]
    columns = ["official_score", "official_score_low", "official_score_high"]
    assert frame[columns].to_numpy()[4:].tolist() == [score, score]
    assert frame["official_score"][:4].isna().all()


def test_a_frame_without_intervals_has_no_columns_for_them(tmp_path):
    writing.write_results(tmp_path / "run", writing.labelled_names())
    settings = EvaluationSettings(with_intervals=False)
    frame = evaluate(tmp_path / "run", settings=settings).to_frame()
    assert "auc_source_low" not in frame
    assert frame["official_score_low"].isna().all()


def test_the_frame_of_a_ranking_has_the_frames_of_its_systems_best_first(ranking):
    frame = ranking.to_frame()
    assert frame["rank"].tolist() == [1] * 6 + [2] * 6
    assert frame["system"].unique().tolist() == ["strong", "weak"]
    weak = frame[frame["system"] == "weak"].drop(columns=["rank", "system"])
    assert weak.reset_index(drop=True).equals(ranking.evaluations[1].to_frame())


def test_changing_the_frame_of_a_comparison_does_not_change_the_comparison():

    rows = published_results(2024, "eval")
    comparison = Comparison(year=2024, subset="eval", rows=rows, pairs=(), warnings=())
    frame = comparison.to_frame()
    frame["system"] = "mine"
    assert "mine" not in set(comparison.to_frame()["system"])
