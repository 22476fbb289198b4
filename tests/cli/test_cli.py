import csv
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import write_wav

from dcase_classic._version import __version__
from dcase_classic.config import preset_names


def read_rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def a_clip(folder, split="test"):
    return min((folder / "pump" / split).iterdir())


@pytest.mark.uncounted
def test_fit_and_score_write_the_official_files(run, data, tmp_path):
    status, out, err = run("fit", data, "--models", tmp_path / "models", "--machine", "pump")
    assert status == 0, err
    assert out.splitlines()[1].split()[:2] == ["pump", "00"]
    status, out, err = run(
        "score", data, "--models", tmp_path / "models", "--output", tmp_path / "out",
        "--machine", "pump",
    )  # fmt: skip
    assert status == 0, err
    assert out.splitlines()[1].split()[:3] == ["pump", "00", "12"]
    scores = read_rows(tmp_path / "out" / "pump" / "anomaly_score_pump_section_00_test.csv")
    decisions = read_rows(tmp_path / "out" / "pump" / "decision_result_pump_section_00_test.csv")
    names = [name for name, _ in scores]
    assert names == sorted(names)
    assert names == [name for name, _ in decisions]
    assert all(np.isfinite(float(value)) for _, value in scores)
    assert {value for _, value in decisions} <= {"0", "1"}


@pytest.mark.uncounted
def test_fit_says_what_few_clips_cannot_promise(run, data, tmp_path):
    _, out, err = run("fit", data, "--models", tmp_path, "--machine", "pump")
    assert "steady 0.9" in out.splitlines()[1]
    assert "3 target clips cannot support a false-alarm rate below 1/4" in err


def test_presets_of_one_group_show_no_weights(run, data, tmp_path):
    _, out, _ = run("fit", data, "--models", tmp_path, "--machine", "fan", "--preset", "knn")
    assert out.splitlines()[1].split()[-1] == "-"


@pytest.mark.uncounted
def test_anomalies_score_higher_than_normals(run, data, fitted, tmp_path):
    run("score", data, "--models", fitted, "--output", tmp_path)
    rows = read_rows(tmp_path / "pump" / "anomaly_score_pump_section_00_test.csv")
    normal = [float(value) for name, value in rows if "_normal_" in name]
    anomaly = [float(value) for name, value in rows if "_anomaly_" in name]
    assert min(anomaly) > max(normal)


@pytest.mark.uncounted
@pytest.mark.parametrize("preset", preset_names())
def test_the_number_of_jobs_changes_no_byte(run, data, tmp_path, preset):
    less = ("--set", "calibration.n_folds=3")
    if preset == "iforest":
        less += ("--set", "views.mfcc_1s.detector.n_estimators=10")
    for name, jobs in (("one", ("--jobs", 1)), ("two", ("--jobs", 2)), ("threads", ())):
        folder = tmp_path / name
        options = ("--models", folder / "models", *jobs)
        assert run("fit", data, "--preset", preset, *less, *options)[0] == 0
        assert run("score", data, "--output", folder / "out", *options)[0] == 0
    written = [sorted((folder / "out").rglob("*.csv")) for folder in sorted(tmp_path.iterdir())]
    first, *others = [[path.read_bytes() for path in paths] for paths in written]
    assert len(first) == 4
    assert others == [first, first]


@pytest.mark.uncounted
def test_a_second_fit_keeps_what_is_done(run, data, tmp_path):
    fit = ("fit", data, "--models", tmp_path, "--preset", "knn")
    run(*fit, "--machine", "pump")
    before = (tmp_path / "pump_section_00.joblib").stat().st_mtime_ns
    status, out, _ = run(*fit)
    rows = {line.split()[0]: line.split()[-1] for line in out.splitlines()[1:]}
    assert status == 0
    assert rows["pump"] == "kept"
    assert rows["fan"] != "kept"
    assert (tmp_path / "pump_section_00.joblib").stat().st_mtime_ns == before


@pytest.mark.uncounted
def test_other_settings_need_force(run, data, tmp_path):
    models = ("--models", tmp_path, "--machine", "pump")
    run("fit", data, "--preset", "knn", *models)
    status, _, err = run("fit", data, "--preset", "gmm", *models)
    assert status == 2
    assert "--force" in err
    assert run("fit", data, "--preset", "gmm", "--force", *models)[0] == 0


