"""What is shipped, and the versions that it is tried with."""

import gzip
import io
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "scripts"))
import build
import licences
import lowest


def make_sdist(names, mtime):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as sdist:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.mode = 3, mtime, "me", 0o600
            sdist.addfile(member, io.BytesIO(b"abc"))
    return stream.getvalue()


def test_an_sdist_has_the_same_bytes_at_any_time_and_in_any_order():
    first = build.timeless(make_sdist(["d-1/b.py", "d-1/a.py"], 10**9), 315532800)
    again = build.timeless(make_sdist(["d-1/a.py", "d-1/b.py"], 10**9 + 7), 315532800)
    assert first == again
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(first))) as sdist:
        assert sdist.extractfile("d-1/a.py").read() == b"abc"


def test_tests_recordings_and_caches_are_foreign():
    names = ["d-1/tests/test_a.py", "d-1/dcase_classic/a.pyc", "d-1/dcase_classic/x.wav"]
    good = ["d-1/README.md", "d-1/dcase_classic/io/results/truth.py", "d-1/docs/method.md"]
    foreign = build.foreign_members("d-1.tar.gz", make_sdist(good + names, 0))
    assert foreign == [name.removeprefix("d-1/") for name in names]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as wheel:
        for name in ("dcase_classic/a.py", "dcase_classic-1.dist-info/RECORD", "tests/test_a.py"):
            wheel.writestr(name, b"")
    assert build.foreign_members("d-1.whl", stream.getvalue()) == ["tests/test_a.py"]


def test_two_builds_are_the_same_bytes(tmp_path):
    pytest.importorskip("setuptools", minversion="70.1", reason="older ones build no wheels")
    command = [sys.executable, ROOT / "scripts" / "build.py", "--out", tmp_path]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert {path.suffix for path in tmp_path.iterdir()} == {".whl", ".gz"}


def test_the_lowest_versions_are_those_of_setup_cfg():
    text = (ROOT / "setup.cfg").read_text("utf-8")
    constraints = lowest.lowest_versions(text)
    assert "numpy==1.26" in constraints
    assert not [line for line in constraints if "stubs" in line]
    required = text.partition("install_requires =\n")[2].partition("\n\n")[0].split()
    assert {line.replace(">=", "==") for line in required} < set(constraints)


def test_a_package_has_one_lowest_version():
    text = "[options]\ninstall_requires =\n    a>=1\n[options.extras_require]\nx =\n    a>=2\n"
    with pytest.raises(ValueError, match="a: lowest version 1 and 2"):
        lowest.lowest_versions(text)


def test_the_list_of_licences_holds_what_the_package_needs():
    listed = (ROOT / "docs" / "licences.md").read_text("utf-8").lower()
    for name in licences.needed("dcase_classic"):
        if name not in {"av", "colorama", "pytz"}:  # pandas 2 needs the last
            assert f"| {name} |".replace("-", "_") in listed.replace("-", "_"), name
