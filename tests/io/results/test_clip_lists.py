import csv
import os
from pathlib import Path

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.results.clip_lists import (
    FLAGGED,
    SKIPPED,
    read_p_values,
    write_clip_lists,
    write_p_values,
)
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.scores import SectionScores
from dcase_classic.records import Clip, Split


def a_clip(name, machine_type="fan"):
    return Clip(path=Path(name), machine_type=machine_type, section="00", split=Split.TEST)


def skipped(name):
    return SkippedClip(clip=a_clip(name), error=DataError("silent", path=name))


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_rows_of_other_machines_and_sections_stay_and_own_ones_are_replaced(tmp_path):
    flagged = FlaggedClip(clip=a_clip("odd.wav"), flags=("clipped", "short"))
    write_clip_lists(tmp_path, ("fan", "00"), [skipped("a.wav")], [flagged])
    write_clip_lists(tmp_path, ("fan", "01"), [skipped("b.wav")], [])
    write_clip_lists(tmp_path, ("pump", "00"), [skipped("c.wav")], [])
    write_clip_lists(tmp_path, ("fan", "00"), [skipped("d.wav")], [])
    assert rows(tmp_path / SKIPPED) == [
        ["path", "reason", "machine_type", "section"],
        ["d.wav", "silent", "fan", "00"],
        ["b.wav", "silent", "fan", "01"],
        ["c.wav", "silent", "pump", "00"],
    ]
    assert not (tmp_path / FLAGGED).exists()


def test_all_that_is_odd_about_a_clip_stands_in_one_row(tmp_path):
    flagged = FlaggedClip(clip=a_clip("odd.wav"), flags=("clipped", "short"))
    write_clip_lists(tmp_path, ("fan", "00"), [], [flagged])
    assert rows(tmp_path / FLAGGED)[1] == ["odd.wav", "clipped; short", "fan", "00"]


def test_a_list_without_rows_is_removed(tmp_path):
    write_clip_lists(tmp_path, ("fan", "00"), [skipped("a.wav")], [])
    write_clip_lists(tmp_path, ("fan", "00"), [], [])
    assert not (tmp_path / SKIPPED).exists()


def test_a_list_that_is_not_ours_is_replaced(tmp_path):
    for content in (b"path,reason\na,b\n", b"", b"\xff\xfe", b"a" * 300_000):
        (tmp_path / SKIPPED).write_bytes(content)
        write_clip_lists(tmp_path, ("fan", "00"), [skipped("a.wav")], [])
        assert len(rows(tmp_path / SKIPPED)) == 2


def test_a_pipe_in_the_place_of_a_list_is_not_waited_for_and_left_alone(tmp_path):
    os.mkfifo(tmp_path / SKIPPED)
    with pytest.raises(OSError, match="a pipe or a device"):
        write_clip_lists(tmp_path, ("fan", "00"), [skipped("a.wav")], [])
    assert (tmp_path / SKIPPED).is_fifo()


def test_any_name_gives_a_well_formed_list(tmp_path):
    names = ['a,b".wav', "a\nb.wav", "\udcff.wav"]
    write_clip_lists(tmp_path, ("fan", "00"), [skipped(name) for name in names], [])
    assert {row[0] for row in rows(tmp_path / SKIPPED)[1:]} == {*names[:2], r"\udcff.wav"}


def test_p_values_stand_beside_scores_and_decisions_of_a_section(tmp_path):
    scores = (
        ClipScore(
            name="a.wav",
            anomaly_score=2.5,
            is_anomaly=True,
            threshold=1.5,
            severity=140.0,
            p_value=0.0125,
            p_value_is_extrapolated=True,
        ),
        ClipScore(name="b.wav", anomaly_score=-1.0, is_anomaly=False, p_value=1.0),
    )
    result = SectionScores(machine_type="fan", section="03", scores=scores)
    path = write_p_values(tmp_path, result)
    assert path == tmp_path / "fan" / "p_values_fan_section_03.csv"
    assert path.read_text().splitlines() == [
        "name,anomaly_score,threshold,severity,p_value,p_value_is_extrapolated,decision",
        "a.wav,2.5,1.5,140.0,0.0125,True,1",
        "b.wav,-1.0,,,1.0,,0",
    ]
    assert read_p_values(tmp_path, ("fan", "03"), {"a.wav": 2.5, "b.wav": -1.0}) == {
        "a.wav": 0.0125,
        "b.wav": 1.0,
    }
    assert read_p_values(tmp_path, ("fan", "03"), {"a.wav": 2.25}) == {}
