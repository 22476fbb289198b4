"""Downloads from a server on this machine that is busy, breaks off, lies and attacks."""

import csv
import io
import json
import time
import zipfile

import numpy as np
import pytest
import soundfile
from documented import assert_as_documented
from mirrors import a_file, md5_of

from dcase_classic.challenge.archive_names import archive_names
from dcase_classic.challenge.which_year import guess_year
from dcase_classic.challenge.years import YEARS, RecordKind
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.io.recordings.download import Server, fetch_file, read_record
from dcase_classic.pipeline.download import download, plan_download


def zip_of(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return content.getvalue()


def wav():
    content = io.BytesIO()
    noise = np.random.default_rng(0).normal(size=1600) * 0.1
    soundfile.write(content, noise, 16000, format="WAV", subtype="PCM_16")
    return content.getvalue()


def year_2024(mirror, part="dev"):
    """A small record of 2024, whose hashes are in the record only."""
    number = YEARS[2024].zenodo_records[RecordKind(part)]
    split = "test" if part == "eval" else "train"
    clip = "section_00_0000" if part == "eval" else "section_00_source_train_normal_0001_vel_3"
    files = {
        name: zip_of({f"{machine}/{split}/{clip}.wav": wav(), f"{machine}/attributes_00.csv": b""})
        for machine, name in archive_names(2024, RecordKind(part)).items()
    }
    mirror.add_record(number, files)
    return number


def test_a_year_is_downloaded_checked_unpacked_and_found(run, mirror, tmp_path):
    for part in RecordKind:
        year_2024(mirror, part)
    machines = ("--machine", "3DPrinter", "--machine", "fan")
    status, out, err = run("download", "2024", *machines, "-o", tmp_path, "--base-url", mirror.url)
    assert status == 0, err
    assert "2024 dev: record 10902294, licence: cc-by-4.0" in err
    assert len(out.splitlines()) == 3
    root = tmp_path / "dcase2024t2"
    assert (root / "downloads" / "eval_data_3DPrinter_train_r2.zip").is_file()
    assert (root / "eval_data" / "raw" / "3DPrinter" / "test" / "section_00_0000.wav").is_file()
    clips = find_clips(tmp_path)
    assert {clip.machine_type for clip in clips} == {"3DPrinter", "fan"}
    assert guess_year(clips).years == (2024,)


def test_the_client_says_who_it_is(mirror, tmp_path):
    md5 = a_file(mirror)
    fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5)
    (agent,) = mirror.agents
    assert agent.startswith("dcase_classic/")


def test_what_is_complete_is_kept(run, mirror, tmp_path):
    year_2024(mirror)
    options = ("download", "2024", "--part", "dev", "--machine", "fan", "-o", tmp_path)
    run(*options, "--base-url", mirror.url)
    status, out, _ = run(*options, "--base-url", mirror.url)
    assert status == 0
    assert out.endswith("dev_fan.zip: 0 new files\n")
    assert mirror.n_requests("dev_fan.zip") == 1


def test_a_damaged_file_is_fetched_again(mirror, tmp_path):
    md5 = a_file(mirror)
    (tmp_path / "a.zip").write_bytes(b"cont")
    assert fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5).read_bytes() == b"content"


@pytest.mark.parametrize(
    "troubles", [[429], [500, 503], ["cut"], ["wrong"], [429, "cut", "wrong", 500]], ids=str
)
def test_trouble_that_passes_is_overcome(mirror, tmp_path, troubles):
    md5 = a_file(mirror, b"x" * 100_000)
    mirror.troubles["/records/1/files/a.zip"] = list(troubles)
    path = fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5)
    assert md5_of(path.read_bytes()) == md5
    assert mirror.n_requests("a.zip") == len(troubles) + 1


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("trouble", "n_requests", "message"),
    [
        (429, 5, "429"),
        (500, 5, "500"),
        ("cut", 5, "IncompleteRead"),
        ("wrong", 2, "wrong content"),
        (403, 1, "403"),
    ],
)
def test_trouble_that_stays_is_one_line_and_leaves_no_file(
    mirror, tmp_path, trouble, n_requests, message
):
    md5 = a_file(mirror, b"x" * 100_000)
    mirror.troubles["/records/1/files/a.zip"] = [trouble] * 9
    with pytest.raises(DataError, match=message) as failed:
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5)
    assert mirror.n_requests("a.zip") == n_requests
    assert "\n" not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


def test_behind_a_broken_line_the_rest_is_fetched_as_often_as_it_takes(mirror, tmp_path):
    content = np.random.default_rng(0).bytes(2**24)
    md5, mirror.takes_ranges = a_file(mirror, content), True
    mirror.troubles["/records/1/files/a.zip"] = ["cut"] * 7  # more than attempts that bring nothing
    path = fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5, n_bytes=len(content))
    assert path.read_bytes() == content
    assert (mirror.n_requests("a.zip"), mirror.n_sent) == (8, len(content))