def test_force_replaces_models_of_another_version(run, data, tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema": 0}')
    models = ("--models", tmp_path, "--machine", "pump", "--preset", "knn")
    status, _, err = run("fit", data, *models)
    assert status == 2
    assert "manifest.json" in err
    assert run("fit", data, "--force", *models)[0] == 0


def test_a_settings_file_is_used(run, data, tmp_path):
    settings = tmp_path / "mine.toml"
    settings.write_text(
        '[[views]]\nname = "peak"\nsegment_s = inf\ndetector = "knn"\npooling = "max"\n'
        'features = [{kind = "logmel_stats", statistics = ["max"]}]\n'
        '[output]\ntail = "section_{section}"\n'
    )
    models = ("--models", tmp_path / "models", "--machine", "pump")
    assert run("fit", data, "--config", settings, *models)[0] == 0
    assert run("score", data, "--output", tmp_path, *models)[0] == 0
    assert (tmp_path / "pump" / "anomaly_score_pump_section_00.csv").is_file()


def test_score_goes_on_past_a_bad_file_and_names_it(run, own_data, fitted, tmp_path):
    bad = a_clip(own_data)
    write_wav(bad, np.zeros(16000))
    status, _, err = run("score", own_data, "--models", fitted, "--output", tmp_path / "out")
    assert status == 3
    assert f"skipped {bad}: silent" in err
    rows = read_rows(tmp_path / "out" / "pump" / "anomaly_score_pump_section_00_test.csv")
    assert len(rows) == 11
    assert bad.name not in {name for name, _ in rows}
    path, reason, *key = read_rows(tmp_path / "out" / "skipped.csv")[1]
    assert (path, key) == (str(bad), ["pump", "00"])
    assert reason.startswith("silent")
    predict = ("predict", bad, "--models", fitted, "--machine", "pump", "--json")
    assert json.loads(run(*predict)[1])[0]["reason"] == reason


def test_p_values_stand_beside_scores_and_their_smallest_value_is_stated(
    run, data, fitted, tmp_path
):
    options = ("--models", fitted, "--output", tmp_path, "--machine", "pump", "--p-values")
    status, _, err = run("score", data, *options)
    assert status == 0
    assert (
        "pump: p-values below 0.0625, all that 15 normal clips can show, are from a fitted tail"
        in err
    )
    header, *rows = read_rows(tmp_path / "pump" / "p_values_pump_section_00.csv")
    assert header == [
        *("name", "anomaly_score", "threshold", "severity", "p_value", "p_value_is_extrapolated"),
        "decision",
    ]
    official = read_rows(tmp_path / "pump" / "anomaly_score_pump_section_00_test.csv")
    assert [row[:2] for row in rows] == official
    p_values = [float(row[4]) for row in sorted(rows, key=lambda row: float(row[1]))]
    assert p_values == sorted(p_values, reverse=True)
    assert [float(row[4]) < 0.0625 for row in rows] == [row[5] == "True" for row in rows]
    assert [float(row[3]) > 100 for row in rows] == [row[6] == "1" for row in rows]


def test_results_with_p_values_are_evaluated_as_without(run, data, fitted, tmp_path):
    run("score", data, "--models", fitted, "--output", tmp_path, "--p-values")
    status, out, err = run("evaluate", tmp_path, "--truth", data, "--json", "--no-intervals")
    assert status == 0, err
    assert '"official_score": 1.0' in out


def test_a_good_run_removes_the_list_of_skipped_files(run, own_data, fitted, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "skipped.csv").write_text("path,reason\n")
    run("score", own_data, "--models", fitted, "--output", tmp_path / "out")
    assert not (tmp_path / "out" / "skipped.csv").exists()


def test_a_section_of_bad_files_only_is_an_error(run, own_data, fitted, tmp_path):
    for path in (own_data / "fan" / "test").iterdir():
        path.write_bytes(b"")
    out, page = tmp_path / "out", tmp_path / "page.html"
    status, _, err = run("score", own_data, "--models", fitted, "-o", out, "--report", page)
    assert status == 2
    assert "fan section 00: none of its 6 test clips can be read" in err
    assert f"results of 1 section are in {out}; no page is made of them" in err
    assert not page.exists()


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty file"), (b"text", "cannot be decoded")]
)
def test_fit_stops_at_a_bad_file_and_writes_nothing(run, own_data, tmp_path, content, reason):
    bad = a_clip(own_data, "train")
    bad.write_bytes(content)
    status, _, err = run("fit", own_data, "--models", tmp_path / "m", "--machine", "pump")
    assert status == 2
    assert f"{bad}: {reason}" in err
    assert not (tmp_path / "m").exists()


def test_a_clip_shorter_than_a_frame_is_named(run, own_data, tmp_path):
    bad = write_wav(a_clip(own_data, "train"), np.full(160, 0.1) * np.arange(160) / 160)
    status, _, err = run("fit", own_data, "--models", tmp_path / "m", "--machine", "pump")
    assert status == 2
    assert f"{bad}: too short" in err


def test_a_training_clip_labelled_anomaly_is_refused(run, own_data, tmp_path):
    clip = a_clip(own_data, "train")
    clip.rename(clip.with_name(clip.name.replace("normal", "anomaly")))
    status, _, err = run("fit", own_data, "--models", tmp_path / "m", "--machine", "pump")
    assert status == 2
    assert "labelled anomaly" in err


