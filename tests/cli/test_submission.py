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
