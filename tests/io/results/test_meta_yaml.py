import sys

import pytest
import writing
import yaml

from dcase_classic.challenge.years import YEARS
from dcase_classic.errors import SubmissionError
from dcase_classic.io.results.meta_yaml import check_meta, meta_template, read_meta
from dcase_classic.outcomes.evaluations import Means

LABEL = "Muster_TUX_task2_1"


def texts(path, year=2025, label=LABEL):
    return [finding.problem for finding in check_meta(path, year, label)]


def changed(tmp_path, change, year=2025):
    """A good meta file after a change of its content."""
    path = writing.write_meta(tmp_path / "m.yaml", year)
    content = yaml.safe_load(path.read_text())
    change(content)
    return writing.write_lines(path, [yaml.safe_dump(content, sort_keys=False)])


@pytest.mark.uncounted
@pytest.mark.parametrize("year", YEARS)
def test_a_filled_in_template_is_right_for_its_year(tmp_path, year):
    assert texts(writing.write_meta(tmp_path / "m.yaml", year), year, LABEL) == []


def test_a_template_marks_what_is_to_be_filled_in():
    means = Means(arithmetic_mean={"pauc": 0.6}, harmonic_mean={"pauc": 0.55})
    text = meta_template(2025, LABEL, {"fan": means})
    assert "  name: !!null\n" in text
    assert "      pauc: 55.0\n" in text
    assert "MACS" in text
    assert "MACS" not in meta_template(2026, LABEL)
    assert "attribute_usage" not in meta_template(2020, LABEL)


def test_a_template_of_2020_takes_arithmetic_means():
    means = Means(arithmetic_mean={"auc": 0.6}, harmonic_mean={"auc": 0.55, "pauc": 0.5})
    text = meta_template(2020, LABEL, {"fan": means})
    assert "    fan:\n      averaged_auc: 60.0\n      averaged_pauc: !!null\n" in text


def remove(*path):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return change


def put(value, *path):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return change


FAN = ("results", "development_dataset", "fan")


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (remove("submission"), "submission: is missing or no block; expected the keys label, name"),
        (remove("submission", "abbreviation"), "submission: missing keys: abbreviation"),
        (put(["me"], "submission", "label"), "submission.label: got ['me'], expected <LastName>"),
        (put("me", "submission", "label"), "submission.label: got 'me', expected <LastName>_<Inst"),
        (put(None, "submission", "name"), "submission.name: is empty"),
        (
            put("knn-and-more", "submission", "abbreviation"),
            "submission.abbreviation: got 'knn-and",
        ),
        (put([], "submission", "authors"), "submission.authors: expected a list of at least one"),
        (put(["Eva"], "submission", "authors"), "submission.authors[1]: is missing or no block"),
        (remove("submission", "authors", 0, "email"), "submission.authors[1]: missing keys: email"),
        (
            remove("submission", "authors", 0, "affiliation", "location"),
            "submission.authors[1].affiliation: missing keys: location",
        ),
        (remove("submission", "authors", 0, "corresponding"), "submission.authors: 0 are 'corresp"),
        (remove("system"), "system: is missing or no block"),
        (remove("system", "description"), "system: missing keys: description"),
        (
            remove("system", "description", "front_end"),
            "system.description: missing keys: front_end",
        ),
        (
            remove("system", "description", "attribute_usage"),
            "system.description: missing keys: attribute_usage",
        ),
        (remove("system", "complexity"), "system: missing keys: complexity"),
        (remove("system", "complexity", "MACS"), "system.complexity: missing keys: MACS"),
        (
            put([{"name": "AudioSet"}], "system", "external_datasets"),
            "system.external_datasets[1]: missing keys: url",
        ),
        (remove("results"), "results: is missing or no block"),
        (put({}, "results"), "results: missing keys: development_dataset"),
        (remove(*FAN), "results.development_dataset: missing keys: fan"),
        (put({}, *FAN[:-1], "pump"), "results.development_dataset: unknown machines: pump"),
        (remove(*FAN, "pauc"), "results.development_dataset.fan: missing keys: pauc"),
        (put("high", *FAN, "pauc"), "results.development_dataset.fan.pauc: got 'high', expected"),
        (put(True, *FAN, "pauc"), "results.development_dataset.fan.pauc: got True, expected"),
        (
            put(101, *FAN, "pauc"),
            "results.development_dataset.fan.pauc: got 101, expected a number",
        ),
        (put(13.6, *FAN, "pauc"), "results.development_dataset.fan.pauc: got 13.6, but a partial"),
    ],
)
def test_every_problem_is_named_by_its_key(tmp_path, change, expected):
    assert any(text.startswith(expected) for text in texts(changed(tmp_path, change)))


def test_fractions_instead_of_percent_are_found(tmp_path):
    fractions = {"auc_source": 0.7, "auc_target": 0.6, "pauc": 0.55}
    path = writing.write_meta(tmp_path / "m.yaml", 2025, **fractions)
    assert texts(path) == [
        "results.development_dataset: all values are at most 1; expected percent, 0 to 100"
    ]


def test_values_that_do_not_apply_may_be_null(tmp_path):
    assert texts(changed(tmp_path, put(None, *FAN, "pauc"))) == []
    assert texts(changed(tmp_path, put(None, "system", "external_datasets"))) == []


def test_the_result_keys_of_unseen_years_are_not_compared(tmp_path):
    change = put({"auc": 61.0}, *FAN)
    assert texts(changed(tmp_path, change, 2023), 2023) == []


def test_a_tab_is_named_as_the_common_cause_of_invalid_yaml(tmp_path):
    path = writing.write_lines(tmp_path / "m.yaml", ["submission:", "\tlabel: me"])
    (text,) = texts(path)
    assert text.startswith("not valid YAML (a common cause is a tab")


@pytest.mark.parametrize(
    ("content", "words"), [(b"just words", "expected the blocks"), (b"\xff\xfe", "not a UTF-8")]
)
def test_other_files_are_refused(tmp_path, content, words):
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match=words):
        read_meta(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SubmissionError, match=r"m\.yaml: no such file"):
        read_meta(tmp_path / "m.yaml")


def test_without_pyyaml_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SubmissionError, match=r"pip install 'dcase_classic\[submission\]'"):
        read_meta(tmp_path / "m.yaml")


@pytest.mark.uncounted
@pytest.mark.parametrize(
    "text",
    [
        "a: 2001-13-01 x: y",
        "a: &a [*a]",
        "[" * 999,
        "a: !!int ''",
        "? []",
        'a: "\\UFFFFFFFF"',
        "a: \0",
    ],
)
def test_what_ended_in_an_error_of_pyyaml_is_a_finding(tmp_path, text):
    path = writing.write_lines(tmp_path / "m.yaml", [text])
    (finding,) = check_meta(path, 2025)
    assert "not valid YAML" in finding.problem or "zero byte" in finding.problem


def test_numbers_and_lists_at_wrong_places_are_findings(tmp_path):
    text = "submission: {label: [1], authors: {}, abbreviation: 1}\nresults: 7\n1: 2"
    assert check_meta(writing.write_lines(tmp_path / "m.yaml", [text]), 2025)
