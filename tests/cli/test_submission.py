import writing
import yaml

from dcase_classic.io.results.meta_yaml import check_meta

LABEL = "Muster_TUX_task2_1"


def test_check_lists_problems_on_standard_output_and_ends_with_2(run, tmp_path):
    folder = writing.write_submission(tmp_path / "run", 2023)
    assert run("submission", "check", folder, "--year", 2023) == (
        *(0, "1 system, 14 files: 0 errors, 0 warnings\n", ""),
    )
    (folder / "anomaly_score_shaker_section_00_test.csv").unlink()
    code, out, err = run("submission", "check", folder, "--year", 2023)
    assert (code, err) == (2, "")
    assert out.splitlines() == [
        f"error: {folder}: anomaly_score_shaker_section_00_test.csv is missing",
        "1 system, 13 files: 1 error, 0 warnings",
    ]


def test_pack_writes_a_zip_file_and_says_so(run, tmp_path):
    folder = writing.write_submission(tmp_path / "run", 2023)
    meta = writing.write_meta(tmp_path / "m.yaml", 2023)
    zip_file = tmp_path / "out.zip"
    name = folder / "anomaly_score_shaker_section_00_test.csv"
    constant = [f"{line.split(',')[0]},1" for line in name.read_text().splitlines()]
    writing.write_lines(name, constant)
    code, out, err = run(
        "submission", "pack", folder, "--year", 2023, "--meta", meta, "-o", zip_file
    )
    assert (code, out) == (0, f"{zip_file}: 15 files\n")
    assert err == f"warning: {name}: all scores are equal, so they rank nothing\n"
    assert run("submission", "check", zip_file, "--year", 2023)[0] == 0


def test_meta_prints_a_template_that_is_valid_yaml(run, tmp_path):
    code, out, _ = run(
        "submission", "meta", "--year", 2026, "--label", LABEL, "-o", tmp_path / "m.yaml"
    )
    assert code == 0
    assert yaml.safe_load(out)["submission"]["label"] == LABEL
    assert (tmp_path / "m.yaml").read_text() == out
    texts = [finding.problem for finding in check_meta(tmp_path / "m.yaml", 2026, LABEL)]
    assert texts == ["submission.name: is empty", "submission.abbreviation: is empty"]


def test_a_file_in_a_machine_folder_is_named_where_it_lies(run, tmp_path):
    folder = writing.write_submission(tmp_path / "run", 2023)
    name = "anomaly_score_shaker_section_00_test.csv"
    (folder / "shaker").mkdir()
    path = (folder / name).rename(folder / "shaker" / name)
    for own in folder.glob("*_shaker_*"):
        own.rename(folder / "shaker" / own.name)
    writing.write_lines(path, path.read_text().splitlines()[1:])
    meta = writing.write_meta(tmp_path / "m.yaml", 2023)
    pack = ("submission", "pack", folder, "--year", 2023, "--meta", meta, "-o", tmp_path / "o.zip")
    status, _, err = run(*pack)
    assert status == 2
    assert f"{path}: 199 different names, expected 200" in err


def test_what_was_left_out_of_metrics_is_told_where_they_are_taken(run, tmp_path):
    truth = writing.write_ground_truth(tmp_path / "truth", ("fan",), ("00",))
    writing.write_results(tmp_path / "run", writing.hidden_names("00")[1:], section="00")
    metrics = tmp_path / "metrics.json"
    evaluation = ("evaluate", tmp_path / "run", "--truth", truth, "--skip-missing")
    assert run(*evaluation, "--json", "-o", metrics)[0] == 0
    meta = ("submission", "meta", "--year", 2025, "--label", LABEL, "--metrics", metrics)
    status, out, err = run(*meta)
    assert (status, "submission:" in out) == (0, True)
    told = "warning: fan section 00: left out 1 clip without a score: section_00_0000.wav"
    assert told in err.splitlines()


def test_neither_a_meta_file_that_is_filled_in_nor_another_file_is_replaced(run, tmp_path):
    folder = writing.write_submission(tmp_path / "run", 2023)
    meta = writing.write_meta(tmp_path / "m.yaml", 2023)
    before = meta.read_text()
    options = ("--year", 2023, "--label", LABEL, "-o", meta)
    status, out, err = run("submission", "meta", *options)
    assert (status, out) == (2, "")
    assert f"{meta}: is there, and may be filled in; name another file, or remove it" in err
    status, _, err = run("submission", "pack", folder, "--year", 2023, "--meta", meta, "-o", meta)
    assert (status, "is no zip file, and would be replaced" in err) == (2, True)
    assert meta.read_text() == before
    for _ in range(2):
        options = ("--year", 2023, "--meta", meta, "-o", tmp_path / "out.zip")
        assert run("submission", "pack", folder, *options)[0] == 0
