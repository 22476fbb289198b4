import hashlib
import json
import zipfile

import pytest
import writing
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from writing import members

from dcase_classic.challenge.result_names import expected_files
from dcase_classic.challenge.years import YEARS, Subset
from dcase_classic.errors import DataError, SubmissionError
from dcase_classic.io.zip_files import opened
from dcase_classic.pipeline.evaluate import EvaluationSettings, evaluate
from dcase_classic.pipeline.submission import check, make_meta, pack
from dcase_classic.report.evaluation_json import ranking_json


@pytest.fixture
def meta(tmp_path):
    return writing.write_meta(tmp_path / "m.yaml", 2024)


@pytest.fixture
def results(tmp_path):
    return writing.write_submission(tmp_path / "results", 2024)


def test_a_package_has_the_folder_of_its_label_and_all_files(tmp_path, results, meta):
    report = tmp_path / "paper.pdf"
    report.write_bytes(b"%PDF")
    packed = pack(results, 2024, meta, tmp_path / "out.zip", technical_report=report)
    label = "Muster_TUX_task2_1"
    assert set(members(tmp_path / "out.zip")) == {
        *(f"task2/{label}/{name}" for name in expected_files(2024)),
        f"task2/{label}/{label}.meta.yaml",
        f"task2/{label}/{label}.technical_report.pdf",
    }
    assert packed.n_files == 20
    assert check(tmp_path / "out.zip", 2024).findings == ()


def test_the_same_results_give_the_same_bytes(tmp_path, results, meta):
    digests = set()
    for name in ("a.zip", "b.zip"):
        pack(results, 2024, meta, tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.uncounted
def test_packing_mends_order_line_ends_names_and_folders(tmp_path, results, meta):
    pack(results, 2024, meta, tmp_path / "good.zip")
    for path in sorted(results.iterdir()):
        machine_type = path.name.split("_")[2]
        lines = path.read_text().splitlines()[::-1]
        moved = results / machine_type / path.name.replace("_test.csv", ".csv")
        moved.parent.mkdir(exist_ok=True)
        moved.write_bytes("\r\n".join(lines).encode())
        path.unlink()
    meta.write_bytes(meta.read_bytes().replace(b"\n", b"\r\n"))
    report = pack(results, 2024, meta, tmp_path / "mended.zip")
    assert report.findings == ()
    assert members(tmp_path / "mended.zip") == members(tmp_path / "good.zip")


def test_harmless_oddities_are_warned_of(tmp_path, results, meta):
    name = "anomaly_score_Scanner_section_00_test.csv"
    lines = (results / name).read_text().splitlines()
    writing.write_lines(results / name, [f"{line.split(',')[0]},0.0" for line in lines])
    (finding,) = pack(results, 2024, meta, tmp_path / "out.zip").findings
    assert str(finding).startswith(f"warning: {results / name}: all scores are equal")


def test_nothing_is_packed_if_anything_is_wrong_and_all_of_it_is_said(tmp_path, results, meta):
    (results / "anomaly_score_Scanner_section_00_test.csv").unlink()
    path = results / "decision_result_HairDryer_section_00_test.csv"
    path.write_text("\ufeff" + path.read_text())
    writing.write_lines(meta, ["submission: {label: me}"])
    with pytest.raises(SubmissionError) as raised:
        pack(results, 2024, meta, tmp_path / "out.zip")
    text = str(raised.value)
    assert "errors, not packed" in text.splitlines()[0]
    for words in ("decisions without scores", "byte order mark", "submission.label: got 'me'"):
        assert words in text
    assert not (tmp_path / "out.zip").exists()


def test_a_clip_without_decision_gets_none_invented(tmp_path, results, meta):
    path = results / "decision_result_Scanner_section_00_test.csv"
    writing.write_lines(path, path.read_text().splitlines()[1:])
    with pytest.raises(
        SubmissionError, match=r"decisions of Scanner 00: 1 missing row: section_00"
    ):
        pack(results, 2024, meta, tmp_path / "out.zip")


@pytest.mark.uncounted
def test_names_are_compared_with_the_recordings(tmp_path, results, meta):
    data = writing.write_evaluation_data(tmp_path / "data", 2024)
    pack(results, 2024, meta, tmp_path / "out.zip", data=data)
    (data / "Scanner" / "test" / "section_00_0007.wav").unlink()
    with pytest.raises(SubmissionError, match=r"1 unknown row: section_00_0007\.wav"):
        pack(results, 2024, meta, tmp_path / "out.zip", data=data)


def test_only_one_system_can_be_packed(tmp_path, results, meta):
    writing.write_submission(tmp_path / "results" / "more", 2024)
    with pytest.raises(SubmissionError, match=r"2 systems \(results, more\); give one's folder"):
        pack(results, 2024, meta, tmp_path / "out.zip")


def test_results_of_2021_need_names_that_tell_the_domain(tmp_path):
    results = writing.write_submission(tmp_path / "results", 2024)
    meta = writing.write_meta(tmp_path / "m.yaml", 2021)
    with pytest.raises(SubmissionError, match=r"results: section_00_0000\.wav: the name"):
        pack(results, 2021, meta, tmp_path / "out.zip")


@pytest.mark.uncounted
@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023, 2025, 2026])
def test_every_year_can_be_packed_and_checked(tmp_path, year):
    n_clips = 7 if year < 2022 else 200
    results = writing.write_submission(tmp_path / "results", year, n_clips)
    meta = writing.write_meta(tmp_path / "m.yaml", year)
    pack(results, year, meta, tmp_path / "out.zip")
    assert check(tmp_path / "out.zip", year).n_errors == 0


