import os
from pathlib import Path

import pytest

import dcase_classic
from dcase_classic.challenge.years import find_year
from dcase_classic.errors import ConfigError, DataError, DcaseClassicError
from dcase_classic.given_files import (
    given_names,
    given_paths,
    is_file,
    is_folder,
    is_plain_name,
    read_given_bytes,
    read_given_rows,
    read_given_text,
)
from dcase_classic.records import Split
from dcase_classic.report.evaluation_json import ranking_json


def write(path, content):
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    assert read_given_text(write(tmp_path / "a", "\ufeffä\r\n".encode())) == "ä\r\n"


def test_rows_keep_line_breaks_in_quotes_and_empty_lines(tmp_path):
    path = write(tmp_path / "a.csv", b'a,"b\nc"\r\n\nd\n')
    assert read_given_rows(path) == [["a", "b\nc"], [], ["d"]]


@pytest.mark.parametrize("path", ["a\0b", "a/" * 3000, Path("a\0b")])
def test_what_no_file_system_has_is_no_path(path):
    with pytest.raises(DataError, match="cannot be a path: it is too long, or holds a zero byte"):
        given_paths(path)


def test_what_cannot_be_looked_at_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    names = ("n" * 300, "pipe", "missing")
    assert not any(is_file(tmp_path / name) for name in names)
    assert not any(is_folder(tmp_path / name) for name in names)
    assert is_file(write(tmp_path / "a", b""))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: not a regular file"):
        read_given_bytes(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none", "no such file"),
        (".", "not a regular file"),
        ("x" * 300, r"cannot be read \(file name too long\)"),
        ("a\0b", "no such file"),
    ],
)
def test_a_path_without_a_file_is_one_line(tmp_path, name, problem):
    with pytest.raises(ConfigError, match=problem) as caught:
        read_given_bytes(tmp_path / name, error=ConfigError)
    assert len(str(caught.value).splitlines()) == 1


def test_a_link_that_leads_to_itself_is_one_line(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError, match="no such file"):
        read_given_bytes(tmp_path / "loop")


def test_no_more_is_read_than_a_file_may_hold(tmp_path):
    path = write(tmp_path / "a", b"12345")
    assert read_given_bytes(path, max_bytes=5) == b"12345"
    with pytest.raises(DataError, match="larger than 3.8147e-06 MiB"):
        read_given_bytes(path, max_bytes=4)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a\xff", r"not a UTF-8 text file \(invalid start byte\)"),
        (b"a\0b", "it holds a zero byte"),
        (b"a" * 200_000, r"cannot be read as a CSV file \(field larger than field limit"),
    ],
)
def test_what_is_no_text_or_table_is_one_line(tmp_path, content, problem):
    with pytest.raises(DataError, match=problem):
        read_given_rows(write(tmp_path / "a.csv", content))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/a", "a/", "a\nb", "\x7f" * 128 + "é" * 64]
)
def test_a_name_that_is_none_of_a_file_is_not_plain(name):
    assert not is_plain_name(name)


@pytest.mark.parametrize("name", ["fan", "a b.wav", "..a", "ü" * 127, "=1+1.wav", "a,b"])
def test_other_names_are_plain(name):
    assert is_plain_name(name)


DATA, MODELS = "<data>", "<models>"


@pytest.mark.parametrize(
    "call",
    [
        ("find_clips", ""),
        ("fit", "", MODELS, "knn"),
        ("fit", DATA, "", "knn"),
        ("score", DATA, "", "results"),
        ("score", DATA, MODELS, ""),
        ("predict", "", MODELS),
        ("predict", DATA, ""),
        ("evaluate", "", DATA),
        ("evaluate", "results", ""),
        ("compare", ["results", ""]),
        ("prepare", "", "prepared"),
        ("prepare", DATA, ""),
        ("doctor", ""),
        ("load", ""),
        ("load_config", ""),
        ("log_mel", ""),
    ],
    ids=str,
)
def test_an_empty_path_is_not_the_folder_that_one_is_in(data, fitted, tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    name, *arguments = call
    known = {DATA: data, MODELS: fitted}
    given = [
        known.get(argument, argument) if isinstance(argument, str) else argument
        for argument in arguments
    ]
    with pytest.raises(DcaseClassicError, match="got an empty path; '.' is the folder"):
        getattr(dcase_classic, name)(*given)
    assert list(tmp_path.iterdir()) == []


def test_nor_is_an_empty_path_of_models_or_of_a_cache(data, fitted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    detector = dcase_classic.load(fitted, machine_type="pump")
    run = dcase_classic.Run(cache="")
    for call in (
        lambda: dcase_classic.doctor(data, models=""),
        lambda: dcase_classic.Stream.load("", "pump"),
        lambda: detector.save("", machine_type="pump"),
        lambda: dcase_classic.score(data, fitted, tmp_path / "results", run=run),
    ):
        with pytest.raises(DcaseClassicError, match="got an empty path; '.' is the folder"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_a_text_is_one_path_and_one_name(tmp_path):
    assert given_paths(str(tmp_path)) == given_paths(tmp_path) == given_paths([tmp_path])
    assert given_names("fan") == given_names(["fan"]) == ("fan",)
    assert (given_paths(()), given_names(())) == ([], ())


def test_a_single_path_of_truth_and_a_single_machine_need_no_list(data, fitted, tmp_path):
    (scored,) = dcase_classic.score(data, fitted, tmp_path / "results", machines="pump")
    assert scored.result.machine_type == "pump"
    single = dcase_classic.evaluate(tmp_path / "results", str(data))
    assert ranking_json(single) == ranking_json(
        dcase_classic.evaluate(tmp_path / "results", [data])
    )


def test_what_is_no_setting_is_named_in_one_line(data, fitted, tmp_path):
    named, chosen = (dcase_classic.find_clips(data, split=split) for split in ("test", Split.TEST))
    assert named == chosen
    with pytest.raises(DataError, match="split: got 'tset', expected train or test, or None"):
        dcase_classic.find_clips(data, split="tset")
    with pytest.raises(ConfigError, match="preset: got 'kmm', .*did you mean 'gmm'"):
        dcase_classic.fit(data, tmp_path / "models", "kmm")
    with pytest.raises(ConfigError, match="out_of_range: got 'ignore', expected flag or adjust"):
        dcase_classic.predict(data, fitted, machine_type="pump", out_of_range="ignore")
    with pytest.raises(DataError, match="year: got '2023', expected one of 2020"):
        find_year("2023")
    assert list(tmp_path.iterdir()) == []
