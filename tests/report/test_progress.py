from pathlib import Path

from dcase_classic.errors import DataError
from dcase_classic.outcomes.fits import Fitted
from dcase_classic.outcomes.predictions import ClipScore
from dcase_classic.outcomes.prepared import Prepared
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.scores import Scored, SectionScores
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.records import Clip, Domain, Split
from dcase_classic.report.progress import fitted_lines, prepared_lines, scored_lines

CLIP = Clip(path=Path("a.wav"), machine_type="fan", section="00", split=Split.TEST)
SKIPPED = SkippedClip(clip=CLIP, error=DataError("silent", path="a.wav", advice="listen to it"))


def cells_and_notes(lines):
    lines = list(lines)
    rows = [line.text.split() for line in lines if not line.is_note]
    return rows[1:], [line.text for line in lines if line.is_note]


def test_a_model_has_one_row_and_a_note_where_few_clips_promise_little():
    alarms = (
        DomainAlarms(domain=Domain.SOURCE, n_clips=90, n_alarms=9),
        DomainAlarms(domain=Domain.TARGET, n_clips=10, n_alarms=0),
    )
    model = Fitted(
        machine_type="fan",
        section="00",
        threshold=1.23456,
        alarms=alarms,
        peakiness=None,
        group_weights={"a": 0.25, "b": 0.75},
        is_new=False,
    )
    rows, notes = cells_and_notes(fitted_lines([model]))
    assert rows == [
        [*("fan", "00", "9/90", "(5-18%)", "0/10", "(0-31%)", "1.235", "-"),
         *("a", "0.25,", "b", "0.75", "kept")]
    ]  # fmt: skip
    (unknown, note) = notes
    assert unknown.startswith("fan section 00: sessions are not known, nothing is promised")
    assert note.startswith("note: fan section 00: 10 target clips cannot support a false-alarm")
    assert note.endswith("rate below 1/11; theirs is 0% to 31%")


def test_scored_clips_are_counted_and_odd_ones_are_named():
    clips = tuple(ClipScore(name=f"{i}", anomaly_score=i, is_anomaly=i > 4) for i in range(7))
    flagged = (FlaggedClip(clip=CLIP, flags=("clipped", "short")),) * 6
    section = Scored(
        result=SectionScores(machine_type="fan", section="00", scores=clips),
        skipped=(SKIPPED,),
        flagged=flagged,
        notes=("old",),
        n_held_out=99,
    )
    rows, notes = cells_and_notes(scored_lines([section], with_p_values=True))
    assert rows == [["fan", "00", "7", "2", "1"]]
    assert notes == [
        "fan: p-values below 0.0100, all that 99 normal clips can show, are from a fitted tail",
        "fan section 00: old",
        "skipped a.wav: silent; listen to it",
        *["flagged a.wav: clipped; short"] * 5,
        "flagged 1 more like these",
    ]


def test_prepared_clips_have_a_row_for_every_split():
    group = Prepared(
        machine_type="fan",
        split="test",
        n_clips=4,
        n_kept=1,
        n_segments=8,
        n_cut=2,
        dropped_s=1.5,
        skipped=(SKIPPED,),
    )
    rows, notes = cells_and_notes(prepared_lines([group]))
    assert rows == [["fan", "test", "4", "1", "8", "1.50", "s"]]
    assert notes == ["skipped a.wav: silent; listen to it"]