def test_a_rest_that_is_wrong_is_no_reason_to_keep_the_beginning(mirror, tmp_path):
    content = np.random.default_rng(0).bytes(2**18)
    md5, mirror.takes_ranges = a_file(mirror, content), True
    mirror.troubles["/records/1/files/a.zip"] = ["cut", "wrong"]
    path = fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5)
    assert path.read_bytes() == content
    assert mirror.n_sent == 2 * len(content)


def answer(status, headers, content):
    """A trouble: these bytes."""

    def send(handler, _):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return send


def test_all_that_came_and_no_word_of_its_end_is_fetched_anew_where_there_is_no_rest(
    mirror, tmp_path
):
    content = np.random.default_rng(0).bytes(2**18)
    md5, mirror.takes_ranges = a_file(mirror, content), True
    whole_and_cut = answer(200, {"Content-Length": str(2**19)}, content)
    mirror.troubles["/records/1/files/a.zip"] = [whole_and_cut]
    assert fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5).read_bytes() == content
    assert mirror.n_requests("a.zip") == 3


@pytest.mark.parametrize("span", ["bytes 0-99/100", "bytes 131073-262143/262144", ""])
def test_another_rest_than_was_asked_for_is_refused(mirror, tmp_path, span):
    md5, mirror.takes_ranges = a_file(mirror, b"x" * 2**18), True
    other = answer(206, {"Content-Range": span, "Content-Length": "5"}, b"xxxxx")
    mirror.troubles["/records/1/files/a.zip"] = ["cut", other]
    with pytest.raises(DataError, match="does not go on behind byte 131072, where it was asked to"):
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5=md5)
    assert list(tmp_path.iterdir()) == []


def test_a_description_is_never_put_together_from_two_answers(mirror):
    mirror.add_record(1, {"a" * 200_000: b"content"})
    mirror.takes_ranges = True
    mirror.troubles["/api/records/1"] = ["cut"]
    assert list(read_record(mirror.server, 1).sizes.values()) == [7]
    assert mirror.n_sent > 300_000


def test_the_pauses_grow(mirror, tmp_path):
    md5 = a_file(mirror)
    mirror.troubles["/records/1/files/a.zip"] = [500, 500, 500]
    patient = Server(base_url=mirror.url, backoff_s=0.05)
    before = time.monotonic()
    fetch_file(patient, 1, tmp_path / "a.zip", md5=md5)
    assert time.monotonic() - before >= 0.05 + 0.1 + 0.2


def test_a_server_that_is_not_there_is_one_line(run, tmp_path):
    with pytest.raises(DataError, match="after 2 attempt"):
        read_record(Server(base_url="http://127.0.0.1:9", n_attempts=2, backoff_s=0.01), 1)
    options = ("--base-url", "ftp://127.0.0.1", "-o", tmp_path)
    status, _, err = run("download", "2024", *options)
    assert status == 2
    assert "expected an address that starts with https://" in err


@pytest.mark.parametrize("evil", ["../evil.wav", "/evil.wav"])
def test_a_zip_that_writes_elsewhere_is_refused(run, mirror, tmp_path, evil):
    number = YEARS[2024].zenodo_records[RecordKind.DEV]
    mirror.add_record(number, {"dev_fan.zip": zip_of({"fan/train/a.wav": wav(), evil: b"x"})})
    options = ("--part", "dev", "--machine", "fan", "-o", tmp_path / "data")
    status, _, err = run("download", "2024", *options, "--base-url", mirror.url)
    assert status == 2
    assert "nothing was unpacked" in err
    assert list(tmp_path.rglob("*.wav")) == []


def test_a_dry_run_fetches_no_recordings(run, mirror, tmp_path):
    year_2024(mirror)
    options = ("--part", "dev", "--dry-run", "-o", tmp_path, "--base-url", mirror.url)
    status, out, err = run("download", "2024", *options)
    assert status == 0
    assert len(out.splitlines()) == 7
    assert "7 zip files, 0.00 GB" in err
    rows = json.loads(run("download", "2024", *options, "--json")[1])
    assert [row["name"] for row in rows] == [line.split()[0] for line in out.splitlines()]
    for row in rows:
        assert_as_documented(row, "download --dry-run")
    lines = run("download", "2024", *options, "--jsonl")[1].splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = csv.DictReader(run("download", "2024", *options, "--csv")[1].splitlines())
    assert [row["md5"] for row in table] == [row["md5"] for row in rows]
    assert mirror.n_requests(".zip") == 0
    assert list(tmp_path.iterdir()) == []
    status, _, err = run("download", "2024", "--csv")
    assert (status, "--csv needs --dry-run" in err) == (2, True)


