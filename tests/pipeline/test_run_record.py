"""What made results stands beside them, and is read where they are judged."""

import json
import shutil
import zipfile
from dataclasses import replace

import pytest
import writing

from dcase_classic._version import __version__
from dcase_classic.config import Config
from dcase_classic.config.specs import parse_record
from dcase_classic.errors import DataError
from dcase_classic.io.manifest import read_manifest
from dcase_classic.io.results.run_file import RUN_FILE, leave_run, read_run
from dcase_classic.pipeline.compare import data_warnings
from dcase_classic.pipeline.evaluate import evaluate
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.score import score


@pytest.fixture(scope="module")
def results(data, fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    score(data, fitted, folder)
    return folder


def test_results_say_what_made_them(results, fitted):
    record = read_run(results)
    assert (record.version, record.models) == (__version__, str(fitted))
    entries = read_manifest(fitted)
    for part in record.sections:
        entry = entries[part.machine_type, part.section]
        assert (part.model_sha256, part.model_date) == (entry.sha256, entry.date)
        assert part.threshold == entry.threshold
        assert record.settings[part.settings] == entry.config
        assert len(part.data_sha256) == 64
    assert [part.n_clips for part in record.sections] == [6, 12]


def test_the_command_is_kept_and_later_runs_change_only_what_they_score(
    run, data, fitted, tmp_path
):
    out = tmp_path / "results"
    options = ("--models", fitted, "-o", out)
    assert run("score", data, *options, "--machine", "fan")[0] == 0
    first = read_run(out)
    assert first.command == f"dcase-classic score {data} --models {fitted} -o {out} --machine fan"
    run("score", data, *options, "--machine", "pump", "--false-alarms", "0.3")
    both = read_run(out)
    assert [part.machine_type for part in both.sections] == ["fan", "pump"]
    assert both.sections[0] == first.sections[0]
    assert both.command.endswith("--machine pump --false-alarms 0.3")
    assert both.sections[1].threshold < read_manifest(fitted)["pump", "00"].threshold


@pytest.mark.uncounted
def test_nothing_is_said_of_sections_whose_results_are_gone(own_data, fitted, tmp_path):
    out = tmp_path / "results"
    score(own_data, fitted, out)
    for machine, left in (("fan", ["pump"]), ("pump", [])):
        for clip in (own_data / machine / "test").iterdir():
            clip.write_bytes(b"")
        with pytest.raises(DataError, match="none of its"):
            score(own_data, fitted, out, machines=[machine])
        record = read_run(out)
        assert [part.machine_type for part in (record.sections if record else ())] == left
    assert not (out / RUN_FILE).exists()


@pytest.mark.uncounted
def test_results_of_a_run_replace_all_of_the_one_before(run, data, fitted, tmp_path):
    out = tmp_path / "results"
    options = ("score", data, "--models", fitted, "-o", out)
    assert run(*options, "--year", "2021", "--p-values")[0] == 0
    assert len([*out.glob("*/p_values_*.csv")]) == 2
    assert run(*options, "--machine", "fan")[0] == 0
    assert sorted(path.name for path in (out / "fan").iterdir()) == [
        "anomaly_score_fan_section_00_test.csv",
        "decision_result_fan_section_00_test.csv",
    ]
    assert (out / "pump" / "p_values_pump_section_00.csv").exists()
    assert (out / "pump" / "anomaly_score_pump_section_00_source_test.csv").exists()
    assert run("evaluate", out)[0] == 0


def test_other_recordings_have_another_digest(own_data, results, fitted, tmp_path):
    clip = min((own_data / "fan" / "test").iterdir())
    content = clip.read_bytes()
    clip.write_bytes(content[:-2] + b"\x01\x02")
    score(own_data, fitted, tmp_path / "results")
    before, after = read_run(results), read_run(tmp_path / "results")
    equal = [
        first.data_sha256 == second.data_sha256
        for first, second in zip(before.sections, after.sections, strict=True)
    ]
    assert equal == [False, True]
    runs = {
        str(folder): evaluate(folder).evaluations[0] for folder in (results, tmp_path / "results")
    }
    (warning,) = data_warnings(runs)
    assert warning.endswith("have scored other recordings of fan 00")


def test_who_made_results_is_said_when_they_are_judged(run, results, fitted):
    status, out, err = run("evaluate", results, "--json")
    assert status == 0
    by, made_by = f"by dcase_classic {__version__}", json.loads(out)["made_by"]
    assert made_by == f"scored {by}, 2026-09-21 14:13 UTC, with the models in {fitted}"
    assert f"{results.name}: {made_by}\n" in err


@pytest.mark.uncounted
def test_sections_of_models_of_several_settings_are_told(data, fitted, tmp_path):
    config = replace(read_manifest(fitted)["fan", "00"].config, seed=7)
    fit(data, tmp_path / "models", config, machines=["fan"])
    score(data, fitted, tmp_path / "results")
    score(data, tmp_path / "models", tmp_path / "results", machines=["fan"])
    made_by = evaluate(tmp_path / "results").evaluations[0].made_by
    by, models = f"by dcase_classic {__version__}, ", tmp_path / "models"
    assert made_by.split("; ") == [
        f"scored {by}2026-09-21 14:13 UTC, with the models in {models} (fan 00)",
        f"scored 2026-09-21 14:13 UTC, with the models in {fitted} (pump 00)",
        "sections have 2 settings",
    ]


def test_results_of_which_nothing_tells_who_made_them_are_named(results, tmp_path, run):
    folder = shutil.copytree(results, tmp_path / "results")
    leave_run(folder, ("fan", "00"))
    page = tmp_path / "page.html"
    made_by = json.loads(run("evaluate", folder, "--json", "--report", page)[1])["made_by"]
    assert made_by.endswith("(pump 00); nothing tells who made fan 00")
    assert "nothing tells who made fan 00" in page.read_text()
    shutil.rmtree(folder / "pump")
    assert evaluate(folder).evaluations[0].made_by == ""


def test_clips_that_the_run_has_skipped_are_told_where_no_truth_misses_them(
    own_data, fitted, tmp_path
):
    min((own_data / "fan" / "test").iterdir()).write_bytes(b"")
    score(own_data, fitted, tmp_path / "results")
    warnings = evaluate(tmp_path / "results").evaluations[0].warnings
    assert "fan section 00: 1 clip skipped by 'score'" in warnings
    assert not [warning for warning in warnings if warning.startswith("pump")]


@pytest.mark.uncounted
@pytest.mark.parametrize(
    "content", ["", "{", "[]", "[" * 10**5, "[0" + ",0" * 10**6 + "]", '{"version": 1}', None]
)
def test_a_record_that_cannot_be_read_is_as_none(results, tmp_path, run, content):
    folder = shutil.copytree(results, tmp_path / "results")
    (folder / RUN_FILE).unlink()
    if content is not None:
        (folder / RUN_FILE).write_text(content)
    assert read_run(folder) is None
    status, out, _ = run("evaluate", folder, "--json")
    assert (status, json.loads(out)["made_by"]) == (0, None)


def test_a_package_for_the_challenge_does_not_hold_the_record(run, tmp_path, results):
    system = writing.write_submission(tmp_path / "system", 2023)
    shutil.copy(results / RUN_FILE, system / RUN_FILE)
    meta = writing.write_meta(tmp_path / "m.meta.yaml", 2023)
    status, _, err = run(
        *("submission", "pack", system, "--year", "2023", "--meta", meta),
        *("-o", tmp_path / "package.zip"),
    )
    assert status == 0, err
    names = zipfile.ZipFile(tmp_path / "package.zip").namelist()
    assert not [name for name in names if name.endswith(RUN_FILE)]
    assert len(names) > 10


def test_machines_that_have_models_are_scored_and_the_others_named(run, data, fitted, tmp_path):
    models = shutil.copytree(fitted, tmp_path / "models")
    assert run("models", "remove", models, "fan")[0] == 0
    out = tmp_path / "results"
    status, printed, err = run("score", data, "--models", models, "-o", out)
    assert status == 3
    assert [line.split() for line in printed.splitlines()[1:]] == [
        ["pump", "00", "12", "6", "0"],
        ["fan", "00", "0", "0", "6"],
    ]
    reason = f"{models}: no model of fan section 00, there is pump section 00; fit it first"
    assert err.count(reason) == 1
    assert (out / "skipped.csv").read_text().count("no model of fan") == 6
    assert [part.machine_type for part in read_run(out).sections] == ["pump"]
    assert "are of an earlier run" not in err
    options = ("score", data, "--models", models, "-o", out)
    assert run(*options, "--machine", "fan")[0] == 2
    assert run(*options, "--on-error", "fail")[0] == 2


def test_results_of_a_machine_without_a_model_are_told_to_be_of_an_earlier_run(
    run, data, fitted, results, tmp_path
):
    models = shutil.copytree(fitted, tmp_path / "models")
    run("models", "remove", models, "fan")
    out = shutil.copytree(results, tmp_path / "results")
    status, _, err = run("score", data, "--models", models, "-o", out)
    assert status == 3
    assert f"fan section 00: its results in {out} are of an earlier run" in err


def test_the_settings_in_the_record_are_those_of_the_models(results):
    table = json.loads((results / RUN_FILE).read_text())
    for fingerprint, config in table["settings"].items():
        assert parse_record(Config, config, where="run").fingerprint == fingerprint