@pytest.mark.uncounted
@settings(max_examples=5)
@given(seed=st.integers(0, 10**6), decimals=st.integers(0, 17))
def test_a_packed_system_has_the_same_metrics(tmp_path_factory, seed, decimals):
    folder = tmp_path_factory.mktemp("packed")
    machines = tuple(YEARS[2023].machines[Subset.EVAL])
    truth = writing.write_ground_truth(folder / "truth", machines, ("00",), n_clips=100)
    for machine_type in machines:
        names = writing.hidden_names("00", 100)
        scores = writing.random_scores(seed, 100).round(decimals)
        writing.write_results(
            folder / "results", names, scores, machine_type=machine_type, section="00"
        )
    meta = writing.write_meta(folder / "m.yaml", 2023)
    pack(folder / "results", 2023, meta, folder / "out.zip", data=truth)
    assert metrics(folder / "out.zip", truth) == metrics(folder / "results", truth)


def metrics(results, truth):
    content = json.loads(ranking_json(evaluate(results, [truth], EvaluationSettings(year=2023))))
    del content["system"]
    return content


def test_a_damaged_zip_file_is_an_error(tmp_path, results, meta):
    path = tmp_path / "out.zip"
    pack(results, 2024, meta, path)
    content = bytearray(path.read_bytes())
    content[100:130] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"out\.zip: not a whole zip file") as raised:
        check(path, 2024)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("../evil.csv", b"x", "leads out of the folder"),
        ("run/bomb.csv", bytes(10**7), "times its size"),
    ],
)
def test_a_hostile_submission_is_refused_in_one_line(tmp_path, run, name, content, problem):
    path = tmp_path / "in" / "team.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/anomaly_score_fan_section_00_test.csv", b"a.wav,1\n")
        archive.writestr(name, content)
    for arguments in (("evaluate", path), ("submission", "check", path, "--year", "2024")):
        status, _, err = run(*arguments)
        assert status == 2
        assert problem in err
        assert err.count("\n") == 1
    assert not list(tmp_path.rglob("evil.csv"))


def test_a_folder_is_opened_as_it_is(tmp_path):
    with opened(tmp_path) as folder:
        assert folder == tmp_path


def test_findings_about_a_zip_file_name_the_zip_file(tmp_path, results):
    (results / "anomaly_score_Scanner_section_00_test.csv").unlink()
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for path in results.iterdir():
            archive.write(path, f"run/{path.name}")
    (finding,) = check(tmp_path / "mine.zip", 2024).findings
    assert finding.path == tmp_path / "mine.zip" / "run"


def test_a_meta_template_takes_development_results_in_percent(tmp_path):
    truth = writing.write_ground_truth(tmp_path / "truth", ("fan",), ("00",))
    writing.write_results(tmp_path / "run", writing.hidden_names("00"), section="00")
    text = ranking_json(evaluate(tmp_path / "run", [truth]))
    (tmp_path / "metrics.json").write_text(text)
    section = json.loads(text)["sections"][0]
    meta = yaml.safe_load(make_meta(2025, "Muster_TUX_task2_1", tmp_path / "metrics.json"))
    fan = meta["results"]["development_dataset"]["fan"]
    assert fan == {
        key: round(100 * section[key], 2) for key in ("auc_source", "auc_target", "pauc")
    }
    assert meta["results"]["development_dataset"]["valve"] == dict.fromkeys(fan)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"systems": []}',
        '{"machines": [1]}',
        *(
            '{"machines": [{"machine_type": "fan", "arithmetic_mean": {}, "harmonic_mean": '
            + means
            + "}]}"
            for means in ("[]", '{"pauc": 55}', '{"pauc": "high"}', '{"pauc": NaN}')
        ),
    ],
)
def test_other_files_are_no_metrics(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(DataError, match="expected the output of 'evaluate --json'"):
        make_meta(2025, "Muster_TUX_task2_1", tmp_path / "metrics.json")


def test_a_label_of_another_form_is_refused():
    with pytest.raises(SubmissionError, match="label: got 'me', expected <LastName>_<Institute>"):
        make_meta(2025, "me")
