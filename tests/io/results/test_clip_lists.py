from pathlib import Path

import pytest

from dcase_classic.errors import DataError
from dcase_classic.io.results.clip_lists import write_clip_lists, write_p_values
from dcase_classic.outcomes import FlaggedClip, SkippedClip
from dcase_classic.records import Clip, ClipScore, SectionScores, Split

CLIP = Clip(path=Path("data/a, b.wav"), machine_type="fan", section="03", split=Split.TEST)
SKIPPED = SkippedClip(clip=CLIP, error=DataError("empty", path="x.wav", advice="copy it"))
FLAGGED = FlaggedClip(clip=CLIP, flags=("clipped", "short"))


def lines(path):
    return path.read_text().splitlines()


def test_clips_stand_in_the_lists_with_what_was_said_of_them(tmp_path):
    write_clip_lists(tmp_path, [SKIPPED], [FLAGGED])
    assert lines(tmp_path / "skipped.csv") == [
        "path,reason", '"data/a, b.wav",x.wav: empty; copy it'
    ]  # fmt: skip
    assert lines(tmp_path / "flagged.csv") == ["path,reason", '"data/a, b.wav",clipped; short']


@pytest.mark.parametrize("name", ["skipped.csv", "flagged.csv"])
def test_the_list_of_an_earlier_run_is_removed_where_nothing_is_said_now(tmp_path, name):
    (tmp_path / name).write_text("path,reason\nold.wav,old\n")
    write_clip_lists(tmp_path, [], [])
    assert not (tmp_path / name).exists()


def test_p_values_stand_beside_scores_and_decisions_of_a_section(tmp_path):
    scores = (
        ClipScore(name="a.wav", anomaly_score=2.5, is_anomaly=True, p_value=0.125),
        ClipScore(name="b.wav", anomaly_score=-1.0, is_anomaly=False, p_value=1.0),
    )
    result = SectionScores(machine_type="fan", section="03", scores=scores)
    path = write_p_values(tmp_path, result)
    assert path == tmp_path / "fan" / "p_values_fan_section_03.csv"
    assert lines(path) == [
        "name,anomaly_score,p_value,decision",
        "a.wav,2.5,0.125,1",
        "b.wav,-1.0,1.0,0",
    ]
