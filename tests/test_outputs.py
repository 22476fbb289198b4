"""docs/outputs.md says what verbs print for programs."""

import csv
import io
import itertools
import json
import shutil

import pytest
import writing
from documented import assert_as_documented, schema


@pytest.fixture
def outputs(run, data, own_data, fitted, tmp_path):
    """What a verb prints in a form."""
    own_models = shutil.copytree(fitted, tmp_path / "own")
    fans = sorted((data / "dev_data" / "raw" / "fan" / "test").iterdir())
    lines = {
        "predict": ("predict", data / "dev_data" / "raw" / "pump" / "test", "--models", fitted),
        "fit": ("fit", data, "--models", tmp_path / "models", "--preset", "knn"),
        "score": ("score", data, "--models", fitted, "-o", tmp_path / "scored", "--machine", "fan"),
        "prepare": ("prepare", data, tmp_path / "prepared", "--machine", "fan"),
        "models list": ("models", "list", fitted),
        "models show": ("models", "show", fitted, "pump"),
        "recalibrate": ("recalibrate", "--models", own_models, "--machine", "pump"),
        "cache info": ("cache", "info"),
        "info": ("info",),
        "submission check": ("submission", "check", tmp_path / "results", "--year", "2023"),
        "explain": ("explain", fans[0], fans[-1], "--models", fitted),
        "doctor": ("doctor", own_data),
        "unpack": ("unpack", tmp_path / "zips"),
        "watch --devices": ("watch", "--devices"),
        "evaluate": ("evaluate", tmp_path / "results"),
        "compare": (
            *("compare", tmp_path / "results", "--truth", tmp_path / "evaluator"),
            *("--year", "2023"),
        ),
    }

    rates = itertools.count(2)
    min((own_data / "fan" / "train").iterdir()).write_bytes(b"RIFF")  # a finding

    def printed(title, form):
        if title in {"evaluate", "submission check"}:
            assert run("score", data, "--models", fitted, "-o", tmp_path / "results")[0] == 0
        if title == "unpack":
            shutil.make_archive(tmp_path / "zips" / "dev_fan", "zip", own_data, "fan")
        if title == "compare":
            writing.write_documented_example(tmp_path)
        if title == "recalibrate":
            lines[title] += ("--false-alarms", f"0.{next(rates)}")
        status, out, err = run(*lines[title], f"--{form}")
        assert status == 2 * (title == "submission check"), err
        return out

    return printed


pytestmark = pytest.mark.usefixtures("sound_card")
TITLES = [
    *("predict", "fit", "score", "prepare", "models list", "doctor", "evaluate", "compare"),
    *("models show", "recalibrate", "cache info", "submission check", "explain", "info"),
    *("unpack", "watch --devices"),
]
LONGER = {"models show": "models list", "recalibrate": "fit", "explain": "predict"}


@pytest.mark.parametrize("title", TITLES)
def test_json_is_as_documented(outputs, title):
    content = json.loads(outputs(title, "json"))
    rows = content if isinstance(content, list) else [content]
    assert rows
    for row in rows:
        before = list(schema(LONGER[title])) if title in LONGER else []
        assert list(row)[: len(before)] == before
        assert_as_documented({key: row[key] for key in row if key not in before}, title)
        for alarms in row.get("held_out", ()):
            assert_as_documented(alarms, "held-out alarms")
        for counts in row["sections"] if title == "doctor" else ():
            assert_as_documented(counts, "counts")
        for part in row.get("parts", ()):
            assert_as_documented(part, "parts")
        for finding in row.get("findings", ()):
            assert_as_documented(finding, "findings")


@pytest.mark.uncounted
@pytest.mark.parametrize("title", TITLES)
def test_lines_and_tables_have_the_rows_of_json(outputs, title):
    lines = [json.loads(line) for line in outputs(title, "jsonl").splitlines()]
    table = list(csv.DictReader(io.StringIO(outputs(title, "csv"))))
    assert len(table) == len(lines) > 0
    for row, cells in zip(lines, table, strict=True):
        assert set(row) <= set(cells)
        assert [cells[key] for key, value in row.items() if isinstance(value, str)] == [
            value for value in row.values() if isinstance(value, str)
        ]


def test_the_record_of_results_is_as_documented(run, data, fitted, tmp_path):
    run("score", data, "--models", fitted, "-o", tmp_path / "results")
    record = json.loads((tmp_path / "results" / "run.json").read_text())
    assert_as_documented(record, "run.json")
    for section in record["sections"]:
        assert_as_documented(section, "scored sections")


@pytest.mark.uncounted
@pytest.mark.parametrize("line", [("explain", "--json"), ("predict", "--json", "--why")])
def test_explanations_are_as_documented(run, data, fitted, line):
    verb, *options = line
    clips = sorted((data / "dev_data" / "raw" / "pump" / "test").iterdir())
    rows = json.loads(run(verb, clips[0], clips[-1], "--models", fitted, *options)[1])
    assert [row["decision"] for row in rows] == [1, 0]
    predicted = list(schema("predict"))
    for row in rows:
        assert list(row)[: len(predicted)] == predicted
        assert_as_documented({key: row[key] for key in row if key not in predicted}, "explain")
        for reason in row["why"]:
            assert_as_documented(reason, "reasons")
        for family in row["families"]:
            assert list(family) == ["family", "aspect", "share"]


def test_where_nothing_was_found_there_are_no_rows(run, data):
    assert run("doctor", data, "--csv")[:2] == (0, "")


@pytest.mark.parametrize("forms", [("--json", "--csv"), ("--json", "--jsonl")])
def test_two_forms_exclude_each_other(run, fitted, forms):
    status, _, err = run("models", "list", fitted, *forms)
    assert (status, f"{forms[0]} and {forms[1]} exclude each other" in err) == (2, True)


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ({"severity": 1, "path": "", "problem": "", "advice": "", "kind": ""}, "findings"),
        ({"severity": "", "path": "", "problem": "", "advice": ""}, "findings"),
        ({"domain": None, "n_clips": True, "n_sessions": 1, "n_alarms": 1}, "held-out alarms"),
    ],
)
def test_what_the_page_does_not_say_is_noticed(row, title):
    with pytest.raises(AssertionError):
        assert_as_documented(row, title)
