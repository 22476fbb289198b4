from dataclasses import replace

import pytest
from made_outcomes import make_evaluation, make_section

from dcase_classic.outcomes.evaluations import Ranking
from dcase_classic.report.evaluation_text import (
    evaluation_text,
    interval_text,
    percent,
    ranking_text,
)


def line_of(text, *words):
    """The cells of the one line that starts with these words."""
    (line,) = (line for line in text.splitlines() if line.split()[: len(words)] == list(words))
    return line.split()[len(words) :]


@pytest.mark.parametrize(
    ("value", "text"), [(0.58214, "58.21"), (1.0, "100.00"), (0.0, "0.00"), (None, "-")]
)
def test_a_share_is_shown_in_percent_and_what_is_not_there_as_a_dash(value, text):
    assert percent(value) == text


def test_an_interval_stands_in_parentheses_and_nothing_where_there_is_none():
    assert (interval_text((0.5512, 0.6131)), interval_text(None)) == (" (55.1-61.3)", "")


def test_a_section_has_its_values_below_their_titles_with_intervals():
    text = evaluation_text(make_evaluation()).partition("decisions")[0]
    assert line_of(text, "machine", "section") == ["AUC", "source", "AUC", "target", "pAUC"]
    assert line_of(text, "pump", "00") == [
        "91.25", "(80.0-99.0)", "50.00", "-"
    ]  # fmt: skip


def test_means_are_shown_of_all_and_of_machines_with_several_sections_only():
    text = evaluation_text(make_evaluation())
    assert line_of(text, "fan", "arith.", "mean")[0] == "81.00"
    assert line_of(text, "fan", "harm.", "mean")[0] == "72.00"
    assert line_of(text, "all", "arith.", "mean")[0] == "45.00"
    assert line_of(text, "all", "harm.", "mean")[0] == "36.00"
    assert "pump     arith" not in text


def test_the_official_score_has_its_interval():
    assert "official score: 58.21 (55.1-61.3)\n" in evaluation_text(make_evaluation())


def test_a_year_without_official_score_shows_none():
    text = evaluation_text(make_evaluation(official_score=None, official_score_ci95=None))
    assert "official score" not in text


def test_decisions_show_source_and_target_side_by_side():
    decisions = evaluation_text(make_evaluation()).partition("decisions (source / target)")[2]
    assert line_of(decisions, "pump", "00") == [
        "25.00", "/", "75.00", "100.00", "/", "-", "62.50"
    ]  # fmt: skip


def test_results_without_decisions_have_no_table_of_them():
    values = make_section().values | {"accuracy": None}
    assert "decisions" not in evaluation_text(
        make_evaluation(sections=(make_section(values=values),))
    )


def test_one_system_is_told_at_length_and_several_in_a_line_each():
    first, second = make_evaluation("a"), make_evaluation("b", official_score=0.41)
    single = Ranking(evaluations=(first,), failures={}, warnings=())
    several = replace(single, evaluations=(first, second))
    assert ranking_text(single) == evaluation_text(first)
    assert line_of(ranking_text(several), "1", "a") == ["58.21", "(55.1-61.3)", "36.00", "-", "-"]
    assert line_of(ranking_text(several), "2", "b")[0] == "41.00"


def test_intervals_are_promised_only_where_there_are_some():
    section = make_section()
    system = make_evaluation(sections=(replace(section, intervals={}),), official_score_ci95=None)
    assert "interval" not in evaluation_text(system)
    several = Ranking(evaluations=(system, system), failures={}, warnings=())
    assert ranking_text(several).startswith("percent; official score, harmonic means")


def test_decisions_of_all_clips_are_not_said_to_be_of_domains():
    section = make_section(values={"recall": 0.5, "accuracy": 0.5}, counts={"all": {}})
    text = evaluation_text(make_evaluation(sections=(section,)))
    assert "decisions\n" in text
    assert "source" not in text.partition("decisions")[2]


def test_systems_without_official_score_show_the_means_that_they_are_ranked_by():
    system = make_evaluation("a", official_score=None, official_score_ci95=None)
    systems = system, replace(system, system="b")
    text = ranking_text(Ranking(evaluations=systems, failures={}, warnings=()))
    assert text.startswith("percent; arithmetic means over all sections, ranked by the means of")
    assert line_of(text, "1", "a")[0] == "45.00"
    assert "official" not in text
