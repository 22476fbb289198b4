"""The blocks of docs/python.md and the scripts of examples/ run on made-up sound."""

import importlib.util
import logging
import re
import sys

import pytest
from conftest import ROOT, write_machine

from dcase_classic.io.recordings.audio import write_samples
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.settings import resolve_settings
from dcase_classic.records import Domain, Split
from dcase_classic.sound.synth import SAMPLE_RATE_HZ, DemoClip, synthesise

pytestmark = pytest.mark.uncounted
EXAMPLES = ROOT / "examples"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def write_folders(folder):
    """A fan: 24 normal recordings, and six of today, the last two with a leak."""
    for index in range(30):
        is_today, is_faulty = index >= 24, index >= 28
        clip = DemoClip(
            machine_type="DemoFan",
            split=Split.TEST if is_today else Split.TRAIN,
            domain=Domain.SOURCE,
            index=index,
            fault="leak" if is_faulty else None,
            severity=1.0 if is_faulty else 0.0,
        )
        path = folder / ("today" if is_today else "normal") / f"{index:02}.wav"
        path.parent.mkdir(exist_ok=True)
        write_samples(path, synthesise(clip).samples, SAMPLE_RATE_HZ)


@pytest.fixture
def place(tmp_path, monkeypatch):
    write_folders(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_runs_from_its_first_block_to_its_last(place, capsys):
    for machine in ("DemoFan", "DemoValve"):
        write_machine(place / "dcase-classic-demo" / "data" / machine)
    page = ROOT / "docs" / "python.md"
    root = logging.getLogger()
    before = root.level, [*root.handlers]
    names = {}
    try:
        for block in BLOCK.findall(page.read_text("utf-8")):
            exec(compile(block, str(page), "exec"), names)  # noqa: S102 - our own page
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]
    table = names["table"]
    assert table["is_anomaly"].tolist()[-2:] == [True, True]
    assert not table["is_anomaly"][:4].all()
    out = capsys.readouterr().out
    assert "DemoValve" in out
    assert len(BLOCK.findall(page.read_text("utf-8"))) == 11


def test_the_script_runs_in_one_go_and_says_what_it_found(place, run_script, monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    try:
        status, out, err = run_script(EXAMPLES / "own_recordings.py")
    finally:
        DETECTORS.pop("spread", None)
        sys.modules.pop("own_detector", None)
    assert status == 0, err
    first, second = out.splitlines()[1:3]
    assert {first.split()[0], second.split()[0]} == {"today/28.wav", "today/29.wav"}
    assert "the same verdicts:" in out
    assert re.search(r"^ +12\.0 s: severity \d+$", out, re.MULTILINE)
    has_matplotlib = importlib.util.find_spec("matplotlib") is not None
    assert (place / "severity.png").exists() == has_matplotlib
    assert ("no picture: " in out) != has_matplotlib


SPREAD = ["views.mfcc_1s.detector=spread"]


def test_the_script_has_about_thirty_lines():
    lines = (EXAMPLES / "own_recordings.py").read_text("utf-8").splitlines()
    assert sum(bool(line) and not line.startswith(("#", '"""')) for line in lines) <= 30


def test_the_detector_of_ones_own_can_be_chosen_once_it_is_imported(data, tmp_path):
    path = EXAMPLES / "own_detector.py"
    spec = importlib.util.spec_from_file_location("own_detector", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    try:
        models = fit(data, tmp_path, resolve_settings("knn", changes=SPREAD).config)
        assert DETECTORS["spread"].__name__ == "Spread"
        assert len(models) == 2
    finally:
        DETECTORS.pop("spread", None)