def test_known_hashes_serve_where_the_record_cannot_be_asked(mirror):
    warnings = []
    plan = plan_download(2023, mirror.server, machines=["fan"], kinds=[RecordKind.DEV],
                         warn=warnings.append)  # fmt: skip
    (wanted,) = plan.files
    assert wanted.md5 == "9348591e96fb0ad499a1e33b082562fc"
    assert plan.licences == ("dev: record 7882613, licence: see the page of the record",)
    assert "the record cannot be asked" in warnings[0]


def test_a_file_that_differs_from_its_known_hash_is_refused(mirror, tmp_path):
    number, warnings = YEARS[2023].zenodo_records[RecordKind.DEV], []
    mirror.add_record(number, {"dev_fan.zip": zip_of({"fan/train/a.wav": wav()})})
    plan = plan_download(2023, mirror.server, machines=["fan"], kinds=[RecordKind.DEV],
                         warn=warnings.append)  # fmt: skip
    assert "states the MD5" in warnings[0]
    with pytest.raises(DataError, match="wrong content"):
        list(download(plan, mirror.server, tmp_path))


def test_a_year_without_known_hashes_needs_its_record(mirror):
    with pytest.raises(DataError, match="404"):
        plan_download(2022, mirror.server, warn=print)


def test_a_file_that_the_record_lacks_is_named(mirror):
    mirror.add_record(YEARS[2022].zenodo_records[RecordKind.DEV], {"readme.txt": b"x"})
    with pytest.raises(DataError, match=r"no dev_ToyCar\.zip with an MD5 in it, there is readme"):
        plan_download(2022, mirror.server, kinds=[RecordKind.DEV], warn=print)


ENDLESS = b'{"files": [{"key": "a", "checksum": "", "size": 1e400}]}'


@pytest.mark.parametrize(
    "text", [b"not json", b"[]", b'{"files": [{"key": "a"}]}', b"[" * 100_000, ENDLESS]
)
def test_something_else_than_a_record_is_refused(mirror, text):
    mirror.files["/api/records/1"] = text
    with pytest.raises(DataError, match="not the description of a record"):
        read_record(mirror.server, 1)


def test_a_record_without_a_licence_says_so(mirror):
    mirror.files["/api/records/1"] = b'{"metadata": {"license": null}, "files": []}'
    assert read_record(mirror.server, 1).licence == "not stated"


def test_an_unknown_machine_is_named_before_anything_is_fetched(run, mirror, tmp_path):
    options = ("--machine", "pump", "-o", tmp_path, "--base-url", mirror.url)
    status, _, err = run("download", "2024", *options)
    assert status == 2
    assert "machine 'pump': not in the dev and train and eval data of 2024" in err
    assert mirror.requests == []


def test_without_pooch_the_next_step_is_named(mirror, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(DataError, match=r"pip install 'dcase_classic\[download\]'"):
        fetch_file(mirror.server, 1, tmp_path / "a.zip", md5="")


@pytest.mark.parametrize(
    ("year", "part", "machine", "name"),
    [
        (2020, "dev", "pump", "dev_data_pump.zip"),
        (2020, "train", "pump", "eval_data_train_pump.zip"),
        (2020, "eval", "pump", "eval_data_test_pump.zip"),
        (2021, "dev", "fan", "dev_data_fan.zip"),
        (2021, "train", "fan", "eval_data_fan_train.zip"),
        (2022, "dev", "fan", "dev_fan.zip"),
        (2024, "train", "3DPrinter", "eval_data_3DPrinter_train_r2.zip"),
        (2024, "train", "RoboticArm", "eval_data_RoboticArm_train_r2.zip"),
        (2024, "eval", "3DPrinter", "eval_data_3DPrinter_test.zip"),
        (2026, "dev", "ToyCar", "dev_ToyCar_r2.zip"),
        (2026, "eval", "Sander", "eval_data_Sander_test.zip"),
    ],
)
def test_zip_files_are_named_as_the_records_name_them(year, part, machine, name):
    assert archive_names(year, RecordKind(part), [machine]) == {machine: name}


def test_known_hashes_belong_to_files_of_their_year():
    for number, year in YEARS.items():
        names = {name for kind in RecordKind for name in archive_names(number, kind).values()}
        assert set(year.known_md5s) <= names
        assert all(len(md5) == 32 and int(md5, 16) for md5 in year.known_md5s.values())
    assert len(YEARS[2023].known_md5s) == 21


def test_nothing_is_fetched_by_importing_or_asking_for_help(run, mirror):
    assert run("download", "--help")[0] == 0
    assert mirror.requests == []