def test_one_training_clip_is_too_few(run, own_data, tmp_path):
    for clip in sorted((own_data / "pump" / "train").iterdir())[1:]:
        clip.unlink()
    status, _, err = run("fit", own_data, "--models", tmp_path / "m", "--machine", "pump")
    assert status == 2
    assert "pump section 00: training clips: got 1, expected at least 3" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "best"), "preset: got 'best', expected one of default"),
        (("--config", "nowhere.toml"), "nowhere.toml: no such file"),
        (("--machine", "valve"), "no machine 'valve', expected one of fan, pump"),
        (("--preset", "knn", "--config", "a.toml"), "a.toml: no such file"),
        (("--jobs", "0"), "--jobs"),
        (("--job", "many"), "--job"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(run, data, tmp_path, arguments, message):
    status, _, err = run("fit", data, "--models", tmp_path / "m", *arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "m").exists()


def test_unknown_settings_are_named_with_the_known_ones(run, data, tmp_path):
    settings = tmp_path / "mine.toml"
    settings.write_text('[[views]]\nname = "a"\nfeatures = ["mfcc"]\ndetector = "forest"\n')
    status, _, err = run("fit", data, "--models", tmp_path / "m", "--config", settings)
    assert status == 2
    assert "got 'forest', expected one of centre, gmm, iforest, knn" in err


def test_models_of_a_missing_folder_are_refused(run, data, tmp_path):
    status, _, err = run("score", data, "--models", tmp_path / "no", "--output", tmp_path / "out")
    assert status == 2
    assert "no: no such folder; fit models into it first" in err
    (tmp_path / "no").mkdir()
    err = run("score", data, "--models", tmp_path / "no", "--output", tmp_path / "out")[2]
    assert "no manifest.json in it" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rate", ["1%", "0", "1", "nan", "5", "-0.1"])
def test_a_rate_that_is_none_is_told_with_one_that_is(run, data, tmp_path, rate):
    status, _, err = run("fit", data, "--models", tmp_path / "m", "--false-alarms", rate)
    wanted = f"got '{rate}', expected a number between 0 and 1, such as 0.01 for 1 in 100"
    assert (status, wanted in err) == (2, True)


def test_a_data_folder_without_test_clips_is_refused(run, own_data, fitted, tmp_path):
    shutil.rmtree(own_data / "pump" / "test")
    shutil.rmtree(own_data / "fan" / "test")
    status, _, err = run("score", own_data, "--models", fitted, "--output", tmp_path / "out")
    assert status == 2
    assert "no test clip in it" in err


def test_an_output_that_cannot_be_written_is_one_line(run, data, fitted, tmp_path):
    (tmp_path / "out").write_text("a file, not a folder")
    status, _, err = run("score", data, "--models", fitted, "--output", tmp_path / "out")
    assert status == 2
    assert "out" in err


def test_info_lists_what_settings_can_choose_from(run):
    status, out, _ = run("info")
    assert status == 0
    assert "knn" in out
    assert "(default)" in out
    assert "scikit-learn" in out


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_verb(run, option):
    status, out, _ = run(option)
    assert status == 0
    for verb in ("demo", "fit", "score", "evaluate", "info"):
        assert f"\n  {verb} " in out


def test_an_unknown_verb_is_wrong_usage(run):
    assert run("fitt")[0] == 2


def test_version_is_that_of_the_package(run):
    assert run("--version")[1].strip().endswith(__version__)


def test_help_and_version_import_nothing_heavy():
    code = (
        "import sys, dcase_classic.cli as cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'scipy', 'sklearn', 'librosa', 'pandas', 'soundfile', 'joblib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"


def test_scoring_what_is_in_the_cache_imports_nothing_that_it_does_not_need(
    run, own_data, fitted, tmp_path
):
    arguments = ["score", own_data, "--models", fitted, "-o", tmp_path]
    code = (
        "import sys\n"
        "import numpy\n"
        "at_once = set(sys.modules)\n"  # numpy.random, too, before numpy 2.3
        "from dcase_classic.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    pass\n"
        "slow = {'importlib.metadata', 'numpy.random', 'scipy.fft', 'sklearn'}\n"
        "print(sorted(slow & set(sys.modules) - at_once))\n"
    )
    assert run(*arguments)[0] == 0  # after it the cache has all
    command = [sys.executable, "-c", code, *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_the_module_runs_like_the_command():
    command = [sys.executable, "-m", "dcase_classic", "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == f"dcase-classic, version {__version__}"


@pytest.mark.uncounted
@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_a_name_that_is_no_text_ends_every_verb_with_3(run, own_data, fitted, tmp_path):
    for split in ("train", "test"):
        clip = min((own_data / "pump" / split).iterdir())
        shutil.copy(clip, os.fsencode(clip.parent) + b"/\xfe\xff.wav")
    for arguments in (
        ("fit", own_data, "--models", tmp_path / "models", "--preset", "knn"),
        ("score", own_data, "--models", fitted, "-o", tmp_path / "out"),
        ("prepare", own_data, tmp_path / "prepared"),
    ):
        status, _, err = run(*arguments)
        assert status == 3
        assert r"\udcfe\udcff.wav: the name cannot be understood" in err
